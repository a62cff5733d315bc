"""ledger/report and its neighbours: spreads, reading without writing, pruning."""

from __future__ import annotations

import random
import sqlite3
import time
from array import array
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from math import ceil
from pathlib import Path

import pytest

from llmcli.ledger import LEDGER_FILE, Cap, Charge, Ledger, Sent
from llmcli.ledger.caps import total as taken_of
from llmcli.ledger.group import Grouping, total
from llmcli.ledger.prune import prune
from llmcli.ledger.reading import LedgerUnreadableError, reading
from llmcli.ledger.report import report
from llmcli.ledger.selection import Selection
from llmcli.ledger.spread import Spread

from .helpers import ledger_rows
from .ledgers import Book, limited, ok

DAY_S = 86_400


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("count", [1, 2, 3, 99, 100, 101, 1000])
def test_a_percentile_is_the_nearest_rank_however_the_values_are_parted(count: int) -> None:
    chance = random.Random(count)
    values = [chance.randrange(500) for _ in range(count)]
    whole = Spread([array("q", sorted(values))])
    parts = Spread([array("q", sorted(values[start::7])) for start in range(7)])
    for percent in (1, 50, 95, 99, 100):
        expected = sorted(values)[ceil(count * percent / 100) - 1]
        assert whole.percentile(percent) == parts.percentile(percent) == expected
    assert (whole.percentile(0), parts.percentile(0)) == (min(values), min(values))


def test_of_no_values_there_is_no_percentile() -> None:
    assert Spread([]).percentile(50) is None


def test_dollars_are_added_up_exactly(book: Book, tmp_path: Path) -> None:
    """A tenth has no exact binary fraction; ten million of the smallest amount make exactly ten microdollars."""
    for _ in range(10):
        book.call(1000, ok("0.1"))
    book.call(1000, ok("0.000000000001"))
    with reading(tmp_path / LEDGER_FILE) as connection:
        assert connection is not None
        assert total(report(connection, Selection(), Grouping())).cost_usd == Decimal("1.000000000001")


def test_reading_makes_nothing(tmp_path: Path) -> None:
    with reading(tmp_path / "state" / LEDGER_FILE) as connection:
        assert connection is None
    assert list(tmp_path.iterdir()) == []


def test_a_ledger_that_another_process_is_creating_is_none_yet(tmp_path: Path) -> None:
    (tmp_path / LEDGER_FILE).touch()
    with reading(tmp_path / LEDGER_FILE) as connection:
        assert connection is None


def test_who_reads_cannot_write_and_sees_one_moment(book: Book, tmp_path: Path) -> None:
    """While others go on writing, unhindered."""
    book.call(1000, ok())
    with reading(tmp_path / LEDGER_FILE) as connection:
        assert connection is not None
        count = "SELECT count(*) FROM attempts"
        assert connection.execute(count).fetchone() == (1,)
        book.call(1000, ok())
        assert connection.execute(count).fetchone() == (1,)
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute("DELETE FROM attempts")
    assert len(ledger_rows(tmp_path)) == 2


def test_a_file_that_is_no_ledger_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / LEDGER_FILE
    path.write_bytes(b"not a database, " * 100)
    with pytest.raises(LedgerUnreadableError, match=str(path)), reading(path):
        pass


def test_pruning_deletes_what_is_old_and_is_over(book: Book, tmp_path: Path) -> None:
    book.call(1000, ok(), models=("old",))
    book.open(1001, model="running")
    book.call(5000, ok(), models=("new",))
    done = prune(book.ledger.path, 2000, 6000, vacuum=False)
    assert done.attempts == 1
    assert [row["model"] for row in ledger_rows(tmp_path)] == ["running", "new"]


def test_pruning_gives_no_budget_of_this_month_anything_back(book: Book) -> None:
    """Attempts of last week go; what they counted stays. Of long ago, both go."""
    now = time.time()
    book.call(now - 7 * DAY_S, ok("2"), run="last-week")
    book.call(now - 100 * DAY_S, ok("5"), run="long-ago")
    prune(book.ledger.path, now - DAY_S, now, vacuum=False)
    with closing(sqlite3.connect(book.ledger.path)) as connection:
        caps = [Cap("c", "", "usd", Decimal(9), 0, now), Cap("c", "provider:anthropic", "usd", Decimal(9), 0, now)]
        assert [taken_of(connection, cap).spent for cap in caps] == [Decimal(2), Decimal(2)]
        scopes = {scope for (scope,) in connection.execute("SELECT scope FROM charges")}
    assert scopes == {"", "provider:anthropic"}


def test_vacuum_makes_the_file_smaller(book: Book) -> None:
    with book.ledger.together():
        for number in range(2000):
            book.call(1000 + number, limited())
    book.close()
    before = book.ledger.path.stat().st_size
    kept = prune(book.ledger.path, 9000, 9000, vacuum=False)
    assert kept.attempts == 2000
    assert kept.reusable_bytes > before / 2
    done = prune(book.ledger.path, 9000, 9000, vacuum=True)
    assert (done.attempts, done.reusable_bytes) == (0, 0)
    assert book.ledger.path.stat().st_size < before / 2
    assert done.freed_bytes > before / 2


def test_the_report_goes_by_its_sums_and_its_index(book: Book, tmp_path: Path) -> None:
    """What a million rows need: of calls that went well neither the table nor a sort is touched."""
    book.call(1000, ok())
    said: list[str] = []
    with reading(tmp_path / LEDGER_FILE) as connection:
        assert connection is not None
        connection.set_trace_callback(said.append)
        report(connection, Selection(), Grouping(("model", "period"), lambda moment: ("always", 7200)))
        connection.set_trace_callback(None)
        queries = [sql for sql in said if "spans CROSS JOIN" in sql]
        plans = [[row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}")] for sql in queries]
    by_sums, by_rest, by_attempts = plans
    assert [len(plan) for plan in plans] == [2, 2, 2]
    assert all("spans USING PRIMARY KEY (part=?)" in plan[0] for plan in plans)
    assert "sums USING PRIMARY KEY" in by_sums[1]
    assert "attempts USING INDEX attempts_by_kind" in by_rest[1]
    assert "attempts USING COVERING INDEX attempts_by_kind" in by_attempts[1]


def test_a_crashed_process_leaves_an_attempt_of_unknown_cost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing was reserved for it, nobody can say what it cost."""
    from llmcli.purse import UNKNOWN_CHARGE

    monkeypatch.setattr("os.getpid", lambda: 2**22 + 1)  # more than any process has
    ledger = Ledger(tmp_path, lambda message: None)
    ledger.begin(Sent("c", 1, "ask", "p", "m"), UNKNOWN_CHARGE)
    ledger.charge_lost()
    ledger.close()
    with reading(tmp_path / LEDGER_FILE) as connection:
        assert connection is not None
        whole = total(report(connection, Selection(), Grouping()))
    assert (whole.cost_usd, whole.unknown("cost_picousd"), whole.failures, whole.open) == (None, 1, 1, 0)


def test_an_attempt_is_lost_also_when_another_process_has_got_the_number_of_its_own(tmp_path: Path) -> None:
    """As in a container, where each run is process 1."""
    ledger = Ledger(tmp_path, pytest.fail)
    for sent_at in (time.time() - 10_000_000, time.time()):
        ledger.begin(Sent("c", 1, "ask", "p", "m", time=sent_at), Charge(Decimal("0.5"), 7))
    ledger.charge_lost()
    ledger.close()
    assert [(row["status"], row["cost_usd"]) for row in ledger_rows(tmp_path)] == [("lost", "0.5"), ("sent", None)]
