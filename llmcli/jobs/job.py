"""What is asked of every row of a job, how fast, and what the job is known by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from llmcli.app import App
from llmcli.batch.journal.job import Job as JournalJob
from llmcli.batch.rates.circuit import MaxFailures
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.source import Source
from llmcli.choices import REPAIRS, Mode, OnUnknown, Overflow
from llmcli.errors import AuthError, ConfigError
from llmcli.messages import Message, Part, Request
from llmcli.models import Route

if TYPE_CHECKING:
    from llmcli.extract.schema.user import UserSchema

# Of a request: what has a place of its own in the manifest, or is no part of what is asked.
_ELSEWHERE = ("model", "messages", "headers", "show_reasoning")


@dataclass(frozen=True)
class Wanted:
    """What is made of each row's request and answer: data, if there is a schema; no more input than so many tokens."""

    user: UserSchema | None = None
    mode: Mode | None = None
    repairs: int = REPAIRS
    max_input_tokens: int | None = None
    on_overflow: Overflow = "fail"

    def manifest(self) -> dict[str, Any]:
        """What the journal compares of it. How long the input may be changes only what is cut."""
        cut = self.max_input_tokens is not None and self.on_overflow != "fail"
        found: dict[str, Any] = {
            "schema": None if self.user is None else self.user.document,
            "mode": self.mode,
            "max_input_tokens": self.max_input_tokens if cut else None,
            "on_overflow": self.on_overflow if cut else None,
        }
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True)
class Pace:
    """How fast, and when to stop. None leaves it to the provider's limits and the settings."""

    concurrency: int | None = None
    max_concurrency: int = 256
    rpm: int | None = None
    tpm: int | None = None
    max_failures: MaxFailures | None = None
    drain_s: float = 60.0


@dataclass(frozen=True)
class Going:
    """How a job goes on that its journal knows already."""

    rerun_changed: bool = False
    keep_failed: bool = False
    on_unknown: OnUnknown = "retry"


@dataclass(frozen=True)
class Job:
    """`route` is None if no model was named and no key is set: rows may name theirs."""

    source: Source
    reader: RowReader
    base: Request
    files: tuple[Part, ...]
    wanted: Wanted
    route: Route | None
    known_by: JournalJob
    skip_bad: bool = False

    @classmethod
    def of(
        cls,
        app: App,
        source: Source,
        reader: RowReader,
        reading: Mapping[str, Any],
        base: Request,
        files: tuple[Part, ...],
        wanted: Wanted,
        *,
        dedupe: bool = True,
        skip_bad: bool = False,
    ) -> Job:
        """`reading` is how `source` becomes the rows of `reader`, by the names that users know; None is left out."""
        try:
            route = app.routes()[0]
        except AuthError:
            if app.config.settings.model is not None:
                raise
            route = None
        known_by = JournalJob(
            _options(app, base, files, route) | wanted.manifest(),
            {name: value for name, value in reading.items() if value is not None},
            source.name,
            source.digest,
            dedupe=dedupe,
        )
        return cls(source, reader, base, files, wanted, route, known_by, skip_bad)

    def sample(self) -> Request:
        """A request as every row's is, to see whether it can be sent at all."""
        return replace(self.base, messages=(Message.of("user", "?"),))


def no_model(app: App) -> Callable[[str | None], str | None]:
    """Why a name is no model; None if it is one. Raises AuthError if a row names none and there is none."""

    @cache
    def reason(name: str | None) -> str | None:
        try:
            app.routes(name)
        except ConfigError as error:
            return error.message
        return None

    return reason


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


def _all_of(part: Part) -> list[object]:
    return [getattr(part, item.name) for item in fields(part)]
