"""ledger/schema: a ledger that an earlier version wrote keeps its rows, and is added up like any other."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from llmcli.ledger import LEDGER_FILE, Cap
from llmcli.ledger.caps import total as taken_of
from llmcli.ledger.group import Grouping, total
from llmcli.ledger.reading import reading
from llmcli.ledger.report import report
from llmcli.ledger.schema import SCHEMA_VERSION
from llmcli.ledger.selection import Selection

from .helpers import ledger_rows
from .ledgers import Book, ok

VERSION_1 = """
CREATE TABLE attempts (id INTEGER PRIMARY KEY, call_id TEXT, attempt INTEGER, time REAL, command TEXT, provider TEXT,
    model TEXT, model_resolved TEXT, status TEXT, http_status INTEGER, stop_reason TEXT, input_tokens INTEGER,
    output_tokens INTEGER, cache_read_tokens INTEGER, cache_write_tokens INTEGER, reasoning_tokens INTEGER,
    cost_usd TEXT, cost_basis TEXT, latency_ms INTEGER, ttft_ms INTEGER, tokens_per_second REAL, request_id TEXT,
    tags TEXT, pid INTEGER);
PRAGMA user_version = 1;
"""
VERSION_2 = (Path(__file__).parent / "ledger_version_2.sql").read_text(encoding="utf-8")


@contextmanager
def old(directory: Path, schema: str) -> Iterator[sqlite3.Connection]:
    """A ledger of an earlier version, to be filled."""
    with closing(sqlite3.connect(directory / LEDGER_FILE, isolation_level=None)) as connection:
        connection.executescript(schema)
        yield connection


def add(connection: sqlite3.Connection, **values: object) -> None:
    given = {"call_id": "c", "attempt": 1, "time": 1000, "command": "ask", "provider": "p", "model": "m"}
    row = {**given, "status": "ok", "cost_basis": "x", "tags": "{}", "pid": 1, **values}
    marks = ", ".join("?" * len(row))
    connection.execute(f"INSERT INTO attempts ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


def test_a_ledger_of_version_1_is_brought_up_to_date(tmp_path: Path) -> None:
    """Its costs, decimals in text then, are added up like others."""
    with old(tmp_path, VERSION_1) as connection:
        for cost in ("0.1", "0.2", None):
            add(connection, cost_usd=cost)
    with reading(tmp_path / LEDGER_FILE) as connection:
        assert connection is not None
        [group] = report(connection, Selection(), Grouping(("model",)))
    assert (group.cost_usd, group.unknown("cost_picousd"), group.attempts) == (Decimal("0.3"), 1, 3)


def test_a_ledger_of_version_2_is_brought_up_to_date(tmp_path: Path) -> None:
    """What was in it is in the sums, what it counted against budgets still counts, and what comes is added."""
    with old(tmp_path, VERSION_2) as connection:
        add(connection, status="sent", charge_picousd=5 * 10**12, time=900)
        connection.execute(
            "UPDATE attempts SET status = 'ok', cost_picousd = 2000000000000, charge_picousd = 2000000000000,"
            " input_tokens = 7, latency_ms = 40"
        )
        add(connection, latency_ms=60, status="rejected", call_id="d")
        add(connection, status="sent", call_id="e")
    book = Book(tmp_path)
    book.call(1000, ok("0.5", latency_ms=50), provider="p")
    book.close()
    with reading(tmp_path / LEDGER_FILE) as connection:
        assert connection is not None
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        [group] = report(connection, Selection(), Grouping(("model",)))
        budget = taken_of(connection, Cap("c", "", "usd", Decimal(9), 0, 10_000))
        in_sums = connection.execute("SELECT sum(attempts) FROM sums").fetchone()
    assert (group.cost_usd, group.attempts, group.failures, group.open) == (Decimal("2.5"), 4, 1, 1)
    assert (group.tokens("input_tokens"), group.latency_ms.percentile(50)) == (107, 50)
    assert (budget.spent, in_sums) == (Decimal("2.5"), (3,))


def test_a_ledger_of_version_3_gets_the_service_tier(tmp_path: Path) -> None:
    """And its sums are those that it had."""
    book = Book(tmp_path)
    book.call(1000, ok("0.5"))
    book.close()
    with closing(sqlite3.connect(tmp_path / LEDGER_FILE, isolation_level=None)) as connection:
        connection.execute("ALTER TABLE attempts DROP COLUMN service_tier")
        connection.execute("PRAGMA user_version = 3")
    book = Book(tmp_path)
    book.call(1000, replace(ok("0.25"), service_tier="flex"))
    book.close()
    assert [row["service_tier"] for row in ledger_rows(tmp_path)] == [None, "flex"]
    with reading(tmp_path / LEDGER_FILE) as connection:
        assert connection is not None
        assert total(report(connection, Selection(), Grouping())).cost_usd == Decimal("0.75")
