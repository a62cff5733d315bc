"""A journal that holds what no job has written is exit 2 with its name, and what it does hold is still there."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from llmcli.batch.journal.reading import status
from llmcli.batch.run.output import Printer
from llmcli.errors import UsageError

from .helpers import load, open_journal, prompts, reader_of, run_all

INPUT = prompts("a", "b", "a")

# What somebody did to it; what of it can be told without going on with the job is told by `status`, too.
BY_STATUS = (
    "UPDATE manifest SET value = '{' WHERE name = 'options'",
    f"UPDATE manifest SET value = '{'[' * 3000}' WHERE name = 'options'",
    "UPDATE manifest SET value = '\"x\"' WHERE name = 'created'",
    "UPDATE manifest SET value = '1e300' WHERE name = 'created'",
    "UPDATE manifest SET value = '5' WHERE name = 'reading'",
    "DELETE FROM manifest WHERE name = 'run'",
    "UPDATE attempts SET cost_usd = 'NaN'",
    "UPDATE attempts SET cost_usd = 'much'",
    "UPDATE attempts SET cost_usd = '1e999999'",
    "UPDATE attempts SET outcome = 'unknown', worst_usd = 'Infinity'",
    "UPDATE attempts SET input_tokens = 0.5",
    "UPDATE attempts SET finished = 'soon'",
)
BY_A_RUN = (
    "UPDATE rows SET content = 'x'",
    "UPDATE rows SET id = x'ff' WHERE row = 1",
    "UPDATE results SET line = 'x'",
    "UPDATE results SET line = x'00'",
    "UPDATE results SET line = '{}'",  # the row that asks the same takes it over with an id of its own
    'UPDATE results SET line = \'{"id": "a", "cost": 5}\'',
    "UPDATE rows SET result = 99",
)


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    """The journal of a job that is done."""
    with open_journal(tmp_path) as opened:
        load(opened, INPUT)
        run_all(opened)
    path = tmp_path / "out.jsonl.journal"
    change(path, """UPDATE results SET line = replace(line, '}', ', "cost": {"prices": null}}')""")
    return path


def change(journal: Path, sql: str) -> None:
    with closing(sqlite3.connect(journal, isolation_level=None)) as connection:
        connection.execute(sql)


def count(journal: Path) -> int:
    with closing(sqlite3.connect(journal)) as connection:
        found: int = connection.execute("SELECT count(*) FROM results").fetchone()[0]
    return found


def go_on(folder: Path) -> None:
    """What a run does with a journal before and after it sends anything."""
    with open_journal(folder) as opened:
        load(opened, INPUT)
        opened.pending(9)
        list(Printer(opened, reader_of(INPUT)).settled())


@pytest.mark.parametrize("sql", BY_STATUS, ids=lambda sql: sql[:60])
def test_status_says_so(journal: Path, sql: str) -> None:
    change(journal, sql)
    with pytest.raises(UsageError, match=r"out\.jsonl\.journal is damaged: ") as caught:
        status(journal)
    assert len(caught.value.line()) < 400
    assert caught.value.line().isprintable()


@pytest.mark.parametrize("sql", [*BY_STATUS[:1], *BY_A_RUN], ids=lambda sql: sql[:60])
def test_a_run_says_so_and_leaves_it_as_it_is(journal: Path, sql: str) -> None:
    change(journal, sql)
    with pytest.raises(UsageError, match=r"out\.jsonl\.journal is damaged: "):
        go_on(journal.parent)
    assert count(journal) == 2


def test_results_outlast_a_job_that_nothing_else_is_known_of(journal: Path) -> None:
    """A journal that no job was loaded into is removed, unless there is something in it all the same."""
    change(journal, "DELETE FROM manifest")
    with open_journal(journal.parent):
        pass
    assert count(journal) == 2


def test_a_broken_name_in_its_schema_is_damage_too(journal: Path) -> None:
    """SQLite's message quotes it, and it is no UTF-8."""
    data = journal.read_bytes()
    assert data.count(b"rows_by_id") == 2
    journal.write_bytes(data.replace(b"rows_by_id", b"rows_by_\xff\xfe").replace(b"CREATE UNIQUE", b"CREATE UNIQUX"))
    with pytest.raises(UsageError, match=r"out\.jsonl\.journal is damaged: "):
        status(journal)


def test_a_journal_that_is_left_as_it_was_made_is_none_of_these(journal: Path) -> None:
    assert status(journal).done == 3
    go_on(journal.parent)
