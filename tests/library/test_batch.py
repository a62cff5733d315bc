"""`llmcli.batch`: many rows, one result each, in order, and a journal if one is named."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import pytest
from pydantic import BaseModel

import llmcli

from ..helpers import ledger_rows


class Person(BaseModel):
    name: str
    age: int


def test_results_come_in_the_rows_order(state_dir: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows: list[str | dict[str, Any]] = [f"sim:echo {number}" for number in range(30)]
    rows.append({"prompt": "sim:tokens=50", "max_tokens": 3, "custom_id": "cut"})
    results = list(llmcli.batch(rows, model="sim"))
    assert [result.text for result in results[:-1]] == [str(number) for number in range(30)]
    assert all(result.ok and result.error is None for result in results[:-1])
    cut = results[-1]
    assert (cut.id, cut.ok, cut.text, cut.stop_reason) == ("cut", False, "The quick brown", "max_tokens")
    assert isinstance(cut.error, llmcli.TruncatedError)
    assert {row["command"] for row in ledger_rows(state_dir)} == {"batch"}
    assert len(ledger_rows(state_dir)) == 31
    assert capfd.readouterr() == ("", "")


def test_a_prompt_is_filled_in_with_each_rows_fields(isolated: Path) -> None:
    of_fields = llmcli.batch([{"text": "a", "n": 1}, {"text": "b", "n": 2}], prompt="sim:echo {text}{n}", model="sim")
    assert [result.text for result in of_fields] == ["a1", "b2"]
    of_texts = llmcli.batch((word for word in ("x", "y", "x")), prompt="sim:echo {line}", model="sim")
    first, other, again = of_texts
    assert (first.text, other.text, again.text) == ("x", "y", "x")
    assert (first.same_as, again.same_as) == (None, first.id)


def test_data_is_of_the_type_asked_for(isolated: Path) -> None:
    rows = ['{"name": "Ada", "age": 36}', '{"name": "Bo", "age": 41}']
    people = llmcli.batch(rows, schema=Person, model="sim")
    assert_type(people, llmcli.Batch[Person])
    found = list(people)
    assert_type(found[0].data, Person | None)
    assert [result.data for result in found] == [Person(name="Ada", age=36), Person(name="Bo", age=41)]
    plain = llmcli.batch(rows, schema="name, age int", model="sim")
    assert [result.data for result in plain] == [{"name": "Ada", "age": 36}, {"name": "Bo", "age": 41}]


def test_with_a_journal_it_goes_on_where_it_was(state_dir: Path) -> None:
    """What is finished is told again, and not sent again; of a job that is left early, too."""

    def rows(count: int) -> Iterator[str]:
        return (f"sim:echo {number}" for number in range(count))

    for result in llmcli.batch(rows(20), model="sim", journal="job.journal", concurrency=1):
        assert result.text == "0"
        break
    sent = len(ledger_rows(state_dir))
    assert 0 < sent <= 20
    assert [result.text for result in llmcli.batch(rows(25), model="sim", journal="job.journal")] == list(
        map(str, range(25))
    )
    assert 25 <= len(ledger_rows(state_dir)) <= 26
    with pytest.raises(llmcli.UsageError, match="not the job that the journal was made for"):
        list(llmcli.batch(rows(25), model="sim", journal="job.journal", max_tokens=7))
    assert len(list(llmcli.batch(rows(2), model="sim", journal="job.journal", max_tokens=7, fresh=True))) == 2


def test_what_ends_the_job_is_raised_after_the_rows_that_are_done(isolated: Path) -> None:
    rows: list[str | dict[str, Any]] = ["sim:echo a", {"prompt": "b", "model": "sim", "max_tokens": "no number"}]
    with pytest.raises(llmcli.UsageError, match="the rows, line 2"):
        list(llmcli.batch(rows, model="sim"))
    with pytest.raises(llmcli.UsageError, match="row 2 is not JSON"):
        llmcli.batch([{"prompt": "a"}, {"prompt": {1, 2}}], model="sim")
    with pytest.raises(llmcli.AuthError):
        llmcli.batch(["a"], model="claude-haiku-5-5")
    with pytest.raises(TypeError, match="did you mean concurrency"):
        llmcli.batch(["a"], model="sim", concurency=1)  # type: ignore[call-overload]


def test_nothing_stays_behind(isolated: Path, state_dir: Path) -> None:
    """Neither a thread nor a file, whether or not anybody reads to the end."""
    before = set(threading.enumerate())
    for _ in llmcli.batch([f"sim:tokens=2000 {number}" for number in range(50)], model="sim"):
        break
    list(llmcli.batch(["a"], model="sim"))
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
        assert not thread.is_alive()
    assert list(isolated.iterdir()) == []
    assert "sent" not in [row["status"] for row in ledger_rows(state_dir)]
