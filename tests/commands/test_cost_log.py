"""cost log: every attempt as a JSON object a line, and those that end while it follows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from llmcli.ledger import Charge, Sent
from llmcli.ledger.log import Follower
from llmcli.ledger.prune import prune
from llmcli.ledger.reading import reading
from llmcli.ledger.selection import Selection

from ..helpers import RunLlmcli
from ..ledgers import Book, at, limited, ok

NOON = at("2026-11-10T12:00+00:00")
PATIENCE_S = 30


@pytest.fixture
def book(state_dir: Path) -> Iterator[Book]:
    made = Book(state_dir)
    yield made
    made.close()


@contextmanager
def following(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "llmcli", "cost", "log", "--follow", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    watchdog = Timer(PATIENCE_S, process.kill)  # so that a test that waits for a line fails
    watchdog.start()
    try:
        yield process
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate(timeout=PATIENCE_S)


def next_of(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    found: dict[str, Any] = json.loads(process.stdout.readline())
    return found


def dead_pid() -> int:
    """The number of a process that has ended."""
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    process.wait()
    return process.pid


def test_an_attempt_is_an_object_in_the_users_words(book: Book, run_here: RunLlmcli) -> None:
    book.call(NOON, limited(), ok("0.0000125", 1500, 500), models=("fast",), tags={"team": "ü"}, profile="ci")
    done = run_here("cost", "log", env={"LLMCLI_TIME_ZONE": "Europe/Berlin"})
    first, second = [json.loads(line) for line in done.out.splitlines()]
    assert (first["status"], first["attempt"], first["last"], first["billed"]) == ("rate_limited", 1, False, False)
    assert (first["cost_usd"], first["input_tokens"], first["charge_usd"]) == (None, None, "0")
    assert (second["status"], second["attempt"], second["last"], second["billed"]) == ("ok", 2, True, True)
    assert (second["time"], second["tags"]) == ("2026-11-10T13:00:01.000+01:00", {"team": "ü"})
    assert (second["cost_usd"], second["charge_usd"], second["charge_tokens"]) == ("0.0000125", "0.0000125", 120)
    assert (second["latency_ms"], second["ttft_ms"], second["profile"]) == (1500, 500, "ci")
    assert first["call_id"] == second["call_id"]
    assert not [name for name in second if "pico" in name]


def test_the_newest_come_last_and_can_be_had_alone(book: Book, run_here: RunLlmcli) -> None:
    calls = [book.call(NOON - number, ok()) for number in range(5)]
    done = run_here("cost", "log", "--limit", "2")
    assert [json.loads(line)["call_id"] for line in done.out.splitlines()] == [calls[1], calls[0]]
    assert run_here("cost", "log", "--limit", "0").out == ""


def test_without_a_ledger_it_prints_nothing(state_dir: Path, run_here: RunLlmcli) -> None:
    done = run_here("cost", "log")
    assert (done.code, done.out, done.err) == (0, "", "")
    assert not state_dir.exists()


def test_an_attempt_of_a_process_that_is_gone_is_lost_and_of_unknown_cost(
    book: Book, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless something was reserved for it: then that counts."""
    pid = dead_pid()
    with monkeypatch.context() as patch:
        patch.setattr("os.getpid", lambda: pid)
        book.open(NOON)
        reserved = Sent("reserved", 1, "ask", "anthropic", "m", time=NOON + 1)
        book.ledger.begin(reserved, Charge(ok("0.5").cost.usd, 7))
    found = [json.loads(line) for line in run_here("cost", "log").out.splitlines()]
    assert [(each["status"], each["cost_usd"], each["billed"]) for each in found] == [
        ("lost", None, True),
        ("lost", "0.5", True),
    ]


def test_it_follows_attempts_as_they_end(book: Book, isolated: Path) -> None:
    """One that ran when it began, in the order in which they end; none twice, and none that did not fit."""
    book.call(NOON, ok(), models=("old",))
    slow = Sent("slow", 1, "ask", "anthropic", "slow")
    row = book.ledger.begin(slow, Charge(None, 0))
    with following("--provider", "anthropic") as process:
        assert next_of(process)["model"] == "old"
        book.call(NOON + 2, ok(), models=("other",), provider="openai")
        book.call(NOON + 3, limited(), ok(), models=("new",))
        assert [next_of(process)["status"] for _ in range(2)] == ["rate_limited", "ok"]
        book.ledger.settle(row, slow, ok())
        assert next_of(process)["model"] == "slow"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, out, err) == (130, "", "")


def test_it_follows_a_ledger_that_is_not_there_yet_and_one_that_is_moved_away(state_dir: Path, isolated: Path) -> None:
    with following("-v") as process:
        for model in ("first", "after that"):
            book = Book(state_dir)
            book.call(NOON, ok(), models=(model,))
            assert next_of(process)["model"] == model
            book.close()
            state_dir.rename(f"{state_dir}.{model}")


def test_it_follows_on_when_the_ledger_was_emptied_or_another_took_its_place(book: Book, tmp_path: Path) -> None:
    """Ids begin anew then."""

    def ended(of: Book) -> list[object]:
        with reading(of.ledger.path) as connection:
            assert connection is not None
            return [each["model"] for part in follower.ended(connection, Selection(), str) for each in part]

    for number in range(3):
        book.call(NOON + number, ok(), models=("old",))
    with reading(book.ledger.path) as connection:
        follower = Follower.at(connection)
    prune(book.ledger.path, NOON + 10, NOON + 20, vacuum=False)
    book.call(NOON + 20, ok(), models=("after pruning",))
    assert (ended(book), ended(book)) == (["after pruning"], [])
    book.open(NOON + 21)
    book.call(NOON + 22, ok(), models=("last",))
    assert ended(book) == ["last"]
    other = Book(tmp_path)
    other.call(NOON + 30, ok(), models=("in another ledger",))
    assert ended(other) == ["in another ledger"]
    other.call(NOON + 31, ok(), models=("and on",))
    assert ended(other) == ["and on"]
    other.close()


def test_it_ends_when_nobody_reads_any_more(book: Book, isolated: Path) -> None:
    """Also when there is nothing to write."""
    book.call(NOON, ok())
    with following() as process:
        next_of(process)
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert process.wait(PATIENCE_S) == 141
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_a_reader_that_takes_its_time_does_not_keep_others_from_writing(book: Book, isolated: Path) -> None:
    """`cost log` into a pipe that is full."""
    for number in range(600):
        book.call(NOON + number, ok())
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "llmcli", "cost", "log"]
    process = subprocess.Popen(command, stdout=writing)
    os.close(writing)
    assert os.read(reading, 1) == b"{"
    book.call(NOON, ok(), models=("meanwhile",))
    with os.fdopen(reading, "rb") as rest:
        lines = rest.read().splitlines()
    assert (process.wait(PATIENCE_S), len(lines)) == (0, 600)
