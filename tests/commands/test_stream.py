"""`llmcli stream`: the answer as it is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from llmcli.commands.live import LiveJson, LiveText
from llmcli.errors import RateLimitedError
from llmcli.messages import Delta
from llmcli.streams import Streams

from ..chat.conftest import UseSim, use_sim  # noqa: F401 - fixtures
from ..chat.helpers import lines_of
from ..helpers import Completed, RunLlmcli, ledger_rows
from ..sim.conftest import start_sim  # noqa: F401 - a fixture
from ..sim.helpers import StartSim

SIM = ("stream", "-n", "-m", "sim")
CLAUDE = ("stream", "-n", "-m", "claude-haiku-5-5")
VENDORS = pytest.mark.parametrize("model", ["claude-haiku-5-5", "gpt-6-luna"])


def events(out: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The events before the result, and the result, which is the last line and the only one of its kind."""
    *before, last = lines_of(out)
    assert last["type"] == "result"
    assert [event["type"] for event in before].count("result") == 0
    return before, last


def peak_rss_mib(*arguments: str) -> float:
    """The most memory that the command ever held, with its stdout going nowhere."""
    process = subprocess.Popen([sys.executable, "-m", "llmcli", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss / (1 if sys.platform == "darwin" else 1024) / (1024 if sys.platform == "darwin" else 1)


class TestText:
    """Without `--json`."""

    @pytest.mark.parametrize("text", ["hello", "two\nlines", "ends itself\n", "naïve \U0001f600"])
    def test_prints_the_answer_and_ends_the_line(self, run_here: RunLlmcli, text: str) -> None:
        assert run_here(*SIM, f"sim:echo {text}") == Completed(0, text if text.endswith("\n") else f"{text}\n", "")

    def test_prints_what_ask_prints(self, run_here: RunLlmcli) -> None:
        asked = run_here("ask", "-n", "-m", "sim", "-s", "be brief", "tell me more")
        assert run_here(*SIM, "-s", "be brief", "tell me more") == asked

    def test_the_line_is_ended_also_if_the_last_piece_is_empty(self) -> None:
        """Anthropic's API may send empty pieces."""
        out = BytesIO()
        live = LiveText(Streams(None, out, None))
        for piece in ("hello", ""):
            live.delta(Delta(piece))
        live.end()
        assert out.getvalue() == b"hello\n"

    def test_reasoning_does_not_go_to_stdout(self) -> None:
        out = BytesIO()
        live = LiveText(Streams(None, out, None))
        live.delta(Delta("let me see", "reasoning"))
        live.delta(Delta("42"))
        live.end()
        assert out.getvalue() == b"42\n"

    def test_v_prints_one_summary_line_on_stderr(self, run_here: RunLlmcli) -> None:
        done = run_here(*SIM, "-v", "sim:tokens=50")
        [line] = done.err.splitlines()
        assert line.startswith("llmcli: tokens: ")
        assert " / 50 out · $0.0000 · " in line
        assert "first token " in line
        assert line.endswith(" tokens/s")

    def test_code_is_printed_alone_at_the_end(self, run_here: RunLlmcli) -> None:
        assert run_here(*SIM, "-x", "sim:code") == Completed(0, "print('hello from sim')\n", "")
        failed = run_here(*SIM, "-x", "hello")
        assert (failed.code, failed.out) == (10, "")

    def test_o_writes_the_file_and_prints_as_well(self, run_here: RunLlmcli, isolated: Path) -> None:
        done = run_here(*SIM, "-o", "answer.txt", "sim:echo hello")
        assert (done.code, done.out) == (0, "hello\n")
        assert (isolated / "answer.txt").read_text() == "hello\n"

    @pytest.mark.parametrize("order", ["sim:stop=max_tokens", "sim:stop=refusal"])
    def test_o_leaves_the_file_as_it_was_without_a_complete_answer(
        self, run_here: RunLlmcli, isolated: Path, order: str
    ) -> None:
        (isolated / "answer.txt").write_text("old")
        assert run_here(*SIM, "-o", "answer.txt", f"{order} go").code in (8, 9)
        assert (isolated / "answer.txt").read_text() == "old"
        assert [path.name for path in isolated.iterdir()] == ["answer.txt"]

    def test_a_long_answer_takes_no_more_memory_than_a_short_one(
        self,
        start_sim: StartSim,  # noqa: F811
        use_sim: UseSim,  # noqa: F811
    ) -> None:
        """Two million tokens are in benchmarks/stream.py; 60,000 would show if their text were kept."""
        use_sim(start_sim())
        to_sim = ("stream", "-n", "-m", "anthropic/sim", "--max-tokens", "10000000")
        short, long = (peak_rss_mib(*to_sim, f"sim:tokens={count}") for count in (1000, 60_000))
        assert long - short < 2


class TestJson:
    """With `--json`."""

    def test_events_are_start_deltas_and_one_result(self, run_here: RunLlmcli) -> None:
        done = run_here(*SIM, "--json", "sim:echo one two three")
        [start, *deltas], result = events(done.out)
        assert start == {"type": "start", "command": "stream", "provider": "sim", "model": "sim"}
        assert {event["type"] for event in deltas} == {"delta"}
        assert "".join(event["text"] for event in deltas) == result["text"] == "one two three"
        assert (result["ok"], result["stop_reason"], result["usage"]["output_tokens"]) == (True, "end_turn", 3)
        assert done.err == ""

    def test_reasoning_and_retries_are_events_of_their_own(self) -> None:
        out = BytesIO()
        live = LiveJson(Streams(None, out, None))
        live.retry(1, 0.12345, RateLimitedError("slow down", status=429, retry_after_s=0.1))
        live.delta(Delta("hm\u2028m", "reasoning"))
        retry, reasoning = lines_of(out.getvalue().decode())
        assert (retry["type"], retry["attempt"], retry["delay_s"]) == ("retry", 1, 0.123)
        assert retry["error"]["class"] == "rate_limited"
        assert reasoning == {"type": "reasoning", "text": "hm\u2028m"}

    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (("-m", "sim", ""), 2),
            (("-m", "sim", "-f", "missing", "hi"), 2),
            (("-m", "nope", "hi"), 3),
            (("-m", "claude-haiku-5-5", "hi"), 4),
            (("-m", "sim", "sim:stop=refusal"), 8),
            (("-m", "sim", "sim:stop=length"), 9),
            (("-m", "sim", "--temperature", "hot", "hi"), 2),
        ],
        ids=["empty", "no file", "no model", "no key", "refused", "truncated", "bad option"],
    )
    def test_a_failure_ends_with_one_result_too(
        self, run_here: RunLlmcli, arguments: tuple[str, ...], code: int
    ) -> None:
        done = run_here("stream", "-n", "--json", *arguments)
        _, result = events(done.out)
        assert done.code == code
        assert (result["ok"], result["command"]) == (False, "stream")
        assert len(done.err.splitlines()) == 1

    def test_the_envelope_and_the_ledger_say_how_fast_it_was(
        self,
        run_here: RunLlmcli,
        start_sim: StartSim,  # noqa: F811
        use_sim: UseSim,  # noqa: F811
        state_dir: Path,
    ) -> None:
        """20 tokens at 40 a second, the first after 0.2 s."""
        use_sim(start_sim(tokens_per_second=40, latency_s=0.2))
        _, result = events(run_here(*CLAUDE, "--json", "sim:tokens=20").out)
        [row] = ledger_rows(state_dir)
        assert 200 <= result["ttft_ms"] < 3000
        assert 1 < result["tokens_per_second"] < 200
        assert result["latency_ms"] >= result["ttft_ms"] + 100
        for name in ("ttft_ms", "tokens_per_second"):
            assert row[name] == result[name]
        assert (row["output_tokens"], row["cost_usd"]) == (20, result["cost"]["usd"])


class TestTrouble:
    """What is tried again, and what is not."""

    @VENDORS
    def test_a_failure_before_the_first_delta_is_retried_and_told(
        self,
        run_here: RunLlmcli,
        start_sim: StartSim,  # noqa: F811
        use_sim: UseSim,  # noqa: F811
        model: str,
    ) -> None:
        use_sim(start_sim("503,retry-after=0,times=2"))
        before, result = events(run_here("stream", "-n", "-m", model, "--json", "sim:echo fine").out)
        assert [event["type"] for event in before] == ["start", "retry", "retry", "delta"]
        assert [event["attempt"] for event in before if event["type"] == "retry"] == [1, 2]
        assert (result["text"], result["attempts"]) == ("fine", 3)

    @VENDORS
    def test_after_the_first_delta_nothing_is_tried_again_nor_elsewhere(
        self,
        run_here: RunLlmcli,
        start_sim: StartSim,  # noqa: F811
        use_sim: UseSim,  # noqa: F811
        state_dir: Path,
        model: str,
    ) -> None:
        sim = start_sim("drop-midstream,after=3")
        use_sim(sim)
        done = run_here("stream", "-n", "-m", model, "--fallback", "sim", "sim:echo a b c d e f")
        assert (done.code, done.out) == (9, "a b c\n")
        assert len(sim.entries()) == 1
        [row] = ledger_rows(state_dir)
        assert (row["status"], row["cost_basis"], row["stop_reason"]) == ("truncated", "estimated", "incomplete")

    def test_a_fallback_answers_if_nothing_was_shown_yet(
        self,
        run_here: RunLlmcli,
        start_sim: StartSim,  # noqa: F811
        use_sim: UseSim,  # noqa: F811
    ) -> None:
        use_sim(start_sim("529,retry-after=0"))
        done = run_here(*CLAUDE, "--retries", "0", "--fallback", "sim", "--json", "sim:echo there")
        _, result = events(done.out)
        assert (done.code, result["provider"], result["text"]) == (0, "sim", "there")

    def test_first_token_timeout_bounds_the_wait_for_the_first_token(
        self,
        run_here: RunLlmcli,
        start_sim: StartSim,  # noqa: F811
        use_sim: UseSim,  # noqa: F811
    ) -> None:
        sim = start_sim("hang")
        use_sim(sim)
        done = run_here(*CLAUDE, "--first-token-timeout", "100ms", "--retries", "1", "--json", "hi")
        before, result = events(done.out)
        assert done.code == 6
        assert [event["type"] for event in before] == ["start", "retry"]
        assert "no first token from anthropic within 0.1 s" in result["error"]["message"]
        assert len(sim.entries(2)) == 2

    def test_first_token_timeout_does_not_bound_what_comes_later(
        self,
        run_here: RunLlmcli,
        start_sim: StartSim,  # noqa: F811
        use_sim: UseSim,  # noqa: F811
    ) -> None:
        use_sim(start_sim(tokens_per_second=2))
        done = run_here(*CLAUDE, "--first-token-timeout", "400ms", "--retries", "0", "sim:echo one two three")
        assert (done.code, done.out) == (0, "one two three\n")

    @VENDORS
    def test_idle_timeout_ends_an_answer_that_stands_still(
        self,
        run_here: RunLlmcli,
        start_sim: StartSim,  # noqa: F811
        use_sim: UseSim,  # noqa: F811
        model: str,
    ) -> None:
        """What arrived is printed, once: it is not tried again."""
        sim = start_sim("hang-midbody,after=3")
        use_sim(sim)
        done = run_here("stream", "-n", "-m", model, "--idle-timeout", "200ms", "sim:echo a b c d e")
        assert (done.code, done.out) == (6, "a b c\n")
        assert "for 0.2 s" in done.err
        assert len(sim.entries()) == 1


def test_json_lines_are_whole_lines_whatever_is_in_the_answer(run_here: RunLlmcli, isolated: Path) -> None:
    """Line separators of Unicode would break readers that split on them."""
    done = run_here(*SIM, "--json", "sim:echo a\u2028b\u2029c\x85d\ne")
    assert [json.loads(line)["type"] for line in done.out.split("\n")[:-1]][-1] == "result"
    assert "\u2028" not in done.out
