"""`llmcli batch` again: what is finished is kept, what has changed is told, what no row can mend stops the job."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..contract.servers import Sim, serving
from ..helpers import Completed, RunLlmcli, ledger_rows
from .batches import KEY, QUICK, numbered, read_lines, requests, to, write_rows


def batch(run: RunLlmcli, sim: Sim, *options: str, env: dict[str, str] = QUICK) -> Completed:
    return run("batch", "in.jsonl", "-o", "out", "--id-field", "custom", *to(sim), *options, env=env)


def test_the_same_command_again_sends_nothing(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(12))
    with serving(isolated) as sim:
        assert batch(run_here, sim).code == 0
        first = (isolated / "out").read_bytes()
        assert batch(run_here, sim).code == 0
        assert len(requests(sim)) == 12
    assert (isolated / "out").read_bytes() == first


def test_failed_rows_are_an_input_and_are_tried_again_by_the_same_command(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(12))
    (isolated / "faults.toml").write_text('[[fault]]\nkind = "400"\nmatch = "<7>"\n')
    with serving(isolated, "--faults", "faults.toml") as sim:
        done = batch(run_here, sim)
        assert (done.code, "1 of 12 rows failed" in done.err) == (12, True)
        assert [line["id"] for line in read_lines(isolated / "out") if not line["ok"]] == ["row-7"]
    with serving(isolated) as sim:
        sim.log.write_text("")
        other = run_here("batch", "out.failed.jsonl", "-o", "mended", "--id-field", "custom", *to(sim), env=QUICK)
        assert (other.code, [line["id"] for line in read_lines(isolated / "mended")]) == (0, ["row-7"])
        assert batch(run_here, sim).code == 0
        assert len(requests(sim)) == 2
    assert all(line["ok"] for line in read_lines(isolated / "out"))
    assert not (isolated / "out.failed.jsonl").exists()


def test_failed_rows_do_not_take_the_place_of_the_output_that_they_are_from(
    run_here: RunLlmcli, isolated: Path
) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": "a"}, {"prompt": "b", "max_tokens": 1}])
    assert run_here("batch", "in.jsonl", "-o", "out", "-m", "sim").code == 12
    before = (isolated / "out").read_bytes()
    done = run_here("batch", "out.failed.jsonl", "-o", "out", "-m", "sim")
    assert (done.code, "is what failed of out" in done.err) == (2, True)
    assert (isolated / "out").read_bytes() == before


def test_passing_troubles_are_tried_again(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(20))
    with serving(isolated, "--fault", "503,times=3", "--fault", "drop-before,times=2") as sim:
        done = batch(run_here, sim)
    lines = read_lines(isolated / "out")
    assert (done.code, sum(line["attempts"] for line in lines)) == (0, 25)


def test_another_model_answers_when_the_first_is_down(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(3))
    with serving(isolated, "--fault", "503") as sim:
        done = batch(run_here, sim, "--fallback", "sim", "--retries", "0")
    assert (done.code, {line["model"] for line in read_lines(isolated / "out")}) == (0, {"sim"})


@pytest.mark.parametrize(
    ("fault", "code"), [("401", 4), ("403", 4), ("404", 3), ("quota", 5), ("429,retry-after=3600", 5)]
)
def test_what_no_row_can_mend_stops_the_job_at_once_and_leaves_the_rows(
    run_here: RunLlmcli, isolated: Path, fault: str, code: int
) -> None:
    write_rows(isolated / "in.jsonl", numbered(200))
    with serving(isolated, "--fault", fault) as sim:
        done = batch(run_here, sim, "-c", "4")
        asked = len(requests(sim))
    assert (done.code, asked <= 8) == (code, True), (done, asked)
    status = run_here("batch", "status", "out", "--json").json
    assert (status["pending"], status["failed"], status["done"]) == (200, 0, 0)
    with serving(isolated) as sim:
        assert batch(run_here, sim).code == 0
    assert len(read_lines(isolated / "out")) == 200


@pytest.mark.parametrize(
    "options", [("--journal", "out"), ("--journal", "out.failed.jsonl"), ("--journal", "in.jsonl")]
)
def test_a_journal_takes_no_other_file_s_place(run_here: RunLlmcli, isolated: Path, options: tuple[str, ...]) -> None:
    """Neither the output's, which would replace it, nor the input's, which --fresh would set aside."""
    before = write_rows(isolated / "in.jsonl", numbered(2)).read_bytes()
    done = run_here("batch", "in.jsonl", "-o", "out", "--fresh", *options, "-m", "sim")
    assert (done.code, options[1] in done.err, (isolated / "out").exists()) == (2, True, False), done.err
    assert ((isolated / "in.jsonl").read_bytes(), [each.name for each in isolated.glob("*.old")]) == (before, [])


def test_a_missing_key_is_said_before_the_journal_is_made(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(2))
    done = run_here("batch", "in.jsonl", "-o", "out", "-m", "claude-haiku-5-5")
    assert (done.code, [each.name for each in isolated.iterdir()]) == (4, ["in.jsonl"])


def test_a_row_without_a_model_and_a_key_is_said_before_anything_is_sent(run_here: RunLlmcli, isolated: Path) -> None:
    """Rows that name a model of their own need neither."""
    write_rows(isolated / "in.jsonl", [{"prompt": "a", "model": "sim"}, {"prompt": "b"}])
    arguments = ("batch", "in.jsonl", "-o", "out", "--progress", "none")
    done = run_here(*arguments)
    assert (done.code, [each.name for each in isolated.iterdir()]) == (4, ["in.jsonl"])
    assert run_here(*arguments, "--dry-run").code == 4
    write_rows(isolated / "in.jsonl", [{"prompt": "a", "model": "sim"}])
    assert run_here(*arguments).code == 0


def test_a_changed_model_or_prompt_is_named_and_sent_only_if_wanted(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(5))
    with serving(isolated) as sim:
        assert batch(run_here, sim).code == 0
        changed = batch(run_here, sim, "--max-tokens", "77")
        assert (changed.code, "max_tokens was 4096, is now 77" in changed.err) == (2, True), changed.err
        assert len(requests(sim)) == 5
        assert batch(run_here, sim, "--max-tokens", "77", "--rerun-changed").code == 0
        assert len(requests(sim)) == 10


def test_of_a_changed_input_only_the_new_rows_are_sent(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(5))
    with serving(isolated) as sim:
        assert batch(run_here, sim).code == 0
        write_rows(isolated / "in.jsonl", [*reversed(numbered(7))][:-1])
        done = batch(run_here, sim)
        assert (done.code, "1 rows of earlier runs have left the input" in done.err) == (0, True)
        assert len(requests(sim)) == 7
    ids = [line["id"] for line in read_lines(isolated / "out")]
    assert ids == ["row-6", "row-5", "row-4", "row-3", "row-2", "row-1"]


def test_an_output_without_its_journal_is_not_overwritten(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(1))
    (isolated / "out").write_text("precious\n")
    with serving(isolated) as sim:
        done = batch(run_here, sim)
        assert (done.code, (isolated / "out").read_text(), requests(sim)) == (2, "precious\n", [])
        assert batch(run_here, sim, "--fresh").code == 0
    assert len(read_lines(isolated / "out")) == 1


def test_max_cost_holds_over_all_runs_of_a_job(run_here: RunLlmcli, isolated: Path, state_dir: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(60))
    cap = ("--max-tokens", "50", "-c", "8", "--max-cost")
    with serving(isolated) as sim:
        first = batch(run_here, sim, *cap, "0.0003")
        sent = len(requests(sim))
        again = batch(run_here, sim, *cap, "0.0003")
        assert (first.code, again.code, 0 < sent < 60, len(requests(sim))) == (11, 11, True, sent)
        assert sum(float(row["cost_usd"]) for row in ledger_rows(state_dir)) <= 0.0003
        assert len(read_lines(isolated / "out")) == sent
        assert batch(run_here, sim, *cap, "1").code == 0
        assert len(requests(sim)) == 60
    assert len(read_lines(isolated / "out")) == 60


def test_too_many_failures_end_the_job(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(100))
    with serving(isolated, "--fault", "400:0.5", "--seed", "1") as sim:
        done = batch(run_here, sim, "--max-failures", "3%", "-c", "2")
        assert (done.code, len(requests(sim)) < 40) == (12, True)
    assert run_here("batch", "status", "out", "--json").json["pending"] > 60


def test_a_job_to_stdout_goes_on_with_a_journal_of_its_own(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(9))
    with serving(isolated) as sim:
        arguments = ("batch", "in.jsonl", "--journal", "kept", *to(sim))
        first, second = run_here(*arguments, env=QUICK), run_here(*arguments, env=QUICK)
        assert len(requests(sim)) == 9
    assert (first.code, first.out) == (second.code, second.out)


@pytest.mark.parametrize(("options", "words"), [((), "--journal"), (("--journal", "kept"), "the same command goes on")])
def test_a_job_that_stops_says_how_it_goes_on_if_it_does(
    run_here: RunLlmcli, isolated: Path, options: tuple[str, ...], words: str
) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": f"{number}", "max_tokens": 1} for number in range(9)])
    done = run_here("batch", "in.jsonl", "-m", "sim", "--max-failures", "0", "-c", "1", *options)
    assert (done.code, words in done.err.splitlines()[-1]) == (12, True), done.err


def test_a_wrong_key_leaves_no_trace_of_itself(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(3))
    with serving(isolated, "--api-key", "the-right-key") as sim:
        assert batch(run_here, sim).code == 4
        done = batch(run_here, sim, env=QUICK | {"ANTHROPIC_API_KEY": "the-right-key"})
    assert (done.code, len(read_lines(isolated / "out"))) == (0, 3)
    assert KEY.encode() not in (isolated / "out.journal").read_bytes()
