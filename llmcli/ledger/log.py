"""The attempts themselves, as scripts read them."""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from llmcli.ledger.money import from_pico
from llmcli.ledger.report import FOLLOWED
from llmcli.ledger.schema import as_written
from llmcli.ledger.selection import Selection
from llmcli.ledger.sums import unbilled

_AT_ONCE = 500
_COLUMNS = (
    "id", "time", "call_id", "attempt", "command", "provider", "model", "model_resolved", "profile", "run",
    "status", "http_status", "stop_reason", "service_tier", "input_tokens", "output_tokens", "cache_read_tokens",
    "cache_write_tokens", "cache_write_1h_tokens", "reasoning_tokens", "cost_picousd", "cost_basis",
    "charge_picousd", "charge_tokens", "latency_ms", "ttft_ms", "tokens_per_second", "request_id", "tags", "pid",
)  # fmt: skip
_SELECT = f"SELECT {', '.join(_COLUMNS)}, NOT {FOLLOWED} AS last, NOT {unbilled()} AS billed FROM attempts"

Attempt = dict[str, object]
File = tuple[int, int]
"""Which file it is, by device and number."""
TimeOf = Callable[[float], str]
"""A time in seconds since 1970 as it is shown."""


def attempts(
    connection: sqlite3.Connection, selection: Selection, time_of: TimeOf, newest: int | None = None
) -> Iterator[list[Attempt]]:
    """The attempts of the selection by time, some at once; only the `newest` so many, if that is given."""
    where, values = selection.where()
    sql = f"{_SELECT} WHERE {where} ORDER BY time, id"
    if newest is not None:
        ids = f"SELECT id FROM attempts WHERE {where} ORDER BY time DESC, id DESC LIMIT ?"
        sql = f"{_SELECT} WHERE id IN ({ids}) ORDER BY time, id"
        values = (*values, newest)
    yield from _in_parts(connection.execute(sql, values), time_of)


class Follower:
    """Attempts that come to an end after those up to `after`, each once; `pending` are those that have not.

    Ids begin anew when pruning empties the ledger, and in another file that takes its place.
    """

    def __init__(self, after: int = 0, pending: tuple[int, ...] = (), file: File | None = None) -> None:
        self.after = after
        self.pending = set(pending)
        self._file = file

    @classmethod
    def at(cls, connection: sqlite3.Connection | None) -> Follower:
        """From now on."""
        if connection is None:
            return cls()
        running = connection.execute("SELECT id FROM attempts WHERE status = 'sent'")
        return cls(_newest(connection), tuple(row for (row,) in running), _file_of(connection))

    def ended(self, connection: sqlite3.Connection, selection: Selection, time_of: TimeOf) -> Iterator[list[Attempt]]:
        """What has ended since the last time, by time."""
        file = _file_of(connection)
        if file not in (None, self._file) or _newest(connection) < self.after:
            self.after, self.pending, self._file = 0, set(), file
        new = connection.execute("SELECT id FROM attempts WHERE id > ?", (self.after,))
        self.pending.update(row for (row,) in new)
        self.after = max([self.after, *self.pending])
        known = json.dumps(sorted(self.pending))
        ids = "id IN (SELECT value FROM json_each(?))"
        running = connection.execute(f"SELECT id FROM attempts WHERE status = 'sent' AND {ids}", (known,))
        self.pending = {row for (row,) in running}
        where, values = selection.where()
        sql = f"{_SELECT} WHERE status <> 'sent' AND {ids} AND {where} ORDER BY time, id"
        yield from _in_parts(connection.execute(sql, (known, *values)), time_of)


def _newest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT coalesce(max(id), 0) FROM attempts").fetchone()[0])


def _file_of(connection: sqlite3.Connection) -> File | None:
    """None if it is being moved away at this moment."""
    try:
        found = Path(connection.execute("PRAGMA database_list").fetchone()[2]).stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _in_parts(rows: sqlite3.Cursor, time_of: TimeOf) -> Iterator[list[Attempt]]:
    names = [name for name, *_ in rows.description]
    while part := rows.fetchmany(_AT_ONCE):
        with as_written():
            shown = [_shown(dict(zip(names, row, strict=True)), time_of) for row in part]
        yield shown


def _shown(row: Attempt, time_of: TimeOf) -> Attempt:
    shown: Attempt = {}
    for name, value in row.items():
        if name == "time":
            shown[name] = time_of(float(str(value)))
        elif name in ("cost_picousd", "charge_picousd"):
            shown[name.replace("_picousd", "_usd")] = None if value is None else f"{from_pico(int(str(value))):f}"
        elif name == "tags":
            shown[name] = json.loads(str(value))
        elif isinstance(value, bytes) or (isinstance(value, float) and not math.isfinite(value)):
            raise ValueError(f"{name} is {value!r}")
        else:
            shown[name] = bool(value) if name in ("last", "billed") else value
    return shown
