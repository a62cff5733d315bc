"""A file of rows, or stdin: as a batch job reads it, and the estimate of what one costs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from llmcli.app import App
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.source import Source
from llmcli.batch.rows.template import Template
from llmcli.commands.options import RowOptions
from llmcli.errors import UsageError

STDIN = "-"


def open_rows(
    app: App,
    name: str,
    rows: RowOptions,
    id_field: str | None = None,
    spool_in: Path | None = None,
    no_model: Callable[[str | None], str | None] = lambda name: None,
) -> tuple[Source, RowReader]:
    """The file of that name, or stdin, and what reads its rows; `no_model` is the reader's. Raises UsageError."""
    if rows.lines and rows.format not in ("auto", "lines"):
        raise UsageError(f"--lines and --format {rows.format} exclude each other", hint="leave out one")
    template = None if rows.template is None else Template(rows.template)
    source = _source(app, name, spool_in)
    form = "lines" if rows.lines else rows.format
    return source, RowReader(source, format=form, template=template, id_field=id_field, no_model=no_model)


def _source(app: App, name: str, spool_in: Path | None) -> Source:
    if name != STDIN:
        return Source.of_path(Path(name), spool_in)
    if app.streams.stdin is None:
        raise UsageError("stdin is closed", hint="name a file")
    return Source.of_stream(app.streams.stdin, "stdin", spool_in)
