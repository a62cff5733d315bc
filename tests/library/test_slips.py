"""Slips that a type checker lets pass, or that nobody has checked: told before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import llmcli

from ..helpers import ledger_rows

ask: Any = llmcli.ask
extract: Any = llmcli.extract
batch: Any = llmcli.batch


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: ask(Path("report.txt"), model="sim"), "the prompt is to be a str, not PosixPath"),
        (lambda: ask(None, model="sim"), "the prompt is to be a str, not NoneType"),
        (lambda: ask("hi", model="sim", files="report.txt"), "files are to be several: put it into a list"),
        (lambda: ask("hi", model="sim", files=Path("report.txt")), "files are to be several: put it into a list"),
        (lambda: batch("one prompt", model="sim"), "rows are to be several: put it into a list"),
        (lambda: batch({"prompt": "one"}, model="sim"), "rows are to be several: put it into a list"),
        (lambda: extract("x", "name", repair="2", model="sim"), "repair is to be a whole number, not '2'"),
        (lambda: batch(["x"], concurrency=2.5, model="sim"), "concurrency is to be a whole number, not 2.5"),
    ],
)
def test_the_wrong_type_is_a_type_error(state_dir: Path, call: Callable[[], object], says: str) -> None:
    """A text is a sequence of texts to Python: it would be sent letter by letter."""
    with pytest.raises(TypeError, match=says):
        call()
    assert not state_dir.exists()


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: batch(["x"], concurrency=0, model="sim"), "concurrency must be at least 1, not 0"),
        (lambda: batch(["x"], repair=-1, schema="name", model="sim"), "repair must be at least 0, not -1"),
        (lambda: batch(["x"], order="random", model="sim"), 'order must be one of input, completion, not "random"'),
        (
            lambda: batch(["x"], mode="magic", schema="name", model="sim"),
            "mode must be one of native, tool, json",
        ),
        (lambda: extract("x", "name", mode="magic", model="sim"), "mode must be one of native, tool, json, prompt"),
        (lambda: extract("x", "name", repair=-1, model="sim"), "repair must be at least 0, not -1"),
        (lambda: extract("x", None, model="sim"), "None is no schema"),
        (lambda: extract("x", list[int], model="sim"), r"list\[int\] is no schema"),
        (lambda: batch(["x"], schema=5, model="sim"), "5 is no schema"),
        (lambda: ask("a \ud800", model="sim"), r"half of a surrogate pair, \\ud800, is no character"),
    ],
)
def test_the_wrong_value_is_a_usage_error(state_dir: Path, call: Callable[[], object], says: str) -> None:
    with pytest.raises(llmcli.UsageError, match=says):
        call()
    assert not state_dir.exists()


def test_what_is_right_is_let_through(state_dir: Path) -> None:
    results = list(llmcli.batch(("a", "b"), concurrency=1, order="completion", mode=None, repair=0, model="sim"))
    assert [result.ok for result in results] == [True, True]
    assert len(ledger_rows(state_dir)) == 2
