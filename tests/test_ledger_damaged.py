"""A ledger that a disk or somebody else has changed: calls go on with one warning, reading it is exit 2, at once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from llmcli.ledger import LEDGER_FILE, Ledger, Sent, Settled
from llmcli.ledger.reading import LedgerUnreadableError, reading

from .helpers import RunLlmcli
from .ledgers import Book, ok

SENT = Sent("call-1", 1, "ask", "anthropic", "m")


@pytest.fixture
def path(state_dir: Path) -> Iterator[Path]:
    """A ledger with two attempts, which somebody may change."""
    book = Book(state_dir)
    book.call(1_700_000_000, ok(), ok())
    book.close()
    yield state_dir / LEDGER_FILE


def break_schema(path: Path) -> None:
    """SQLite's message about it quotes what is no UTF-8."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = path.read_bytes()
    assert data.count(b"attempts_by_time") == 2
    path.write_bytes(
        data.replace(b"attempts_by_time", b"attempts_by_\xff\xfe__").replace(b"CREATE INDEX", b"CREATE INDEY")
    )


def change(path: Path, sql: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(sql)


def test_calls_go_on_without_it(path: Path) -> None:
    break_schema(path)
    warnings: list[str] = []
    ledger = Ledger(path.parent, warnings.append)
    for _ in range(2):
        ledger.settle(ledger.begin(SENT), SENT, Settled("ok"))
    ledger.close()
    [warning] = warnings
    assert str(path) in warning


def test_it_cannot_be_read(path: Path) -> None:
    break_schema(path)
    with pytest.raises(LedgerUnreadableError, match=str(path)), reading(path) as connection:
        assert connection is not None
        connection.execute("SELECT * FROM attempts")


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE attempts SET time = 1e300",
        "UPDATE attempts SET time = x'ff'",
        "UPDATE attempts SET tags = '{'",
        "UPDATE attempts SET provider = x'00'",
        "UPDATE attempts SET cost_picousd = 'much'",
        "UPDATE attempts SET tokens_per_second = 9e999",
    ],
)
def test_the_log_says_so(path: Path, sql: str, run_here: RunLlmcli) -> None:
    change(path, sql)
    done = run_here("cost", "log")
    assert (done.code, done.out) == (2, "")
    assert str(path) in done.err


@pytest.mark.parametrize("sql", ["UPDATE attempts SET time = 1e300", "UPDATE attempts SET latency_ms = 'long'"])
@pytest.mark.parametrize("command", [("cost",), ("cost", "report")], ids=" ".join)
def test_a_report_says_so_or_leaves_it_out_and_comes_to_an_end(
    path: Path, sql: str, command: tuple[str, ...], run_here: RunLlmcli
) -> None:
    change(path, sql)
    done = run_here(*command)
    assert done.code in (0, 2)
    assert done.code == 0 or str(path) in done.err


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE attempts SET model = x'00'",
        "UPDATE attempts SET reasoning_tokens = 9e999",
        "UPDATE attempts SET status = 'sent', pid = 'mine'",
        "UPDATE attempts SET status = 'sent', pid = 1 << 40",
    ],
)
def test_a_report_as_json_never_has_what_is_no_json(path: Path, sql: str, run_here: RunLlmcli) -> None:
    change(path, sql)
    done = run_here("cost", "report", "--json")
    assert done.code in (0, 2)
    assert str(path) in done.err
    assert strict_json(done.out)["ok"] is (done.code == 0)


def strict_json(text: str) -> Any:
    def refuse(word: str) -> None:
        raise AssertionError(word)

    return json.loads(text, parse_constant=refuse)
