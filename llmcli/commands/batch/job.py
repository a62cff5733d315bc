"""From the command line to a job: its input, what every request has, and what it is known by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcli import attachments
from llmcli.app import App
from llmcli.batch.journal.job import Job as JournalJob
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.source import Source
from llmcli.batch.rows.template import Template
from llmcli.commands import request as requests
from llmcli.commands.batch.options import DataOptions, ResultOptions, RowOptions
from llmcli.commands.options import ContentOptions, ModelOptions
from llmcli.errors import AuthError, UsageError
from llmcli.files import check_writable, is_special
from llmcli.messages import Message, Part, Request
from llmcli.models import Route

if TYPE_CHECKING:
    from llmcli.extract.schema.user import UserSchema

STDOUT = Path("-")
# Of a request: what has a place of its own in the manifest, or is no part of what is asked.
_ELSEWHERE = ("model", "messages", "headers", "show_reasoning")


@dataclass(frozen=True)
class Job:
    """`out` is None for stdout; `route` is None if no model was named and no key is set: rows may name theirs."""

    out: Path | None
    source: Source
    reader: RowReader
    base: Request
    files: tuple[Part, ...]
    route: Route | None
    known_by: JournalJob
    skip_bad: bool
    user: UserSchema | None = None  # what the answers have to be, if they are to be data

    @classmethod
    def read(
        cls,
        app: App,
        given: str | None,
        rows: RowOptions,
        data: DataOptions,
        content: ContentOptions,
        model: ModelOptions,
        to: ResultOptions,
    ) -> Job:
        """Raises UsageError before anything is opened for writing."""
        out = None if to.output in (None, STDOUT) else to.output
        if out is not None:
            check_writable(out, "-o")
            if is_special(out):
                raise UsageError(f"-o {out} is not a regular file", hint="leave out -o to write to stdout")
        template = None if rows.prompt is None else Template(rows.prompt)
        how = attachments.ReadOptions(content.by_url, app.config.settings.image_max_px)
        files = tuple(attachments.read_file(name, _no_stdin, how) for name in content.file or [])
        base = replace(requests.options(app, model), system=requests.system(app, content))
        route = _route(app)
        user = _schema(data)
        source = _source(app, given, out)
        name = "lines" if rows.lines else rows.format
        reader = RowReader(source, format=name, template=template, id_field=rows.id_field)
        reading = {"format": None if name == "auto" else name, "prompt": rows.prompt, "id_field": rows.id_field}
        known_by = JournalJob(
            _options(app, base, files, route) | _asked_besides(user, data, content),
            {name: value for name, value in reading.items() if value is not None},
            source.name,
            source.digest,
            dedupe=not rows.no_dedupe,
        )
        return cls(out, source, reader, base, files, route, known_by, rows.skip_bad_rows, user)

    def sample(self) -> Request:
        """A request as every row's is, to see whether it can be sent at all."""
        return replace(self.base, messages=(Message.of("user", "?"),))


def _source(app: App, given: str | None, out: Path | None) -> Source:
    spool = None if out is None else out.absolute().parent
    if given not in (None, "-"):
        assert given is not None
        if out is not None and out.exists() and Path(given).exists() and out.samefile(given):
            raise UsageError(f"{given} is both input and output", hint="name another output")
        return Source.of_path(Path(given), spool)
    if given is None and app.streams.stdin_is_tty:
        raise UsageError("no input was named", hint="name a file, or pipe rows in")
    if app.streams.stdin is None:
        raise UsageError("stdin is closed", hint="name a file")
    return Source.of_stream(app.streams.stdin, "stdin", spool)


def _no_stdin() -> bytes:
    raise UsageError("-f - cannot be used with batch", hint="write it to a file")


def _route(app: App) -> Route | None:
    try:
        return app.routes()[0]
    except AuthError:
        if app.config.settings.model is not None:
            raise
        return None


def _options(app: App, base: Request, files: tuple[Part, ...], route: Route | None) -> dict[str, Any]:
    """What the journal compares, under the names that users know. Headers may be keys: only their names are kept."""
    defaults = Request("", (), 0)
    found: dict[str, Any] = {"model": None if route is None else route.asked}
    for item in fields(Request):
        value = getattr(base, item.name)
        if item.name not in _ELSEWHERE and value != getattr(defaults, item.name):
            found[item.name] = list(value) if isinstance(value, tuple) else value
    found["header"] = sorted(base.headers)
    found["file"] = [hashlib.sha256(repr(_all_of(part)).encode()).hexdigest() for part in files]
    found["redact"] = list(app.config.settings.redact.kinds)
    return {name: value for name, value in found.items() if value not in (None, [], {})}


def _schema(data: DataOptions) -> UserSchema | None:
    from llmcli.commands.extract.schema import said, schema_of

    if said(data):
        return schema_of(data)
    if data.mode is not None:
        raise UsageError("--mode without --schema", hint="it says how to ask for data")
    return None


def _asked_besides(user: UserSchema | None, data: DataOptions, content: ContentOptions) -> dict[str, Any]:
    """The same of what no Request has before it is sent. How long the input may be changes only what is cut."""
    cut = content.max_input_tokens is not None and content.on_overflow != "fail"
    found: dict[str, Any] = {
        "schema": None if user is None else user.document,
        "mode": data.mode,
        "max_input_tokens": content.max_input_tokens if cut else None,
        "on_overflow": content.on_overflow if cut else None,
    }
    return {name: value for name, value in found.items() if value is not None}


def _all_of(part: Part) -> list[object]:
    return [getattr(part, item.name) for item in fields(part)]
