"""The calls themselves."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING, Annotated

from typer import Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.cost.select import SelectOptions, ledger_of, selected, zone_of
from llmcli.commands.options import GeneralOptions

if TYPE_CHECKING:
    from datetime import tzinfo

    from llmcli.app import App
    from llmcli.ledger.log import Attempt, Follower, TimeOf
    from llmcli.ledger.selection import Selection

POLL_S = 0.3


def log(
    context: Context,
    options: SelectOptions,
    general: GeneralOptions,
    limit: Annotated[int | None, Option("--limit", min=0, metavar="N", help="Only the newest N.")] = None,
    follow: Annotated[bool, Option("--follow", help="Go on with attempts as they end; Ctrl-C stops.")] = False,
) -> None:
    """The attempts in the ledger, oldest first, as JSON lines."""
    app = begin(context, general)
    app.command = "cost log"
    from llmcli.ledger.log import Follower, attempts

    zone = zone_of(app)
    selection, time_of = selected(options, zone), _time_in(zone)
    with ledger_of(app) as connection:
        follower = Follower.at(connection)
        for part in attempts(connection, selection, time_of, limit) if connection else ():
            _write(app, [attempt for attempt in part if not follow or attempt["status"] != "sent"])
    if follow:
        _follow(app, follower, selection, time_of)


def _follow(app: App, follower: Follower, selection: Selection, time_of: TimeOf) -> None:
    from llmcli.errors import ClosedPipeError, InterruptedRunError

    try:
        while not _reader_is_gone(app):
            time.sleep(POLL_S)
            with ledger_of(app) as connection:
                for part in follower.ended(connection, selection, time_of) if connection else ():
                    _write(app, part)
    except InterruptedRunError as error:  # how this is meant to end, so that nothing is said of it
        app.exit_code = error.exit_code
        return
    raise ClosedPipeError("stdout is closed")


def _time_in(zone: tzinfo | None) -> TimeOf:
    from llmcli.periods import local

    return lambda moment: local(moment, zone).isoformat(timespec="milliseconds")


def _reader_is_gone(app: App) -> bool:
    """Whether nobody reads stdout any more, so that waiting for something to write would have no end."""
    stdout = app.streams.stdout
    try:
        descriptor = -1 if stdout is None else stdout.fileno()
    except (OSError, ValueError):
        return False  # no file descriptor behind it
    poller = select.poll()
    poller.register(descriptor, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poller.poll(0))


def _write(app: App, attempts: list[Attempt]) -> None:
    from llmcli.render import to_json

    if attempts:
        app.streams.write("".join(map(to_json, attempts)))
