"""Taking old attempts out of the ledger."""

from __future__ import annotations

import time
from typing import Annotated

from typer import Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.cost.select import ledger_of
from llmcli.commands.options import GeneralOptions


def prune(
    context: Context,
    general: GeneralOptions,
    older_than: Annotated[str, Option("--older-than", metavar="TIME", help="Such as 90d.")],
    vacuum: Annotated[bool, Option("--vacuum", help="Make the file smaller; calls wait meanwhile.")] = False,
    yes: Annotated[bool, Option("--yes", help="Do not ask at a terminal.")] = False,
) -> None:
    """Delete old attempts; budgets get nothing back."""
    app = begin(context, general)
    app.command = "cost prune"
    from llmcli.durations import parse_duration_s
    from llmcli.errors import UsageError
    from llmcli.ledger.prune import prunable, prune

    now = time.time()
    before = now - parse_duration_s(older_than)
    with ledger_of(app) as connection:
        count = prunable(connection, before) if connection else 0
        there = connection is not None
    ask = app.streams.stdin_is_tty and not yes and count
    if ask and not app.streams.confirm(f"delete {count:,} attempts older than {older_than}?"):
        raise UsageError("nothing was deleted", hint="say y, or --yes")
    if not there:
        app.streams.write("0 attempts deleted\n")
        return
    import sqlite3

    try:
        done = prune(app.ledger.path, before, now, vacuum=vacuum)
    except (OSError, sqlite3.Error) as error:
        raise UsageError(f"cannot write the ledger {app.ledger.path}: {error}") from error
    app.streams.write(
        f"{done.attempts:,} attempts deleted, {done.freed_bytes:,} bytes freed,"
        f" {done.reusable_bytes:,} bytes in the file for new ones\n"
    )
