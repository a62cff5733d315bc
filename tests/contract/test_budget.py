"""A budget holds with every provider and command: over it nothing is sent, and what may have been billed counts."""

from __future__ import annotations

import signal

import pytest

from llmcli.errors import ExitCode

from ..helpers import RunLlmcli, closed_port
from .bench import Bench, check_stderr, result_of
from .faults import WHOLE
from .processes import started
from .servers import Sim
from .vendors import ANTHROPIC, OPENAI, Vendor

PLENTY = {"LLMCLI_BUDGET_DAILY_TOKENS": "1000000"}
MAX_TOKENS = 50


@pytest.mark.parametrize("as_json", [True, False], ids=["json", "text"])
@pytest.mark.parametrize("command", ["ask", "stream", "chat"])
def test_over_a_budget_nothing_is_sent(bench: Bench, vendor: Vendor, command: str, as_json: bool) -> None:
    """Exit 11, one line that names the cap and the smallest that would do, and no row in the ledger."""
    with_json = ["--json"] if as_json else []
    bench.point(vendor, f"http://127.0.0.1:{closed_port()}")
    done = bench.run(command, vendor, bench.prompt(), *with_json, env={"LLMCLI_BUDGET_DAILY_TOKENS": "10"})
    line = check_stderr(done, ExitCode.BUDGET)
    assert "budget.daily_tokens is 10 tokens: 0 tokens spent, 0 tokens reserved" in line
    assert "smallest cap" in line
    assert bench.rows() == []
    if as_json:
        result = result_of(command, done)
        assert (result["error"]["class"], result["attempts"]) == ("budget", 0)
    else:
        assert done.out == ""


@pytest.mark.parametrize("command", ["ask", "stream", "chat"])
def test_a_command_stays_under_its_own_cap(bench: Bench, command: str) -> None:
    """`--max-cost` is for one command: the next one has it anew."""
    flags = ("--max-cost", "0.00005", "--max-tokens", str(MAX_TOKENS))
    for _ in range(2):
        check_stderr(bench.run(command, ANTHROPIC, bench.prompt(), *flags), ExitCode.OK)
    done = bench.run(command, ANTHROPIC, bench.prompt(), "--max-cost", "0.00001", *flags[2:])
    assert "--max-cost is $0.00001" in check_stderr(done, ExitCode.BUDGET)
    assert len(bench.rows()) == 2


def test_retries_are_under_the_cap_of_the_command(bench: Bench) -> None:
    """Each attempt that may have been billed counts at its worst, so that retries end where the money does."""
    flags = ("--timeout", "0.3", "--max-tokens", "1000", "--max-cost", "0.0012", "--retries", "5")
    done = bench.run("ask", ANTHROPIC, bench.prompt("<hang>"), "--json", *flags)
    check_stderr(done, ExitCode.BUDGET)
    assert result_of("ask", done)["attempts"] == len(bench.rows()) == 2


def test_an_unknown_price_needs_a_word(bench: Bench, vendor: Vendor) -> None:
    """A dollar cap refuses models without a price, unless told otherwise; token caps do not mind."""
    cap = {"LLMCLI_BUDGET_DAILY_USD": "1"}
    done = bench.run("ask", vendor, bench.prompt(), env=cap)
    if vendor.priced:
        check_stderr(done, ExitCode.OK)
        return
    line = check_stderr(done, ExitCode.BUDGET)
    assert f"nobody knows the price of {vendor.model}" in line
    assert bench.rows() == []
    check_stderr(bench.run("ask", vendor, bench.prompt(), "--allow-unknown-price", env=cap), ExitCode.OK)
    check_stderr(bench.run("ask", vendor, bench.prompt(), env=PLENTY), ExitCode.OK)


@pytest.mark.parametrize(
    ("fault", "counts"),
    [
        ("", "used"),
        ("<status-503>", "nothing"),
        ("<status-400>", "nothing"),
        ("<status-429>", "nothing"),
        ("<refusal>", "used"),
        ("<max-tokens>", "used"),
        ("<no-usage>", "worst"),
        ("<html>", "worst"),
        ("<drop-before>", "worst"),
        ("<hang>", "worst"),
    ],
)
def test_what_may_have_been_billed_counts(bench: Bench, vendor: Vendor, fault: str, counts: str) -> None:
    """An error status is free; an answer counts what it used; what nobody knows counts at its worst."""
    flags = ("--retries", "0", "--timeout", "0.5", "--max-tokens", str(MAX_TOKENS))
    bench.run("ask", vendor, bench.prompt(f"{fault} sim:echo {WHOLE}"), *flags, env=PLENTY)
    [row] = bench.rows()
    used = (row["input_tokens"] or 0) + (row["output_tokens"] or 0)
    match counts:
        case "nothing":
            assert row["charge_tokens"] == 0
        case "used":
            assert row["charge_tokens"] == used > 0
        case _:
            assert row["charge_tokens"] > MAX_TOKENS > used


def test_what_was_never_sent_counts_nothing(bench: Bench, vendor: Vendor, command: str) -> None:
    bench.point(vendor, f"http://127.0.0.1:{closed_port()}")
    bench.run(command, vendor, bench.prompt(), "--retries", "0", env=PLENTY)
    assert [row["charge_tokens"] for row in bench.rows()] == [0]


def test_a_killed_process_has_spent_its_worst_case(
    bench: Bench, plain_sim: Sim, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kill -9 amid an answer: what it reserved counts, and is told as spent."""
    bench.point(ANTHROPIC, plain_sim.root)
    monkeypatch.setenv("LLMCLI_BUDGET_DAILY_TOKENS", "1500")
    with started("stream", "-m", ANTHROPIC.model, "-n", "--max-tokens", "1000", "sim:tokens=1000") as run:
        run.read_some()
        run.send(signal.SIGKILL)
        run.end()
    line = check_stderr(bench.run("ask", ANTHROPIC, "hi", "--max-tokens", "1000"), ExitCode.BUDGET)
    [row] = bench.rows()
    assert (row["status"], row["charge_tokens"] > 1000) == ("lost", True)
    assert f"{row['charge_tokens']:,} tokens spent, 0 tokens reserved" in line


def test_a_warning_when_most_of_it_is_taken(bench: Bench) -> None:
    """One line on stderr, and the answer all the same."""
    cap = {"LLMCLI_BUDGET_DAILY_USD": "0.001"}
    flags = ("--max-tokens", "100", "--budget-warn")
    assert bench.run("ask", OPENAI, bench.prompt(), *flags, "90%", env=cap).err == ""
    done = bench.run("ask", OPENAI, bench.prompt(), *flags, "1%", env=cap)
    assert done.code == 0
    assert done.err.count("\n") == 1
    assert "of budget.daily_usd $0.001 is taken" in done.err


@pytest.mark.parametrize("given", ["lots", "120%"])
def test_a_warning_that_is_no_part_is_refused_before_anything_is_sent(bench: Bench, given: str) -> None:
    line = check_stderr(bench.run("ask", OPENAI, bench.prompt(), "--budget-warn", given), ExitCode.CONFIG)
    assert f'budget.warn "{given}"' in line
    assert bench.rows() == []


def test_a_chat_goes_on_after_a_turn_that_was_too_dear(bench: Bench, run_here: RunLlmcli) -> None:
    """In a pipe the turn fails with exit 11 in the end; the turns that fit are answered."""
    lines = f"hi\n{'long ' * 4000}\nhi again\n".encode()
    cap = {"LLMCLI_BUDGET_DAILY_TOKENS": "2000"}
    done = run_here("chat", "-m", ANTHROPIC.model, "--max-tokens", "100", input=lines, env=cap)
    assert done.code == ExitCode.BUDGET
    assert len(bench.rows()) == 2
