"""A journal that came with a checkout: read as data or refused, and nothing but what is named is touched.

`llmcli batch IN -o OUT` goes on with OUT.journal if it is there, so whoever wrote a repository may have put one.
"""

from __future__ import annotations

import os
import sqlite3
import struct
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from ..helpers import Completed, RunLlmcli

BATCH = ("batch", "in.jsonl", "-m", "sim", "-o", "out.jsonl", "--progress", "none")
STATUS = ("batch", "status", "out.jsonl")
FRESH = (*BATCH, "--fresh")


@pytest.fixture
def journal(isolated: Path, run_here: RunLlmcli) -> Path:
    """The journal of a job that is finished, with its output."""
    (isolated / "in.jsonl").write_text('{"prompt": "one"}\n{"prompt": "two"}\n')
    assert run_here(*BATCH).code == 0
    return isolated / "out.jsonl.journal"


def assert_told(done: Completed) -> None:
    """Refused in one line, as no bug of ours."""
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert "journal" in done.err


def hot_journal(database: Path, victim: Path) -> Path:
    """What SQLite would take for the rest of a transaction over several databases, described in the file `victim`.

    It deletes that file when it has undone the transaction: sqlite.org/fileformat.html#the_rollback_journal and
    atomiccommit.html, "super-journal".
    """
    magic = bytes.fromhex("d9d505f920a163d7")
    page = struct.unpack(">H", database.read_bytes()[16:18])[0]
    pages = database.stat().st_size // page
    header = (magic + struct.pack(">IIIII", 0, 0, pages, 512, page)).ljust(512, b"\0")
    name = os.fsencode(victim)
    end = struct.pack(">I", 0x40000000 // page + 1) + name + struct.pack(">II", len(name), sum(name)) + magic
    side = database.with_name(f"{database.name}-journal")
    side.write_bytes(header + end)
    return side


@pytest.mark.parametrize("command", [BATCH, STATUS, FRESH], ids=["batch", "status", "fresh"])
def test_no_file_is_deleted_in_the_name_of_sqlites_recovery(
    command: tuple[str, ...], journal: Path, isolated: Path, run_here: RunLlmcli
) -> None:
    precious = isolated.parent / "precious"
    precious.write_text("keep")
    side = hot_journal(journal, precious)
    done = run_here(*command)
    assert precious.read_text() == "keep"
    if command is FRESH:
        assert done.code == 0, done.err
        assert not side.exists()
    else:
        assert_told(done)
        assert "out.jsonl.journal-journal" in done.err


def test_sqlite_would_have_deleted_it(journal: Path, isolated: Path) -> None:
    """So that the test above is about something."""
    precious = isolated.parent / "precious"
    precious.write_text("keep")
    hot_journal(journal, precious)
    with closing(sqlite3.connect(journal)) as connection:
        connection.execute("SELECT count(*) FROM rows").fetchone()
    assert not precious.exists()


HOSTILE = {
    "trigger": "CREATE TRIGGER t AFTER INSERT ON attempts BEGIN UPDATE results SET line = 'forged'; END",
    "trigger-2": "CREATE TRIGGER t AFTER UPDATE ON rows BEGIN SELECT load_extension('evil.so'); END",
    "view": "DROP TABLE results; CREATE VIEW results AS SELECT 1 AS number, 1 AS row, 'forged' AS line",
    "generated": "DROP TABLE results; CREATE TABLE results (number INTEGER PRIMARY KEY, row, line AS (row))",
    "check": "DROP TABLE attempts; CREATE TABLE attempts (attempt INTEGER PRIMARY KEY CHECK (load_extension('x')))",
    "virtual": "CREATE VIRTUAL TABLE v USING fts5(x)",
    "index": "CREATE INDEX i ON rows (hex(content))",
    "table": "CREATE TABLE more (x)",
    "lacking": "DROP TABLE manifest",
    "renamed": "ALTER TABLE rows RENAME COLUMN id TO other",
}


@pytest.mark.parametrize("command", [BATCH, STATUS], ids=["batch", "status"])
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_journal_with_other_tables_than_ours_is_none(
    kind: str, command: tuple[str, ...], journal: Path, run_here: RunLlmcli
) -> None:
    with closing(sqlite3.connect(journal)) as connection:
        connection.executescript(f"PRAGMA writable_schema = ON; {HOSTILE[kind]}")
    done = run_here(*command)
    assert_told(done)
    assert "is not a batch journal" in done.err


def as_link(path: Path, precious: Path) -> None:
    path.rename(precious)
    path.symlink_to(precious)


def as_link_to_nothing(path: Path, precious: Path) -> None:
    path.unlink()
    path.symlink_to(precious)


def as_directory(path: Path, precious: Path) -> None:
    path.unlink()
    path.mkdir()


def as_pipe(path: Path, precious: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("make", [as_link, as_link_to_nothing, as_directory, as_pipe])
@pytest.mark.parametrize("command", [BATCH, STATUS, FRESH], ids=["batch", "status", "fresh"])
def test_a_journal_that_is_no_file_is_refused(
    make: Callable[[Path, Path], None], command: tuple[str, ...], journal: Path, isolated: Path, run_here: RunLlmcli
) -> None:
    precious = isolated.parent / "precious"
    make(journal, precious)
    before = precious.read_bytes() if precious.exists() else None
    done = run_here(*command)
    assert (done.code, done.out) == (2, "")
    assert done.err.count("\n") == 1
    assert (precious.read_bytes() if precious.exists() else None) == before


@pytest.mark.parametrize("suffix", ["-wal", "-shm", ".lock", "-journal"])
@pytest.mark.parametrize("command", [BATCH, STATUS, FRESH], ids=["batch", "status", "fresh"])
def test_nor_are_the_files_beside_it_followed(
    suffix: str, command: tuple[str, ...], journal: Path, isolated: Path, run_here: RunLlmcli
) -> None:
    precious = isolated.parent / "precious"
    precious.write_text("keep")
    side = journal.with_name(journal.name + suffix)
    side.unlink(missing_ok=True)
    side.symlink_to(precious)
    done = run_here(*command)
    assert precious.read_text() == "keep"
    assert done.code == (0 if (suffix, command) in ((".lock", STATUS), ("-journal", FRESH)) else 2), done.err


@pytest.mark.parametrize("name", ["out.jsonl.journal.old", "out.jsonl.failed.jsonl"])
def test_what_is_written_beside_it_replaces_a_link(
    name: str, journal: Path, isolated: Path, run_here: RunLlmcli
) -> None:
    precious = isolated.parent / "precious"
    precious.write_text("keep")
    (isolated / name).symlink_to(precious)
    assert run_here(*FRESH).code == 0
    assert precious.read_text() == "keep"


VALUES = {
    "line": "UPDATE results SET line = '\x1b[31m' || char(10) || 'no json'",
    "huge": "UPDATE results SET line = hex(zeroblob(3000000))",
    "blob": "UPDATE results SET line = x'ff00'",
    "manifest": "UPDATE manifest SET value = '[[[['",
    "manifest-type": "UPDATE manifest SET value = '1'",
    "manifest-deep": "UPDATE manifest SET value = printf('%.*c', 200000, '[')",
    "offset": "UPDATE rows SET offset = -5, length = 4611686018427387904, state = 0",
    "offset-text": "UPDATE rows SET offset = 'x', length = 'y', state = 0",
    "position": "UPDATE rows SET position = 'x'",
    "state": "UPDATE rows SET state = 77",
    "id": "UPDATE rows SET id = x'00' || row",
    "cost": "UPDATE attempts SET cost_usd = '1e999999'",
    "cost-text": "UPDATE attempts SET cost_usd = 'much', worst_usd = 'more', outcome = NULL",
    "tokens": "UPDATE attempts SET input_tokens = 'x', started = 'y'",
}


@pytest.mark.parametrize("kind", VALUES)
def test_values_that_no_run_of_ours_would_write_do_no_harm(
    kind: str, journal: Path, isolated: Path, run_here: RunLlmcli
) -> None:
    with closing(sqlite3.connect(journal)) as connection:
        connection.executescript(VALUES[kind])
    before = set(isolated.parent.rglob("*"))
    for command in (STATUS, (*STATUS, "--json"), BATCH):
        done = run_here(*command)
        assert done.code in (0, 2, 12), done.err
        assert "Traceback" not in done.err
    new = set(isolated.parent.rglob("*")) - before
    mine = ("out.jsonl.failed.jsonl", f"{journal.name}-wal", f"{journal.name}-shm")
    assert [path.name for path in new if path.name not in mine] == []
