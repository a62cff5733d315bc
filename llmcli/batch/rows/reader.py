"""All rows of an input, in order, one at a time: memory does not grow with the input."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from llmcli.batch.rows.anthropic_rows import ask_anthropic, is_anthropic
from llmcli.batch.rows.content import shown
from llmcli.batch.rows.formats import format_of
from llmcli.batch.rows.openai_rows import ask_openai, is_openai
from llmcli.batch.rows.own_rows import ask_own
from llmcli.batch.rows.row import HASH_BYTES, Ask, BadRow, BadRowError, Row, Span, digest
from llmcli.batch.rows.source import MAX_ROW_BYTES, Source
from llmcli.batch.rows.template import Template, UnknownFieldError, look_up
from llmcli.choices import RowFormat
from llmcli.errors import UsageError

CUSTOM_ID = "custom_id"
LONGEST_ID = 512


class RowReader:
    """Reads an input's rows, and any one of them again.

    With a `template`, the row's fields fill it in; plain lines then have the field `line`, otherwise `prompt`.
    `id_field` names the field that holds the row's id. `no_model` tells why a name is no model; None stands for the
    job's own, and as an answer for a name that is one. Raises UsageError if the input makes no sense as a whole.
    """

    def __init__(
        self,
        source: Source,
        *,
        format: RowFormat = "auto",  # noqa: A002 - as the option is called
        template: Template | None = None,
        id_field: str | None = None,
        no_model: Callable[[str | None], str | None] = lambda name: None,
    ) -> None:
        self._source = source
        self._format = format_of(source, format, "line" if template else "prompt")
        self._template = template
        self._id_field = id_field
        self._no_model = no_model

    def rows(self) -> Iterator[Row | BadRow]:
        """All rows. Raises UsageError if a row lacks a field of the template: that is the command's mistake."""
        for number, (span, fields) in enumerate(self._format.records()):
            if isinstance(fields, str):
                yield self._unreadable(number, span, fields)
                continue
            content, own_id = digest("row", fields), None
            try:
                own_id = self._id_of(fields)
                yield Row(number, span, own_id, content, fields, self._routable(self._ask(fields)))
            except UnknownFieldError as error:
                hint = "check the prompt" if self._id_field is None else "check the prompt and --id-field"
                raise UsageError(f"{self._source.name}, line {span.line}: {error}", hint=hint) from error
            except BadRowError as error:
                yield BadRow(number, span, own_id, content, str(error))

    def again(self, number: int, span: Span, content: bytes) -> Row:
        """A row that was read before. Raises UsageError if the input has been changed since."""
        if span.offset < 0 or not 0 <= span.length <= MAX_ROW_BYTES:
            raise self._changed(span)  # from a journal that we have not written: no file has so much
        try:
            fields = self._format.record(span)
            row = Row(number, span, self._id_of(fields), digest("row", fields), fields, self._ask(fields))
        except BadRowError as error:
            raise self._changed(span) from error
        if row.content != content:
            raise self._changed(span)
        return row

    def _changed(self, span: Span) -> UsageError:
        return UsageError(
            f"{self._source.name} was changed while it was in use: line {span.line} is not what it was",
            hint="run the same command again; what is finished is kept",
        )

    def _ask(self, fields: Mapping[str, Any]) -> Ask:
        if self._template is None:
            if is_openai(fields):
                return ask_openai(fields)
            if is_anthropic(fields):
                return ask_anthropic(fields)
        return ask_own(fields, self._template)

    def _routable(self, ask: Ask) -> Ask:
        """The same, if the model that it names, or the job's, is one. Raises BadRowError."""
        if (reason := self._no_model(ask.changes.get("model"))) is not None:
            raise BadRowError(reason)
        return ask

    def _id_of(self, fields: Mapping[str, Any]) -> str | None:
        name = self._id_field or CUSTOM_ID
        if self._id_field is None and CUSTOM_ID not in fields:
            return None
        value = look_up(fields, name)
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_ID:
            raise BadRowError(f'"{name}" is {shown(value)}, not an id: a text of 1 to {LONGEST_ID} characters')
        return value

    def _unreadable(self, number: int, span: Span, reason: str) -> BadRow:
        """A row without fields; its bytes are its identity, or the place of those that are too many to read."""
        raw = self._source.read(span) if span.length <= 1 << 20 else repr(span.length).encode()
        return BadRow(number, span, None, hashlib.sha256(raw.strip()).digest()[:HASH_BYTES], reason)
