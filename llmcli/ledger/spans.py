"""The times that a report asks for, as a table next to the ledger, so that one query goes through them all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from llmcli.ledger.group import PeriodOf
from llmcli.ledger.selection import Selection
from llmcli.ledger.sums import HOUR_S

# `part` is 'all' for a whole period; 'whole' for the hours within it, counted since 1970; 'rest' for what these
# leave out. `number` is the period's.
_TABLE = """
CREATE TEMP TABLE IF NOT EXISTS spans (part, number, since, until, PRIMARY KEY (part, number, since)) WITHOUT ROWID
"""
FAR = 1e15  # seconds: beyond all times


def lay_out(connection: sqlite3.Connection, selection: Selection, period_of: PeriodOf | None) -> list[str]:
    """Fill the table `spans`; returns the names of the periods by number."""
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute(_TABLE)
    connection.execute("DELETE FROM temp.spans")
    names = []
    for number, (name, since, until) in enumerate(_periods(connection, selection, period_of)):
        names.append(name)
        rows = [(part, number, *span) for part, *span in _parts(since, until)]
        connection.executemany("INSERT INTO temp.spans VALUES (?, ?, ?, ?)", rows)
    return names


def _periods(
    connection: sqlite3.Connection, selection: Selection, period_of: PeriodOf | None
) -> Iterator[tuple[str, float, float]]:
    """Name, begin and end of each period in which an attempt was sent."""
    since = -FAR if selection.since is None else selection.since
    last = FAR if selection.until is None else selection.until
    if period_of is None:
        yield "", since, last
        return
    following = "SELECT time FROM attempts WHERE time >= ? ORDER BY time LIMIT 1"
    while row := connection.execute(following, (since,)).fetchone():
        if row[0] >= last:
            return
        name, until = period_of(row[0])
        yield name, since, min(until, last)
        since = until


def _parts(since: float, until: float) -> Iterator[tuple[str, float, float]]:
    yield "all", since, until
    first, last = -int(-since // HOUR_S), int(until // HOUR_S)
    if first >= last:
        yield "rest", since, until
        return
    yield "whole", first, last
    if since < first * HOUR_S:
        yield "rest", since, first * HOUR_S
    if last * HOUR_S < until:
        yield "rest", last * HOUR_S, until
