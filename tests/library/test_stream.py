"""`llmcli.stream`: pieces of text, then the whole; left early, it ends."""

from __future__ import annotations

import gc
import threading
from pathlib import Path

import pytest

import llmcli

from ..helpers import ledger_rows

LONG = "sim:tokens=200000"  # more than anybody reads here


def test_pieces_come_and_then_the_answer(state_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    pieces = llmcli.stream("sim:tokens=12", model="sim")
    read = list(pieces)
    assert len(read) > 5
    assert pieces.answer.text == "".join(read)
    assert pieces.answer.usage.output_tokens == 12
    assert list(pieces) == []
    assert [(row["command"], row["status"]) for row in ledger_rows(state_dir)] == [("stream", "ok")]
    assert capfd.readouterr() == ("", "")


def test_the_answer_may_be_asked_for_at_any_time(isolated: Path) -> None:
    pieces = llmcli.stream("sim:tokens=12", model="sim")
    first = next(pieces)
    assert pieces.answer.text.startswith(first)
    assert pieces.answer.usage.output_tokens == 12
    assert next(pieces, None) is None


def test_an_answer_that_is_cut_is_raised_after_its_pieces(isolated: Path) -> None:
    pieces = llmcli.stream("sim:tokens=50", model="sim", max_tokens=3)
    read: list[str] = []
    with pytest.raises(llmcli.TruncatedError) as caught:
        read.extend(pieces)
    assert caught.value.answer is not None
    assert caught.value.answer.text == "The quick brown"
    assert next(pieces, "over") == "over"
    with pytest.raises(llmcli.TruncatedError):
        _ = pieces.answer


def test_what_keeps_it_from_beginning_is_raised_at_once(isolated: Path) -> None:
    with pytest.raises(llmcli.AuthError):
        llmcli.stream("hi")


@pytest.mark.parametrize("how", ["with", "close", "dropped", "in a cycle"])
def test_a_stream_that_is_left_early_ends(state_dir: Path, how: str) -> None:
    """Its thread is gone, and what had arrived is in the ledger."""
    before = set(threading.enumerate())
    pieces: llmcli.Stream | None = llmcli.stream(LONG, model="sim", max_tokens=200_000)
    assert pieces is not None
    next(pieces)
    match how:
        case "with":
            with pieces:
                next(pieces)
        case "close":
            pieces.close()
        case "dropped":
            pieces = None
        case _:
            pieces.itself = pieces  # type: ignore[attr-defined]
            pieces = None
            gc.collect()
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()
    [row] = ledger_rows(state_dir)
    assert (row["status"], row["stop_reason"]) == ("interrupted", "incomplete")
    assert 0 < row["output_tokens"] < 200_000


def test_a_closed_stream_says_so_and_keeps_what_arrived(isolated: Path) -> None:
    pieces = llmcli.stream(LONG, model="sim", max_tokens=200_000)
    first = next(pieces)
    pieces.close()
    assert list(pieces) == []
    with pytest.raises(llmcli.InterruptedRunError) as caught:
        _ = pieces.answer
    assert caught.value.answer is not None
    assert caught.value.answer.text.startswith(first)
    pieces.close()
