"""Taking what is old out of the ledger."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from llmcli.ledger.charges import QUARTER_S
from llmcli.ledger.schema import open_ledger

_AT_ONCE = 10_000  # rows, so that nobody waits long for the lock
_BUDGETS_LOOK_BACK_S = 62 * 86_400  # a month, and the one before

_OLD = "time < ? AND status <> 'sent'"


@dataclass(frozen=True)
class Pruned:
    """How many attempts were deleted, how many bytes the file lost, and how many in it are free for new attempts."""

    attempts: int
    freed_bytes: int
    reusable_bytes: int


def prunable(connection: sqlite3.Connection, before: float) -> int:
    """How many attempts `prune` would delete."""
    return int(connection.execute(f"SELECT count(*) FROM attempts WHERE {_OLD}", (before,)).fetchone()[0])


def prune(path: Path, before: float, now: float, *, vacuum: bool) -> Pruned:
    """Delete attempts sent before then, and what they counted against budgets once no budget looks so far back.

    Only `vacuum` makes the file smaller, which copies what is left and keeps others from writing meanwhile.
    """
    with closing(open_ledger(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint")
        size = path.stat().st_size
        deleted = 0
        batch = f"DELETE FROM attempts WHERE id IN (SELECT id FROM attempts WHERE {_OLD} LIMIT {_AT_ONCE})"
        while count := connection.execute(batch, (before,)).rowcount:
            deleted += count
        quarters = int(min(before, now - _BUDGETS_LOOK_BACK_S) // QUARTER_S)
        connection.execute("DELETE FROM charges WHERE quarter < ?", (quarters,))
        connection.execute(
            "DELETE FROM charges WHERE scope GLOB 'run:*' AND quarter < ?"
            " AND substr(scope, 5) NOT IN (SELECT run FROM attempts WHERE status = 'sent' AND run IS NOT NULL)",
            (int(before // QUARTER_S),),
        )
        connection.execute("DELETE FROM sums WHERE attempts = 0")
        if vacuum:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        free, page = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_size"))
    return Pruned(deleted, size - path.stat().st_size, free * page)
