"""The rows of an input by its format: JSON Lines, CSV or TSV with a header, or plain lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any, Protocol

from llmcli.batch.rows.row import BadRowError, Span
from llmcli.batch.rows.source import MAX_ROW_BYTES, Line, Source
from llmcli.batch.rows.strict_json import parse_object
from llmcli.choices import RowFormat
from llmcli.errors import UsageError

_BY_SUFFIX: dict[str, RowFormat] = {
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
}
_TOO_LONG = f"longer than {MAX_ROW_BYTES >> 20} MiB"

Record = tuple[Span, dict[str, Any] | str]
"""Where a row stands, and its fields, or why it has none."""


class Format(Protocol):
    """How rows are told apart and read."""

    def records(self) -> Iterator[Record]:
        """All rows; blank lines are none."""

    def record(self, span: Span) -> dict[str, Any]:
        """One row again. Raises BadRowError."""


def format_of(source: Source, name: RowFormat, line_field: str) -> Format:
    """The input read as `name`; `auto` goes by the file's name, or looks. Raises UsageError."""
    if name == "auto":
        name = _guess(source)
    match name:
        case "csv" | "tsv":
            return Table(source, "," if name == "csv" else "\t")
        case "lines":
            return Lines(source, line_field)
        case _:
            return JsonLines(source)


def _guess(source: Source) -> RowFormat:
    path = PurePath(source.name.lower())
    path = path.with_suffix("") if path.suffix == ".gz" else path
    if path.suffix in _BY_SUFFIX:
        return _BY_SUFFIX[path.suffix]
    for line in source.lines():
        if line.raw is None or line.raw.lstrip().startswith(b"{"):
            return "jsonl"
        if line.raw.strip():
            break
    else:
        return "jsonl"
    raise UsageError(
        f"cannot tell the format of {source.name}", hint="name it: --format jsonl, csv or tsv, or use --lines"
    )


class JsonLines:
    """One JSON object a line."""

    def __init__(self, source: Source) -> None:
        self._source = source

    def records(self) -> Iterator[Record]:
        for number, offset, length, raw in self._source.lines():
            if raw is None:
                yield Span(number, offset, length), _TOO_LONG
            elif not raw.isspace():
                span = Span(number, offset, length)
                try:
                    yield span, parse_object(_text(raw, offset))
                except BadRowError as error:
                    yield span, str(error)

    def record(self, span: Span) -> dict[str, Any]:
        return parse_object(_text(self._source.read(span), span.offset))


class Lines:
    """Every line is a row with one field, `field`."""

    def __init__(self, source: Source, field: str) -> None:
        self._source = source
        self._field = field

    def records(self) -> Iterator[Record]:
        for number, offset, length, raw in self._source.lines():
            if raw is None:
                yield Span(number, offset, length), _TOO_LONG
            elif not raw.isspace():
                span = Span(number, offset, length)
                try:
                    yield span, self._fields(raw, offset)
                except BadRowError as error:
                    yield span, str(error)

    def record(self, span: Span) -> dict[str, Any]:
        return self._fields(self._source.read(span), span.offset)

    def _fields(self, raw: bytes, offset: int) -> dict[str, Any]:
        return {self._field: _text(raw, offset).rstrip("\r\n")}


class Table:
    """CSV (RFC 4180) or TSV whose first row names the fields; a row may be several lines. Raises UsageError."""

    def __init__(self, source: Source, delimiter: str) -> None:
        self._source = source
        self._delimiter = delimiter
        csv.field_size_limit(MAX_ROW_BYTES)
        feed = _Feed(source.lines())
        try:
            header = next((row for row in csv.reader(feed, delimiter=delimiter, strict=True) if row), None)
        except (csv.Error, BadRowError) as error:
            raise UsageError(f"{source.name}, line {feed.line}: {error}") from error
        if header is None:
            raise UsageError(f"{source.name} is empty", hint="give it a header and rows")
        self._names = [name.strip() for name in header]
        self._begin = Span(feed.line + 1, feed.end, 0)
        self._check_header()

    def _check_header(self) -> None:
        for number, name in enumerate(self._names, 1):
            if not name:
                raise UsageError(f"{self._source.name}: column {number} has no name in the header")
            if name in self._names[: number - 1]:
                raise UsageError(f'{self._source.name}: the header names "{name}" twice')

    def records(self) -> Iterator[Record]:
        feed = _Feed(self._source.lines(self._begin), self._begin)
        reader = csv.reader(feed, delimiter=self._delimiter, strict=True)
        while True:
            line, offset = feed.begin()
            try:
                cells = next(reader)
                if cells:
                    yield Span(line, offset, feed.end - offset), self._fields(cells)
            except StopIteration:
                return
            except (csv.Error, BadRowError) as error:
                yield Span(line, offset, feed.end - offset), _reason(error)

    def record(self, span: Span) -> dict[str, Any]:
        text = _text(self._source.read(span), span.offset)
        try:
            [cells] = csv.reader([text], delimiter=self._delimiter, strict=True)
        except (csv.Error, ValueError) as error:
            raise BadRowError(_reason(error)) from error
        return self._fields(cells)

    def _fields(self, cells: list[str]) -> dict[str, Any]:
        if len(cells) != len(self._names):
            raise BadRowError(f"{len(cells)} cells, and the header has {len(self._names)}")
        return dict(zip(self._names, cells, strict=True))


_START = Span(1, 0, 0)


class _Feed:
    """The lines as csv.reader takes them; knows where the row began that is being read."""

    def __init__(self, lines: Iterator[Line], begin: Span = _START) -> None:
        self._lines = lines
        self.line = begin.line - 1  # the last one that was taken
        self.end = begin.offset
        self._row_began = begin.offset

    def begin(self) -> tuple[int, int]:
        """The line and offset of the row that comes next."""
        self._row_began = self.end
        return self.line + 1, self.end

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        self.line, offset, length, raw = next(self._lines)
        self.end = offset + length
        if raw is None or self.end - self._row_began > MAX_ROW_BYTES:
            raise BadRowError(_TOO_LONG)
        return _text(raw, offset)


def _text(raw: bytes, offset: int) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        at = error.start
        raise BadRowError(f"not UTF-8: byte {at + 1} of it (offset {offset + at}) cannot be decoded") from error


def _reason(error: Exception) -> str:
    """csv's words for what is wrong, made clearer where they are not."""
    if "unexpected end of data" in str(error):
        return "a quote is opened and never closed"
    return str(error)
