"""Conversations with both vendors, through their SDKs and real sockets."""

from __future__ import annotations

from pathlib import Path

import pytest

from ..helpers import RunLlmcli, ledger_rows
from ..sim.helpers import StartSim
from .conftest import UseSim
from .helpers import lines_of

CLAUDE = ("chat", "-m", "claude-haiku-5-5")
GPT = ("chat", "-m", "gpt-6-luna")


def test_a_session_goes_from_one_vendor_to_the_other_and_back(
    run_here: RunLlmcli, start_sim: StartSim, use_sim: UseSim
) -> None:
    """The simulator is as strict as the vendors about roles; the turns say who answered."""
    use_sim(start_sim())
    for chat in (CLAUDE, GPT, CLAUDE):
        done = run_here(*chat, "--session", "s", "-s", "be brief", "--json", "hello")
        assert done.code == 0, done.err
    assert done.json["text"].startswith("sim: 5 messages")
    kept = run_here("chat", "--show", "s", "--json").json["conversation"]
    assert [turn["model"] for turn in kept["turns"]] == ["claude-haiku-5-5", "gpt-6-luna", "claude-haiku-5-5"]
    assert {name: totals["calls"] for name, totals in kept["totals"].items()} == {
        "claude-haiku-5-5": 2,
        "gpt-6-luna": 1,
    }


@pytest.mark.parametrize("chat", [CLAUDE, GPT], ids=["anthropic", "openai"])
def test_a_rate_limit_after_retries_leaves_the_history_and_is_the_exit_code(
    run_here: RunLlmcli, start_sim: StartSim, use_sim: UseSim, chat: tuple[str, ...]
) -> None:
    """The first line takes two attempts that are refused, the second the third."""
    sim = start_sim("429,retry-after=0,times=3")
    use_sim(sim)
    done = run_here(*chat, "--retries", "1", "--json", input=b"one\ntwo\nthree\n")
    first, second, third = lines_of(done.out)
    assert (first["ok"], second["ok"], third["ok"]) == (False, True, True)
    assert (first["error"]["class"], first["attempts"]) == ("rate_limited", 2)
    assert second["text"].startswith("sim: 1 message,")
    assert third["text"].startswith("sim: 3 messages")
    assert done.code == 5
    assert len(sim.entries(5)) == 5


def test_no_network_is_exit_6_for_each_line_and_the_session_stays_as_it_was(
    run_here: RunLlmcli, start_sim: StartSim, use_sim: UseSim
) -> None:
    use_sim(start_sim("drop-before"))
    run_here("chat", "-m", "sim", "--session", "s", "sim:echo one")
    done = run_here(*CLAUDE, "--session", "s", "--retries", "0", input=b"two\nthree\n")
    assert (done.code, done.out.strip()) == (6, "")
    assert [line.split(":")[1] for line in done.err.splitlines()] == [" line 1", " line 2"]
    kept = run_here("chat", "--show", "s", "--json").json["conversation"]
    assert ([turn["answer"] for turn in kept["turns"]], kept["model"]) == (["one"], "sim")


def test_a_summary_is_priced_in_the_ledger_and_in_the_session(
    run_here: RunLlmcli, start_sim: StartSim, use_sim: UseSim, state_dir: Path
) -> None:
    use_sim(start_sim())
    lines = "".join(f"sim:tokens={200 + number}\n" for number in range(6)).encode()
    done = run_here(*CLAUDE, "--window", "summarize", "--window-turns", "4", "--session", "s", "-v", input=lines)
    assert done.code == 0, done.err
    rows = ledger_rows(state_dir)
    assert len(rows) == 7
    assert all(row["cost_basis"] == "measured" and float(row["cost_usd"]) > 0 for row in rows)
    kept = run_here("chat", "--show", "s", "--json").json["conversation"]
    assert float(kept["totals"]["claude-haiku-5-5"]["cost_usd"]) == pytest.approx(
        sum(float(row["cost_usd"]) for row in rows)
    )


def test_a_fallback_answers_and_is_named_in_the_turn(run_here: RunLlmcli, start_sim: StartSim, use_sim: UseSim) -> None:
    use_sim(start_sim("529,retry-after=0"))
    done = run_here(*CLAUDE, "--retries", "0", "--fallback", "sim", "--session", "s", "sim:echo there")
    assert (done.code, done.out) == (0, "there\n")
    [turn] = run_here("chat", "--show", "s", "--json").json["conversation"]["turns"]
    assert turn["model"] == "sim"


def test_connections_are_kept_from_one_turn_to_the_next(
    run_here: RunLlmcli, start_sim: StartSim, use_sim: UseSim
) -> None:
    """One event loop for the whole run: a client that outlived its loop would fail on the second turn."""
    use_sim(start_sim())
    done = run_here(*CLAUDE, input=b"sim:echo a\nsim:echo b\nsim:echo c\n")
    assert (done.code, done.out) == (0, "a\n\nb\n\nc\n")


def test_a_blank_answer_does_not_spoil_the_conversation(
    run_here: RunLlmcli, start_sim: StartSim, use_sim: UseSim
) -> None:
    """Anthropic refuses every request that has blank text in its history."""
    use_sim(start_sim())
    done = run_here(*CLAUDE, input=b"sim:echo    \nhello\n")
    assert (done.code, done.err) == (0, "")
    assert "sim: 1 message," in done.out
