"""cost prune: old attempts go, after a yes at a terminal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from llmcli.app import App
from llmcli.cli import run
from llmcli.streams import Streams

from ..helpers import RunLlmcli, ledger_rows
from ..ledgers import Book, ok

DAY_S = 86_400


@pytest.fixture
def book(state_dir: Path) -> Iterator[Book]:
    made = Book(state_dir)
    made.call(time.time() - 100 * DAY_S, ok(), models=("old",))
    made.call(time.time() - 80 * DAY_S, ok(), models=("young",))
    yield made
    made.close()


def at_a_terminal(answer: bytes, *arguments: str) -> tuple[int, str, str]:
    out, err = BytesIO(), BytesIO()
    app = App(Streams(BytesIO(answer), out, err, stdin_is_tty=True))
    code = run(["cost", "prune", "--older-than", "90d", *arguments], app)
    app.close()
    return code, out.getvalue().decode(), err.getvalue().decode()


def models(state_dir: Path) -> list[str]:
    return [row["model"] for row in ledger_rows(state_dir)]


def test_a_script_is_not_asked(book: Book, state_dir: Path, run_here: RunLlmcli) -> None:
    done = run_here("cost", "prune", "--older-than", "90d")
    assert (done.code, done.err, done.out[:21]) == (0, "", "1 attempts deleted, 0")
    assert models(state_dir) == ["young"]


def test_a_person_is_asked(book: Book, state_dir: Path) -> None:
    code, out, err = at_a_terminal(b"n\n")
    assert (code, out) == (2, "")
    assert "delete 1 attempts older than 90d? [y/N]" in err
    assert models(state_dir) == ["old", "young"]
    assert at_a_terminal(b"y\n")[0] == 0
    assert models(state_dir) == ["young"]


def test_yes_is_not_asked(book: Book, state_dir: Path) -> None:
    code, _, err = at_a_terminal(b"", "--yes")
    assert (code, err) == (0, "")
    assert models(state_dir) == ["young"]


def test_without_a_ledger_there_is_nothing_to_delete(state_dir: Path, run_here: RunLlmcli) -> None:
    done = run_here("cost", "prune", "--older-than", "1d", "--vacuum")
    assert (done.code, done.out, done.err) == (0, "0 attempts deleted\n", "")
    assert not state_dir.exists()


def test_the_time_must_be_one(book: Book, state_dir: Path, run_here: RunLlmcli) -> None:
    assert run_here("cost", "prune", "--older-than", "long").code == 2
    assert run_here("cost", "prune").code == 2
    assert len(models(state_dir)) == 2
