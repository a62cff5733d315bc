"""From the command line to a job."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from llmcli import attachments
from llmcli.app import App
from llmcli.batch.journal.files import journal_path
from llmcli.batch.rates.circuit import MaxFailures
from llmcli.batch.run.output import failed_path
from llmcli.commands import request as requests
from llmcli.commands.batch.options import DataOptions, JobRowOptions, JournalOptions, PaceOptions, ResultOptions
from llmcli.commands.options import ContentOptions, ModelOptions
from llmcli.commands.rows import STDIN, open_rows
from llmcli.durations import parse_duration_s
from llmcli.errors import UsageError
from llmcli.files import check_writable, is_special
from llmcli.jobs.job import Job, Pace, Wanted, no_model

if TYPE_CHECKING:
    from llmcli.extract.schema.user import UserSchema

STDOUT = Path("-")


def output_of(to: ResultOptions) -> Path | None:
    """The file to write; None is stdout. Raises UsageError before anything is opened for writing."""
    out = None if to.output in (None, STDOUT) else to.output
    if out is not None:
        check_writable(out, "-o")
        if is_special(out):
            raise UsageError(f"-o {out} is not a regular file", hint="leave out -o to write to stdout")
    return out


def journal_of(kept: JournalOptions, out: Path | None) -> Path | None:
    """Where the job is kept; None is nowhere. Raises UsageError."""
    if kept.journal is None:
        return None if out is None else journal_path(out)
    check_writable(kept.journal, "--journal")
    for other in () if out is None else (out, failed_path(out)):
        if os.path.realpath(other) == os.path.realpath(kept.journal):
            raise UsageError(f"--journal {kept.journal} is where the output goes", hint="name another journal")
    return kept.journal


def read(
    app: App,
    given: str | None,
    rows: JobRowOptions,
    data: DataOptions,
    content: ContentOptions,
    model: ModelOptions,
    out: Path | None,
    journal: Path | None,
) -> Job:
    """The job. Raises UsageError."""
    how = attachments.ReadOptions(content.by_url, app.config.settings.image_max_px)
    files = tuple(attachments.read_file(name, _no_stdin, how) for name in content.file or [])
    base = replace(requests.options(app, model), system=requests.system(app, content))
    wanted = Wanted(_schema(data), data.mode, data.repair, content.max_input_tokens, content.on_overflow)
    spool = None if out is None else out.absolute().parent
    source, reader = open_rows(app, _input(app, given, out, journal), rows, rows.id_field, spool, no_model(app))
    name = "lines" if rows.lines else rows.format
    reading = {"format": None if name == "auto" else name, "prompt": rows.template, "id_field": rows.id_field}
    dedupe, skip_bad = not rows.no_dedupe, rows.skip_bad_rows
    return Job.of(app, source, reader, reading, base, files, wanted, dedupe=dedupe, skip_bad=skip_bad)


def pace_of(given: PaceOptions) -> Pace:
    """Raises UsageError."""
    most = None if given.max_failures is None else MaxFailures.parse(given.max_failures)
    drain_s = parse_duration_s(given.drain_timeout)
    return Pace(given.concurrency, given.max_concurrency, given.rpm, given.tpm, most, drain_s)


def _input(app: App, given: str | None, out: Path | None, journal: Path | None) -> str:
    """The name of the input. Raises UsageError."""
    if given is None and app.streams.stdin_is_tty:
        raise UsageError("no input was named", hint="name a file, or pipe rows in")
    name = STDIN if given is None else given
    if name != STDIN and journal is not None and os.path.realpath(journal) == os.path.realpath(name):
        raise UsageError(f"{name} is both input and journal", hint="name another journal or output")
    if name != STDIN and out is not None and Path(name).exists():
        if out.exists() and out.samefile(name):
            raise UsageError(f"{name} is both input and output", hint="name another output")
        if failed_path(out).exists() and failed_path(out).samefile(name):
            raise UsageError(
                f"{name} is what failed of {out}, and would take its place",
                hint="name another output, or run the command again that wrote it",
            )
    return name


def _no_stdin() -> bytes:
    raise UsageError("-f - cannot be used with batch", hint="write it to a file")


def _schema(data: DataOptions) -> UserSchema | None:
    from llmcli.commands.extract.schema import said, schema_of

    if said(data):
        return schema_of(data)
    if data.mode is not None:
        raise UsageError("--mode without --schema", hint="it says how to ask for data")
    return None
