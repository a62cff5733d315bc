"""`llmcli batch` when the ground moves under it: a clear error, nothing lost, and the same command goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest

from llmcli.app import App
from llmcli.cli import run
from llmcli.streams import Streams

from ..carry.servers import Listener, listening
from ..contract.answers import whole_of
from ..contract.servers import Received, http_answer
from ..contract.vendors import ANTHROPIC
from ..helpers import Completed, RunLlmcli
from .batches import QUICK, numbered, read_lines, write_rows
from .extract.script import refused

ROWS = 40


@pytest.fixture(autouse=True)
def rows(isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(ROWS))
    (isolated / "place").mkdir()


def batch(run_here: RunLlmcli, server: Listener, *options: str) -> Completed:
    base = ("-m", "claude-haiku-5-5", "--base-url", server.root, "--progress", "none", "-c", "4")
    return run_here("batch", "in.jsonl", "-o", "place/out", "--id-field", "custom", *base, *options, env=QUICK)


def answering(event: Callable[[], object], at: int = 12) -> Callable[[Received], Iterator[bytes]]:
    """A server that answers everything; something happens while it has the `at`-th request."""
    count, lock = 0, threading.Lock()

    def respond(received: Received) -> Iterator[bytes]:
        nonlocal count
        with lock:
            count += 1
            if count == at:
                event()
        yield http_answer(200, whole_of(ANTHROPIC, "fine"))

    return respond


def prompts(server: Listener) -> list[str]:
    return [body["messages"][-1]["content"] for body in server.bodies]


def test_a_journal_that_is_deleted_loses_nothing(run_here: RunLlmcli, isolated: Path) -> None:
    """Not even what was under way when that was noticed; and nothing is asked twice."""
    journal = isolated / "place" / "out.journal"
    with listening(answering(journal.unlink)) as server:
        done = batch(run_here, server)
        assert (done.code, "was deleted while the job was running" in done.err) == (2, True), done.err
        assert len(read_lines(isolated / "place" / "out")) == len(server.bodies) < ROWS
        assert batch(run_here, server).code == 0
        assert len(set(map(str, prompts(server)))) == len(prompts(server)) == ROWS
    assert all(line["ok"] for line in read_lines(isolated / "place" / "out"))


def test_an_output_whose_directory_is_gone_loses_nothing(run_here: RunLlmcli, isolated: Path) -> None:
    place, moved = isolated / "place", isolated / "moved"
    with listening(answering(lambda: place.rename(moved))) as server:
        done = batch(run_here, server)
        assert (done.code, "same command again" in done.err) == (2, True), done.err
        moved.rename(place)
        assert batch(run_here, server).code == 0
        assert len(server.bodies) == ROWS
    assert len(read_lines(place / "out")) == ROWS


def test_an_input_that_is_changed_stops_the_job_and_only_its_new_rows_are_sent(
    run_here: RunLlmcli, isolated: Path
) -> None:
    file = isolated / "in.jsonl"

    def change() -> None:
        text = file.read_text().replace("number <39>", "NUMBER <39>")
        with file.open("r+") as handle:  # the same file, as an editor may write it
            handle.write(text)

    with listening(answering(change, at=1)) as server:
        done = batch(run_here, server)
        assert (done.code, "in.jsonl was changed while it was in use: line 40" in done.err) == (2, True), done.err
        assert batch(run_here, server).code == 0
        assert len(server.bodies) == ROWS
        assert any("NUMBER <39>" in str(prompt) for prompt in prompts(server))


def test_an_input_that_only_grows_is_finished_as_it_was(run_here: RunLlmcli, isolated: Path) -> None:
    file = isolated / "in.jsonl"

    def grow() -> None:
        with file.open("a") as handle:
            handle.write('{"custom": "more", "prompt": "one more"}\n')

    with listening(answering(grow)) as server:
        assert (batch(run_here, server).code, len(server.bodies)) == (0, ROWS)
        assert (batch(run_here, server).code, len(server.bodies)) == (0, ROWS + 1)
    assert read_lines(isolated / "place" / "out")[-1]["id"] == "more"


@pytest.mark.parametrize(
    ("options", "name"), [(("-o", "nowhere/out"), "-o"), (("--journal", "nowhere/j"), "--journal")]
)
def test_a_place_that_cannot_be_written_is_said_before_anything_is_sent(
    run_here: RunLlmcli, options: tuple[str, ...], name: str
) -> None:
    done = run_here("batch", "in.jsonl", "-m", "sim", *options)
    assert (done.code, done.out) == (2, "")
    assert f"{name} nowhere/" in done.err
    assert "does not exist: create it first" in done.err


def test_after_ten_failures_alike_it_pauses_and_probes_with_single_rows(
    isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a clock that goes twenty times as fast: the first pause, of five seconds, is a quarter of one."""
    in_flight, at_arrival, lock = 0, list[int](), threading.Lock()

    def respond(received: Received) -> Iterator[bytes]:
        nonlocal in_flight
        with lock:
            in_flight += 1
            at_arrival.append(in_flight)
            down = len(at_arrival) <= 15
        time.sleep(0.02)
        with lock:
            in_flight -= 1
        yield refused(ANTHROPIC, "down", 500) if down else http_answer(200, whole_of(ANTHROPIC, "fine"))

    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)
    began = time.monotonic()
    with listening(respond) as server:
        app = App(Streams(BytesIO(), BytesIO(), BytesIO()), clock=lambda: began + 20 * (time.monotonic() - began))
        options = ("-o", "place/out", "-m", "claude-haiku-5-5", "--base-url", server.root, "--retries", "0", "-c", "4")
        code = run(("batch", "in.jsonl", *options), app)
        app.close()
    lines = read_lines(isolated / "place" / "out")
    assert (code, len(lines), sum(not line["ok"] for line in lines)) == (12, ROWS, 15)
    assert at_arrival[13:16] == [1, 1, 1]  # three were under way when it opened; of the probes, the third goes through
    assert max(at_arrival[16:]) > 1


def test_half_a_surrogate_pair_in_an_answer_is_a_question_mark_as_elsewhere(
    run_here: RunLlmcli, isolated: Path
) -> None:
    def respond(received: Received) -> Iterator[bytes]:
        yield http_answer(200, whole_of(ANTHROPIC, "half \ud83d, then \udfff\ud800"))

    with listening(respond) as server:
        done = batch(run_here, server)
    assert (done.code, done.err) == (0, "")
    assert {line["text"] for line in read_lines(isolated / "place" / "out")} == {"half ?, then ??"}
