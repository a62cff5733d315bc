"""journal: what is finished stays finished, whatever is run again and with whatever input."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from llmcli.batch.journal.entries import Begin, Finish, Result, Unknown
from llmcli.batch.journal.files import journal_path
from llmcli.batch.journal.job import Job
from llmcli.batch.journal.reading import status
from llmcli.batch.rows.row import BadRow, Row
from llmcli.errors import UsageError

from .helpers import answer, ids_and_texts, json_lines, load, open_journal, prompts, reader_of, run_all

ABC = json_lines({"id": "a", "prompt": "1"}, {"id": "b", "prompt": "2"}, {"id": "c", "prompt": "3"})


def test_the_journal_stands_beside_the_output_for_its_owner_only(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert journal_path(out) == tmp_path / "out.jsonl.journal"
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        answer(journal, journal.pending(1))
        files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
        assert set(files) >= {"out.jsonl.journal", "out.jsonl.journal-wal", "out.jsonl.journal.lock"}
        assert set(files.values()) == {0o600}
    assert [file.name for file in tmp_path.iterdir()] == ["out.jsonl.journal"]


def test_rows_are_given_away_once_in_the_inputs_order(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        found = load(journal, ABC)
        assert (found.total, found.pending, found.new, found.done) == (3, 3, 3, 0)
        assert [row.id for row in journal.pending(2)] == ["a", "b"]
        assert [(row.id, row.position, row.span.line) for row in journal.pending(2)] == [("c", 2, 3)]
        assert journal.pending(2) == []


def test_answers_come_in_order_up_to_the_first_that_is_missing(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        a, b, c = journal.pending(3)
        answer(journal, [c])
        assert list(journal.answers()) == []
        answer(journal, [a], ok=False)
        assert [(each.id, each.ok, each.position) for each in journal.answers()] == [("a", False, 0)]
        answer(journal, [b])
        assert [each.id for each in journal.answers(after=0)] == ["b", "c"]
        assert [each.id for each in journal.answers_as_completed()] == ["c", "a", "b"]


def test_answers_go_on_over_many_rows_while_more_are_recorded(tmp_path: Path) -> None:
    count = 1000
    with open_journal(tmp_path) as journal:
        load(journal, prompts(*map(str, range(count))))
        first = journal.pending(700)
        answer(journal, first)
        reading = journal.answers()
        seen = [next(reading).position for _ in range(300)]
        answer(journal, journal.pending(count))
        seen += [each.position for each in reading]
        assert seen == list(range(count))


def test_the_same_command_again_runs_only_the_rest(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        answer(journal, journal.pending(1))
    with open_journal(tmp_path) as journal:
        found = load(journal, ABC)
        assert (found.done, found.pending, found.new) == (1, 2, 0)
        assert run_all(journal) == ["b", "c"]
    with open_journal(tmp_path) as journal:
        assert load(journal, ABC).pending == 0
        assert ids_and_texts(journal) == [("a", "a"), ("b", "b"), ("c", "c")]


def test_an_input_that_is_the_same_is_not_read_again(tmp_path: Path) -> None:
    job = Job({"model": "m"}, {}, "in.jsonl", "digest")
    reader = reader_of(ABC)
    with open_journal(tmp_path) as journal:
        journal.load(job, reader.rows)

    def never() -> Iterator[Row | BadRow]:
        raise AssertionError("the input was read")

    with open_journal(tmp_path) as journal:
        assert journal.load(job, never).total == 3
        with pytest.raises(AssertionError, match="the input was read"):
            journal.load(replace(job, input_digest="other"), never)


@pytest.mark.parametrize("retry", [True, False])
def test_failed_rows_run_again_unless_told_otherwise(tmp_path: Path, retry: bool) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        a, b, c = journal.pending(3)
        answer(journal, [a, c])
        answer(journal, [b], ok=False)
    with open_journal(tmp_path) as journal:
        found = load(journal, ABC, retry_failed=retry)
        assert (found.failed, found.pending) == ((0, 1) if retry else (1, 0))
        assert run_all(journal) == (["b"] if retry else [])


def test_with_another_input_only_new_rows_run_and_old_ones_are_kept(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, prompts("a", "b", "c"))
        run_all(journal)
        before = dict(ids_and_texts(journal))
    with open_journal(tmp_path) as journal:
        found = load(journal, prompts("x", "c", "a"))
        assert (found.total, found.new, found.gone, found.done) == (3, 1, 1, 2)
        assert len(run_all(journal)) == 1
        after = ids_and_texts(journal)
        assert [id_ in before for id_, _ in after] == [False, True, True]
    with open_journal(tmp_path) as journal:
        load(journal, prompts("a", "b", "c"))
        assert run_all(journal) == []
        assert dict(ids_and_texts(journal)) == before


def test_a_row_of_the_same_id_that_asks_something_else_runs_again(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        run_all(journal)
    with open_journal(tmp_path) as journal:
        load(journal, ABC.replace(b'"2"', b'"changed"'))
        assert run_all(journal) == ["b"]


def test_rows_without_ids_that_say_the_same_have_two_ids_which_do_not_move(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, prompts("a", "b", "a", "a"), dedupe=False)
        one, _, two, three = [row.id for row in journal.pending(4)]
        assert (two, three) == (f"{one}-2", f"{one}-3")
    with open_journal(tmp_path) as journal:
        load(journal, prompts("new", "a", "new", "a", "b"), dedupe=False)
        assert [row.id for row in journal.pending(5)][1::2] == [one, two]


def test_an_id_that_is_there_twice_is_an_error_with_both_lines(tmp_path: Path) -> None:
    data = json_lines({"id": "a", "prompt": "1"}, {"id": "b", "prompt": "2"}, {"id": "a", "prompt": "3"})
    with open_journal(tmp_path) as journal, pytest.raises(UsageError) as caught:
        load(journal, data)
    assert caught.value.message == 'in.jsonl: the id "a" is there twice, in line 1 and line 3'
    assert list(tmp_path.iterdir()) == [], "a journal without a job is left behind"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "n"}, 'model was "m", is now "n"'),
        ({"model": "m", "system": "s"}, 'system was not set, is now "s"'),
        ({}, 'model was "m", is now "z"'),
    ],
)
def test_another_job_is_refused_naming_the_difference(tmp_path: Path, options: dict[str, str], words: str) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        run_all(journal)
    with open_journal(tmp_path) as journal:
        with pytest.raises(UsageError) as caught:
            load(journal, ABC, options=options or {"model": "z"})
        assert words in caught.value.message
    with open_journal(tmp_path) as journal:
        assert load(journal, ABC).done == 3, "the refused job has changed the journal"


def test_of_long_values_the_place_where_they_differ_is_shown(tmp_path: Path) -> None:
    long = "word " * 100
    with open_journal(tmp_path) as journal:
        load(journal, ABC, options={"system": f"{long}old end"})
    with open_journal(tmp_path) as journal, pytest.raises(UsageError, match=r"old end.* is now .*new end") as caught:
        load(journal, ABC, options={"system": f"{long}new end"})
    assert len(caught.value.message) < 250


def test_rerun_changed_runs_what_is_affected_and_nothing_else(tmp_path: Path) -> None:
    data = json_lines({"id": "a", "prompt": "1"}, {"id": "b", "prompt": "2", "model": "own"})
    with open_journal(tmp_path) as journal:
        load(journal, data)
        run_all(journal)
    with open_journal(tmp_path) as journal:
        load(journal, data, options={"model": "n"}, rerun_changed=True)
        assert run_all(journal) == ["a"], "a row with a model of its own does not care about the job's"
    with open_journal(tmp_path) as journal:
        assert load(journal, data, options={"model": "n"}).pending == 0


def test_rerun_changed_with_another_prompt_runs_the_rows_that_it_changes(tmp_path: Path) -> None:
    data = json_lines({"id": "a", "x": "1", "y": "1"}, {"id": "b", "x": "1", "y": "2"})
    with open_journal(tmp_path) as journal:
        load(journal, data, template="{x}")
        run_all(journal)
    with open_journal(tmp_path) as journal:
        with pytest.raises(UsageError, match=r'prompt was "{x}", is now "{y}"'):
            load(journal, data, template="{y}")
        load(journal, data, template="{y}", rerun_changed=True)
        assert run_all(journal) == ["b"]


def test_what_ran_again_keeps_its_old_answer_until_there_is_a_new_one(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        answer(journal, journal.pending(3), text="old")
    with open_journal(tmp_path) as journal:
        load(journal, ABC, options={"model": "n"}, rerun_changed=True)
        assert list(journal.answers()) == [], "an old answer is passed off as one to the new job"
        answer(journal, journal.pending(3), text="new")
        assert {text for _, text in ids_and_texts(journal)} == {"new"}


def test_fresh_starts_over_and_sets_the_old_journal_aside(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        run_all(journal)
    with open_journal(tmp_path, fresh=True) as journal:
        assert load(journal, ABC, options={"model": "n"}).pending == 3
    assert status(tmp_path / "out.jsonl.journal.old").done == 3


# Equal requests


def test_equal_requests_are_sent_once_and_answered_everywhere(tmp_path: Path) -> None:
    data = json_lines(*({"id": id_, "t": text} for id_, text in zip("abcd", "xyxx", strict=True)))
    with open_journal(tmp_path) as journal:
        assert load(journal, data, template="{t}").pending == 4
        assert run_all(journal) == ["a", "b"]
        assert [(each.id, json.loads(each.line)["text"], each.copied) for each in journal.answers()] == [
            ("a", "a", False),
            ("b", "b", False),
            ("c", "a", True),
            ("d", "a", True),
        ]
    assert status(tmp_path / "out.jsonl.journal").attempts == 2


def test_without_dedupe_every_row_is_sent(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, prompts("x", "x"), dedupe=False)
        assert len(run_all(journal)) == 2


def test_a_new_row_that_asks_what_was_answered_before_is_answered_by_that(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, json_lines({"id": "a", "prompt": "x"}))
        run_all(journal)
    with open_journal(tmp_path) as journal:
        load(journal, json_lines({"id": "n", "prompt": "x"}, {"id": "o", "prompt": "y"}))
        assert run_all(journal) == ["o"]
        assert ids_and_texts(journal) == [("n", "a"), ("o", "o")]


def test_a_failure_that_is_left_as_it_is_answers_no_new_row(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, json_lines({"id": "old", "prompt": "x"}))
        answer(journal, journal.pending(1), ok=False)
    with open_journal(tmp_path) as journal:
        more = json_lines({"id": "old", "prompt": "x"}, {"id": "new", "prompt": "x"})
        found = load(journal, more, retry_failed=False)
        assert (found.failed, found.pending, run_all(journal)) == (1, 1, ["new"])


def test_a_copied_answer_stays_when_the_row_it_came_from_asks_something_else(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, json_lines({"id": "a", "prompt": "x"}, {"id": "b", "prompt": "x"}))
        answer(journal, journal.pending(2), text="to x")
    with open_journal(tmp_path) as journal:
        load(journal, json_lines({"id": "a", "prompt": "y"}, {"id": "b", "prompt": "x"}))
        [a] = journal.pending(2)
        answer(journal, [a], text="to y")
        assert ids_and_texts(journal) == [("a", "to y"), ("b", "to x")]


def test_a_failure_is_shared_like_an_answer_and_tried_again_once(tmp_path: Path) -> None:
    data = json_lines({"id": "a", "prompt": "x"}, {"id": "b", "prompt": "x"})
    for _ in range(2):
        with open_journal(tmp_path) as journal:
            load(journal, data)
            [a] = journal.pending(2)
            answer(journal, [a], ok=False)
            assert [each.ok for each in journal.answers()] == [False, False]
    with open_journal(tmp_path) as journal:
        load(journal, data + json_lines({"id": "c", "prompt": "x"}))
        assert len(run_all(journal)) == 1


# Bad rows

MIXED = json_lines({"prompt": "a"}) + b"{nonsense\n" + json_lines({"prompt": "b"}, {"x": 1}, {"y": 1}, {"z": 1})


def test_bad_rows_are_refused_with_the_first_few_lines(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal, pytest.raises(UsageError) as caught:
        load(journal, MIXED)
    assert caught.value.message.startswith("in.jsonl, line 2: not JSON")
    assert "; line 5: neither" in caught.value.message
    assert caught.value.message.endswith("; and 1 more")


def test_bad_rows_are_rows_to_be_settled_if_they_are_skipped(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, MIXED, skip_bad=True)
        rows = journal.pending(9)
        assert [row.bad is not None for row in rows] == [False, True, False, True, True, True]
        answer(journal, [row for row in rows if row.bad is None])
        bad = [Result(row.row, False, json.dumps({"text": row.bad})) for row in rows if row.bad is not None]
        journal.record(results=bad)
        assert len(list(journal.answers())) == 6
    with open_journal(tmp_path) as journal:
        with pytest.raises(UsageError, match="line 2: not JSON"):
            load(journal, MIXED)
        found = load(journal, MIXED, skip_bad=True, retry_failed=False)
        assert (found.done, found.failed) == (2, 4)


@pytest.mark.parametrize(("data", "words"), [(b"\n\n", "has no rows"), (b"{\n[]\n", "line 1: not JSON")])
def test_an_input_without_a_good_row_is_refused_even_so(tmp_path: Path, data: bytes, words: str) -> None:
    with open_journal(tmp_path) as journal, pytest.raises(UsageError, match=words):
        load(journal, data, skip_bad=True)


# Attempts


def test_attempts_whose_end_nobody_saw_are_counted_with_the_most_they_can_have_cost(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        a, b, _ = journal.pending(3)
        journal.record(begins=[Begin(a.row, 1, Decimal("0.00000001")), Begin(b.row, 1, Decimal("0.5"))])
        assert journal.unknown() == Unknown(0, Decimal(0))
    with open_journal(tmp_path) as journal:
        assert load(journal, ABC).unknown == Unknown(2, Decimal("0.50000001"))
        [first, *_] = journal.pending(3)
        journal.record(begins=[Begin(first.row, 2, None)])
    with open_journal(tmp_path) as journal:
        assert load(journal, ABC).unknown == Unknown(3, None)
    assert status(tmp_path / "out.jsonl.journal").unpriced_attempts == 0, "these are told apart"


def test_rows_of_unknown_outcome_are_sent_again_or_skipped_as_asked(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        journal.record(begins=[Begin(journal.pending(1)[0].row, 1, None)])
    for policy, skipped in (("skip", [True, False, False]), ("retry", [False, False, False])):
        with open_journal(tmp_path) as journal:
            load(journal, ABC, on_unknown=policy)
            assert [row.skipped for row in journal.pending(3)] == skipped


def test_a_row_whose_retry_was_answered_is_done_although_an_attempt_is_unknown(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        journal.record(begins=[Begin(journal.pending(1)[0].row, 1, None)])
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        run_all(journal)
    with open_journal(tmp_path) as journal:
        assert load(journal, ABC, on_unknown="skip").pending == 0


def test_a_row_whose_retry_is_known_to_have_failed_is_not_skipped(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        journal.record(begins=[Begin(journal.pending(1)[0].row, 1, None)])
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        answer(journal, journal.pending(1), ok=False)
    with open_journal(tmp_path) as journal:
        load(journal, ABC, on_unknown="skip")
        assert [row.skipped for row in journal.pending(3)] == [False, False, False]


def test_a_call_of_record_is_all_or_nothing(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        a, b, _ = journal.pending(3)
        with pytest.raises(UsageError):
            journal.record(
                results=[Result(a.row, True, "{}")],
                begins=[Begin(b.row, 1, None), Begin(None, 1, None)],  # type: ignore[arg-type]
            )
        assert list(journal.answers()) == []
        answer(journal, [a, b])
        assert len(list(journal.answers())) == 2


def test_an_answer_with_a_line_break_is_a_bug_of_ours(tmp_path: Path) -> None:
    with open_journal(tmp_path) as journal:
        load(journal, ABC)
        with pytest.raises(ValueError, match="line break"):
            journal.record(results=[Result(1, True, "a\nb")])


# Status


def test_status_tells_how_far_a_running_job_is(tmp_path: Path) -> None:
    times = iter(range(1000, 2000))
    with open_journal(tmp_path, clock=lambda: float(next(times))) as journal:
        load(journal, ABC)
        a, b, c = journal.pending(3)
        attempts = journal.record(begins=[Begin(row.row, 1, Decimal("0.5")) for row in (a, b, c)])
        journal.record(
            finishes=[
                Finish(attempts[0], "ok", Decimal("0.1"), 100, 7),
                Finish(attempts[1], "rejected", Decimal("0.2"), 10, None),
            ],
            results=[Result(a.row, True, "{}"), Result(b.row, False, "{}")],
        )
        found = status(journal.path)
        assert (found.total, found.done, found.failed, found.pending, found.in_flight) == (3, 1, 1, 1, 1)
        assert (found.input_tokens, found.output_tokens, found.spent_usd) == (110, 7, Decimal("0.3"))
        assert (found.attempts, found.unpriced_attempts, found.unknown) == (3, 0, Unknown(0, Decimal(0)))
        assert (found.started, found.last_activity) == (1000.0, 1002.0)
        assert found.pid is not None
    stopped = status(tmp_path / "out.jsonl.journal")
    assert (stopped.pid, stopped.in_flight, stopped.unknown) == (None, 0, Unknown(1, Decimal("0.5")))


def test_status_without_a_journal_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no journal"):
        status(tmp_path / "out.jsonl.journal")


def test_a_clock_that_is_set_back_changes_nothing(tmp_path: Path) -> None:
    with open_journal(tmp_path, clock=lambda: 2e9) as journal:
        load(journal, ABC)
        answer(journal, journal.pending(1))
    with open_journal(tmp_path, clock=lambda: 1.0) as journal:
        assert load(journal, ABC).done == 1
        assert run_all(journal) == ["b", "c"]
        assert len(ids_and_texts(journal)) == 3
