"""Which attempts are meant, as options, and the ledger opened to read them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from typer import Option

if TYPE_CHECKING:
    import sqlite3
    from datetime import tzinfo

    from llmcli.app import App
    from llmcli.ledger.selection import Selection

_LENGTH = re.compile(r"[\d.]+\s*(ms|s|m|h|d)")


@dataclass(frozen=True)
class SelectOptions:
    """Which attempts."""

    HEADING: ClassVar[str] = "Selection"

    since: Annotated[str | None, Option("--since", metavar="TIME", help="From 7d or 12h ago, or 2026-11-01, on.")] = (
        None
    )
    until: Annotated[str | None, Option("--until", metavar="TIME", help="Until just before then.")] = None
    model: Annotated[list[str] | None, Option("--model", metavar="MODEL", help="As asked or as answered.")] = None
    provider: Annotated[list[str] | None, Option("--provider", metavar="PROVIDER", help="Only this provider's.")] = None
    command: Annotated[list[str] | None, Option("--command", metavar="COMMAND", help="Only this command's.")] = None
    status: Annotated[
        list[str] | None, Option("--status", metavar="STATUS", help="ok, sent, lost, interrupted, rate_limited, …")
    ] = None
    tag: Annotated[list[str] | None, Option("--tag", metavar="KEY[=VALUE]", help="Only with this tag.")] = None
    failed: Annotated[bool, Option("--failed", help="Only what did not end well.")] = False


def zone_of(app: App) -> tzinfo | None:
    """The time zone that days go by; None is the machine's own."""
    from llmcli.periods import zone_named

    return zone_named(app.config.settings.time_zone)


def selected(options: SelectOptions, zone: tzinfo | None) -> Selection:
    """The selection that the options make. Raises UsageError."""
    from llmcli.ledger.selection import Selection

    now = time.time()
    tags = [item.partition("=") for item in options.tag or []]
    return Selection(
        since=None if options.since is None else moment("--since", options.since, zone, now),
        until=None if options.until is None else moment("--until", options.until, zone, now),
        models=tuple(options.model or ()),
        providers=tuple(options.provider or ()),
        commands=tuple(options.command or ()),
        statuses=tuple(options.status or ()),
        tags=tuple((key, value if equals else None) for key, equals, value in tags),
        failed=options.failed,
    )


def moment(flag: str, text: str, zone: tzinfo | None, now: float) -> float:
    """Seconds since 1970: so long before `now`, or a date (its midnight) or time in `zone`. Raises UsageError."""
    from datetime import datetime

    from llmcli.durations import parse_duration_s
    from llmcli.errors import UsageError
    from llmcli.periods import local

    hint = "write it like 7d, 12h, 2026-11-01 or 2026-11-01T09:30"
    try:
        if _LENGTH.fullmatch(text.strip()):
            then = now - parse_duration_s(text)
        else:
            date = datetime.fromisoformat(text.strip())
            then = (date.replace(tzinfo=zone) if zone and date.tzinfo is None else date).timestamp()
    except (ValueError, OverflowError) as error:
        raise UsageError(f'{flag} "{text}" is neither a length of time nor a date', hint=hint) from error
    try:
        local(then, zone)
    except (ValueError, OverflowError, OSError) as error:  # no calendar goes so far
        raise UsageError(f'{flag} "{text}" is out of range', hint=hint) from error
    return then


@contextmanager
def ledger_of(app: App) -> Iterator[sqlite3.Connection | None]:
    """The ledger, to be read; None if there is none yet. Attempts of processes that are gone are taken for spent.

    Raises UsageError.
    """
    from llmcli.errors import UsageError
    from llmcli.ledger.reading import LedgerUnreadableError, reading

    path = app.ledger.path
    try:
        with reading(path) as connection:
            running = (
                connection is not None
                and connection.execute("SELECT 1 FROM attempts WHERE status = 'sent' LIMIT 1").fetchone()
            )
        if running and os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):
            app.ledger.charge_lost()
        with reading(path) as connection:
            yield connection
    except LedgerUnreadableError as error:
        raise UsageError(str(error), hint="move it away, or set state_dir") from error
