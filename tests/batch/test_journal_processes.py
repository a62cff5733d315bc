"""journal: killed at any moment, fought over by processes, damaged, deleted, without room."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from llmcli.batch.journal.entries import Begin, Result
from llmcli.batch.journal.journal import Journal
from llmcli.batch.journal.lock import Lock
from llmcli.batch.journal.reading import status
from llmcli.errors import UsageError

from ..helpers import ROOT
from .helpers import answer, ids_and_texts, load, measured, prompts, run_all

KILLS = 20
ROWS = 3000

# Works on a job, and says which rows it has got an answer for, after that is on record.
WORK = """
import json, sys
from io import BytesIO
from pathlib import Path
from llmcli.batch.journal.entries import Begin, Finish, Result
from llmcli.batch.journal.journal import Journal
from llmcli.batch.journal.lock import Lock
from tests.batch.helpers import load, prompts

print("started", flush=True)
with Journal.open(Path(sys.argv[1])) as journal:
    load(journal, prompts(*map(str, range(int(sys.argv[2])))))
    sent, size = 0, 1
    while rows := journal.pending(size):
        for attempt, row in zip(journal.record(begins=[Begin(row.row, 1, None) for row in rows]), rows):
            line = json.dumps({"id": row.id, "text": row.id})
            journal.record(finishes=[Finish(attempt, "ok")], results=[Result(row.row, True, line)])
            print(row.id, flush=True)
        size = size % 7 + 1
"""


def worker(path: Path, rows: int = ROWS) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WORK, str(path), str(rows)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT)


def test_killed_at_any_moment_no_row_is_lost_and_none_that_is_on_record_runs_again(tmp_path: Path) -> None:
    path = tmp_path / "out.journal"
    draw, said = random.Random(7), []
    for number in range(KILLS + 1):
        with worker(path) as process:
            assert process.stdout is not None
            process.stdout.readline()
            if number < KILLS:
                time.sleep(draw.uniform(0.0, 0.15))
                process.send_signal(signal.SIGKILL)
            out, err = process.communicate(timeout=60)
            assert err == ""
            said += [line.strip() for line in out.splitlines(keepends=True) if line.endswith("\n")]
    assert len(said) == len(set(said)), "a row ran again whose answer was on record"
    found = status(path)
    assert (found.total, found.done, found.pid) == (ROWS, ROWS, None)
    assert found.attempts == ROWS + found.unknown.attempts
    # What was recorded but not said any more: at most one row for each time that it was killed.
    assert ROWS - KILLS <= len(said) <= ROWS
    with Journal.open(path) as journal:
        answers = ids_and_texts(journal)
    assert len(answers) == len({id_ for id_, _ in answers}) == ROWS
    assert {id_ for id_, _ in answers} >= set(said)
    assert all(id_ == text for id_, text in answers)


def test_a_second_process_is_told_who_has_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "out.journal"
    with worker(path, 30_000) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        _, err = worker(path).communicate(timeout=30)
        assert f"UsageError: {path} is in use by process {process.pid}" in err
        assert status(path).pid == process.pid
        process.kill()
        process.communicate(timeout=30)
    assert status(path).pid is None
    Journal.open(path).close()


def test_of_many_processes_that_start_at_once_one_gets_the_journal(tmp_path: Path) -> None:
    """And the others go away without having changed a thing, however they are timed."""
    path = tmp_path / "out.journal"
    running = [worker(path, 400) for _ in range(4)]
    ended = [process.communicate(timeout=60) for process in running]
    said = [line for out, _ in ended for line in out.split() if line != "started"]
    assert len(said) == len(set(said)) == 400
    assert all("is in use by process" in err for _, err in ended if err)
    assert status(path).attempts == 400


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", ".lock"])
def test_a_symbolic_link_is_never_followed(tmp_path: Path, suffix: str) -> None:
    path, target = tmp_path / "out.journal", tmp_path / "target"
    target.write_bytes(b"precious")
    if suffix.startswith("-"):
        with Journal.open(path) as journal:
            load(journal, prompts("a"))
    path.with_name(path.name + suffix).symlink_to(target)
    with pytest.raises(UsageError):
        Journal.open(path)
    assert target.read_bytes() == b"precious"


def test_a_link_to_another_jobs_journal_is_refused(tmp_path: Path) -> None:
    path = finished(tmp_path)
    link = tmp_path / "link.journal"
    link.symlink_to(path)
    with pytest.raises(UsageError, match="is a symbolic link"):
        Journal.open(link)


def test_a_lock_on_a_file_that_was_removed_meanwhile_is_none(tmp_path: Path) -> None:
    """As it is between opening the file and locking it, when its holder leaves just then."""
    path = tmp_path / "out.journal"
    lock = Lock(path)
    assert lock.is_ours()
    other = tmp_path / "out.journal.lock"
    other.unlink()
    assert not lock.is_ours()
    other.touch()
    assert not lock.is_ours()
    lock.release()


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "out.journal"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = path.read_bytes()
    with pytest.raises(UsageError, match="is not a batch journal"):
        Journal.open(path)
    with pytest.raises(UsageError, match="is not a batch journal"):
        status(path)
    assert path.read_bytes() == before


def test_a_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    path = finished(tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(UsageError, match="has schema version 99"):
        Journal.open(path)


def finished(folder: Path, rows: int = 500) -> Path:
    path = folder / "out.journal"
    with Journal.open(path) as journal:
        load(journal, prompts(*map(str, range(rows))))
        answer(journal, journal.pending(rows))
    return path


@pytest.mark.parametrize("damage", ["head", "middle", "cut"])
def test_a_damaged_journal_is_an_error_that_names_the_way_out(tmp_path: Path, damage: str) -> None:
    path = finished(tmp_path)
    data = path.read_bytes()
    at = 0 if damage == "head" else 8192
    path.write_bytes(data[:20_000] if damage == "cut" else data[:at] + b"\xaa" * 40_000 + data[at + 40_000 :])
    broken = path.read_bytes()
    with pytest.raises(UsageError) as caught, Journal.open(path) as journal:
        load(journal, prompts(*map(str, range(500))))
        list(journal.answers())
    assert "is damaged" in caught.value.message
    assert "--fresh" in caught.value.line()
    with Journal.open(path, fresh=True) as journal:
        assert load(journal, prompts("a")).pending == 1
    if damage == "head":
        assert path.with_name("out.journal.old").read_bytes() == broken


def test_what_is_left_of_a_deleted_journal_does_not_get_into_a_new_one(tmp_path: Path) -> None:
    """A write-ahead log outlives a killed process; its pages are not the new file's."""
    path = tmp_path / "out.journal"
    with worker(path) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.kill()
    assert path.with_name("out.journal-wal").exists()
    path.unlink()
    with Journal.open(path) as journal:
        found = load(journal, prompts("a", "b"))
        assert (found.total, found.pending, found.gone) == (2, 2, 0)
        run_all(journal)
    assert check(path) == "ok"


def check(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def test_a_journal_that_is_deleted_while_the_job_runs_is_written_again(tmp_path: Path) -> None:
    """That is told once; what is under way then can be recorded all the same, and nothing is begun."""
    path = tmp_path / "out.journal"
    data = prompts("a", "b", "c")
    journal = Journal.open(path)
    load(journal, data)
    [a, b] = journal.pending(2)
    answer(journal, [a], text="before")
    path.unlink()
    last = [Result(b.row, True, json.dumps({"text": "recorded after it was noticed"}))]
    with pytest.raises(UsageError, match="was deleted while the job was running"):
        journal.record(begins=[Begin(b.row, 2, None)], results=last)
    journal.record(results=last)
    journal.close()
    assert status(path).attempts == 1
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with Journal.open(path) as journal:
        load(journal, data)
        assert [text for _, text in ids_and_texts(journal)] == ["before", "recorded after it was noticed"]
        assert len(journal.pending(9)) == 1


def test_a_journal_that_is_deleted_at_the_very_end_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "out.journal"
    with Journal.open(path) as journal:
        load(journal, prompts("a", "b"))
        run_all(journal)
        path.unlink()
    assert (status(path).done, check(path)) == (2, "ok")


def test_a_journal_whose_directory_was_moved_is_written_to_the_end(tmp_path: Path) -> None:
    folder, moved = tmp_path / "folder", tmp_path / "moved"
    folder.mkdir()
    journal = Journal.open(folder / "out.journal")
    load(journal, prompts("a"))
    [a] = journal.pending(1)
    folder.rename(moved)
    kept = [Result(a.row, True, json.dumps({"text": "kept"}))]
    with pytest.raises(UsageError, match="cannot use"):
        journal.record(results=kept)
    journal.record(results=kept)
    journal.close()
    assert status(moved / "out.journal").done == 1


def test_a_journal_that_is_replaced_while_the_job_runs_is_kept_under_another_name(tmp_path: Path) -> None:
    path = tmp_path / "out.journal"
    journal = Journal.open(path)
    load(journal, prompts("a", "b"))
    [a] = journal.pending(1)
    path.unlink()
    path.write_bytes(b"theirs")
    kept = [Result(a.row, True, json.dumps({"text": "kept"}))]
    with pytest.raises(UsageError, match="was replaced while the job was running"):
        journal.record(results=kept)
    journal.record(results=kept)
    journal.close()
    assert path.read_bytes() == b"theirs"
    path.with_name("out.journal.rescued").rename(path)  # as it was told
    assert (status(path).done, check(path)) == (1, "ok")


# A limit on the size of files is as good as a full disk: SQLite's write fails in the midst of a transaction.
FULL = """
import json, resource, signal, sys
from pathlib import Path
from llmcli.batch.journal.entries import Begin, Result
from llmcli.batch.journal.journal import Journal
from llmcli.batch.journal.lock import Lock
from llmcli.errors import UsageError
from tests.batch.helpers import load, prompts

journal = Journal.open(Path(sys.argv[1]))
load(journal, prompts(*map(str, range(200))))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    while True:
        [row] = journal.pending(1)
        journal.record(results=[Result(row.row, True, json.dumps({"text": row.id, "x": "y" * 5000}))])
        print(row.id)
except UsageError as error:
    print(error.line())
journal.close()
"""


def test_without_room_the_error_says_so_and_what_was_recorded_is_there(tmp_path: Path) -> None:
    path = tmp_path / "out.journal"
    (*said, error), _ = measured(FULL, path)
    assert said
    assert f"cannot write {path}" in error
    assert "make room and run the same command again" in error
    assert check(path) == "ok"
    with Journal.open(path) as journal:
        load(journal, prompts(*map(str, range(200))))
        assert [text for _, text in ids_and_texts(journal)] == said
        run_all(journal)
    assert status(path).done == 200


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_a_directory_that_cannot_be_written_is_an_error_that_names_it(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match=r"cannot use .*/out\.journal"):
        Journal.open(tmp_path / folder / "out.journal")


def test_status_can_be_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "a #?% b"
    folder.mkdir()
    path = finished(folder)
    folder.chmod(0o500)
    try:
        assert status(path).done == 500
    finally:
        folder.chmod(0o700)


MEMORY = """
import sys
from pathlib import Path
from llmcli.batch.journal.job import Job
from llmcli.batch.journal.journal import Journal
from llmcli.batch.journal.lock import Lock
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.rows.source import Source
from tests.batch.helpers import run_all

source = Source.of_path(Path(sys.argv[1]))
with Journal.open(Path(sys.argv[1] + ".journal")) as journal:
    journal.load(Job({}, {}, "x", source.digest), RowReader(source).rows)
    run_all(journal)
    print(sum(1 for _ in journal.answers()))
"""


def test_memory_hardly_grows_with_the_number_of_rows(tmp_path: Path) -> None:
    peaks = []
    for count in (1_000, 30_000):
        file = tmp_path / f"{count}.jsonl"
        file.write_bytes(prompts(*(f"{n} " * 20 for n in range(count))))
        answers, peak_kib = measured(MEMORY, file)
        assert answers == [str(count)]
        peaks.append(peak_kib)
    assert peaks[1] - peaks[0] < 12 * 1024, "more than SQLite's caches"
