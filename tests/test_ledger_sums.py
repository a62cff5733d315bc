"""ledger/sums: whatever is done to attempts, by whom ever, the sums are those of the attempts that are left."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing

import pytest

from llmcli.ledger import Ledger, sums
from llmcli.ledger.prune import prune

from .ledgers import Book, of_chance

NOW = 1_700_000_000


@pytest.fixture
def book(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    made = Book(tmp_path_factory.mktemp("ledger"))
    with made.ledger.together():
        of_chance(made, random.Random(1), NOW - 5 * 3600, NOW, 80)
    yield made
    made.close()


def lost(ledger: Ledger, connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE attempts SET status = 'sent', pid = 4194305 WHERE id % 3 = 0")  # more than any pid
    ledger.charge_lost()


def moved(ledger: Ledger, connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE attempts SET time = time + 3600, model = 'other', latency_ms = NULL WHERE id % 2")


def corrected(ledger: Ledger, connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE attempts SET cost_picousd = NULL, output_tokens = 5 WHERE status = 'ok'")


def pruned(ledger: Ledger, connection: sqlite3.Connection) -> None:
    assert prune(ledger.path, NOW - 2 * 3600, time.time(), vacuum=False).attempts > 20


def nothing(ledger: Ledger, connection: sqlite3.Connection) -> None:
    pass


@pytest.mark.parametrize("change", [nothing, lost, moved, corrected, pruned])
def test_the_sums_are_those_of_the_attempts(change: Callable[[Ledger, sqlite3.Connection], None], book: Book) -> None:
    with closing(sqlite3.connect(book.ledger.path, isolation_level=None)) as connection:
        change(book.ledger, connection)
        kept = connection.execute("SELECT * FROM sums WHERE attempts <> 0").fetchall()
        left_over = connection.execute("SELECT * FROM sums WHERE attempts = 0").fetchall()
        connection.execute("DELETE FROM sums")
        connection.execute(sums.FILL)
        assert kept == connection.execute("SELECT * FROM sums").fetchall()
    key = len(sums.KIND) + 1
    assert all(set(row[key:]) == {0} for row in left_over)
    assert not left_over or change is not pruned
    assert len(kept) > 20 or change is pruned
