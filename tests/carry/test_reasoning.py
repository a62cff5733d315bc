"""Effort and budgets as each model takes them; reasoning is counted, and never on stdout in text mode."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmcli.errors import ExitCode

from ..contract.answers import event, head_events, sse_answer, tail_events, whole_of
from ..contract.bench import Bench, check_stderr, result_of
from ..contract.servers import http_answer
from ..contract.vendors import ANTHROPIC, LOCAL, OPENAI, RESPONSES, Vendor
from .servers import Listener, scripted

# An answer of which the reasoning is known: filler, as `sim:tokens` is.
THOUGHT = "The quick brown fox"
PROMPT = "sim:think=9 sim:echo 42"
OLDER = Vendor("anthropic", "claude-haiku-4-5", ANTHROPIC.key_variable, "")
TELLING = pytest.mark.parametrize("which", [ANTHROPIC, RESPONSES], ids=lambda vendor: vendor.name)
REASONING = pytest.mark.parametrize("which", [ANTHROPIC, OPENAI, RESPONSES], ids=lambda vendor: vendor.name)
COMMANDS = pytest.mark.parametrize("how", ["ask", "stream", "chat"])


@TELLING
@COMMANDS
def test_shown_on_stderr_only_if_asked_for(bench: Bench, tap: Listener, which: Vendor, how: str) -> None:
    """stdout has the answer alone, with and without `--show-reasoning`."""
    done = bench.run(how, which, PROMPT, "--effort", "high", "--show-reasoning")
    assert (done.code, done.out) == (ExitCode.OK, "42\n")
    assert THOUGHT in done.err
    done = bench.run(how, which, PROMPT, "--effort", "high")
    check_stderr(done, ExitCode.OK)
    assert done.out == "42\n"


@TELLING
def test_envelope_has_it(bench: Bench, tap: Listener, command: str, which: Vendor) -> None:
    """Text and reasoning apart, and the tokens that it took."""
    done = bench.run(command, which, PROMPT, "--effort", "high", "--show-reasoning", "--json")
    result = result_of(command, done)
    assert result["text"] == "42"
    assert result["reasoning"].startswith(THOUGHT)
    assert result["usage"]["reasoning_tokens"] == 9


@TELLING
def test_stream_tells_it_apart(bench: Bench, tap: Listener, which: Vendor) -> None:
    """`stream --json` has `reasoning` events, which come before the text."""
    done = bench.run("stream", which, PROMPT, "--effort", "high", "--show-reasoning", "--json")
    events = [json.loads(line) for line in done.out.splitlines()]
    kinds = [each["type"] for each in events if each["type"] in ("delta", "reasoning")]
    assert kinds == sorted(kinds, reverse=True)
    thought = "".join(each["text"] for each in events if each["type"] == "reasoning")
    assert thought == events[-1]["reasoning"]
    assert "".join(each["text"] for each in events if each["type"] == "delta") == "42"


@REASONING
def test_reasoning_tokens_are_recorded(bench: Bench, tap: Listener, command: str, which: Vendor) -> None:
    """Also where the API keeps the reasoning to itself, as Chat Completions does."""
    done = bench.run(command, which, PROMPT, "--effort", "high", "--json")
    assert result_of(command, done)["usage"]["reasoning_tokens"] == 9
    assert [row["reasoning_tokens"] for row in bench.rows()] == [9]


@pytest.mark.parametrize("effort", ["none", "low", "medium", "high", "xhigh", "max"])
@REASONING
def test_effort_as_the_api_names_it(bench: Bench, tap: Listener, which: Vendor, effort: str) -> None:
    """The simulator is as strict as the real APIs about what each model takes."""
    check_stderr(bench.run("ask", which, "sim:echo 42", "--effort", effort), ExitCode.OK)
    [body] = tap.bodies
    if which is OPENAI:
        assert body["reasoning_effort"] == effort
    elif which is RESPONSES:
        assert body["reasoning"] == {"effort": effort}
    else:
        assert body.get("output_config") == (None if effort == "none" else {"effort": effort})
        assert body["thinking"]["type"] == ("disabled" if effort == "none" else "adaptive")


def test_effort_of_an_older_claude_is_a_budget(bench: Bench, tap: Listener) -> None:
    check_stderr(bench.run("ask", OLDER, "sim:echo 42", "--effort", "medium", "--max-tokens", "9000"), ExitCode.OK)
    assert tap.bodies[0]["thinking"] == {"type": "enabled", "budget_tokens": 8192}
    assert "output_config" not in tap.bodies[0]


@pytest.mark.parametrize("budget", [1024, 4095])
def test_budget_within_its_bounds(bench: Bench, tap: Listener, command: str, budget: int) -> None:
    """From 1,024 to one less than max_tokens, which is 4,096."""
    check_stderr(bench.run(command, OLDER, "sim:echo 42", "--thinking-budget", str(budget)), ExitCode.OK)
    assert tap.bodies[0]["thinking"]["budget_tokens"] == budget


REFUSED: dict[str, tuple[Vendor, tuple[str, ...], str]] = {
    "budget too small": (OLDER, ("--thinking-budget", "1023"), "1023"),
    "budget of max_tokens": (OLDER, ("--thinking-budget", "4096"), "4096"),
    "no room for a budget": (OLDER, ("--effort", "low", "--max-tokens", "1024"), "--max-tokens"),
    "budget of a newer model": (ANTHROPIC, ("--thinking-budget", "2000"), "claude-haiku-5-5"),
    "budget at openai": (OPENAI, ("--thinking-budget", "2000"), "--effort"),
    "budget at responses": (RESPONSES, ("--thinking-budget", "2000"), "--effort"),
    "effort minimal": (ANTHROPIC, ("--effort", "minimal"), "minimal"),
    "temperature and budget": (OLDER, ("--thinking-budget", "2000", "--temperature", "0.5"), "temperature"),
    "temperature and effort": (ANTHROPIC, ("--effort", "high", "--temperature", "0.5"), "temperature"),
    "top_k and effort": (ANTHROPIC, ("--effort", "high", "--top-k", "5"), "top_k"),
    "low top_p and effort": (ANTHROPIC, ("--effort", "high", "--top-p", "0.5"), "top_p"),
    "temperature at openai": (OPENAI, ("--effort", "high", "--temperature", "0.5"), "temperature"),
    "temperature at responses": (RESPONSES, ("--effort", "high", "--temperature", "0.5"), "temperature"),
}


@COMMANDS
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_refused_before_sending(
    bench: Bench, tap: Listener, how: str, case: tuple[Vendor, tuple[str, ...], str]
) -> None:
    """What the API is known to refuse is exit 2, named, with nothing sent or recorded."""
    which, flags, named = case
    assert named in check_stderr(bench.run(how, which, "x", *flags), ExitCode.USAGE)
    assert tap.received == []
    assert bench.rows() == []


def test_temperature_without_thinking_is_fine(bench: Bench, tap: Listener, command: str) -> None:
    flags = ("--temperature", "0.5", "--effort", "none")
    check_stderr(bench.run(command, OLDER, "sim:echo 42", *flags), ExitCode.OK)
    assert tap.bodies[0]["temperature"] == 0.5


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_local_servers_tell_their_reasoning(bench: Bench, command: str, field: str) -> None:
    """Two names are in use among servers that imitate OpenAI."""
    with scripted([_local_answer(command, field)]) as server:
        bench.point(LOCAL, server.root)
        done = bench.run(command, LOCAL, "x", "--show-reasoning")
    assert (done.code, done.out, done.err.strip()) == (ExitCode.OK, "42\n", "hmm")


def _local_answer(command: str, field: str) -> bytes:
    if command == "ask":
        whole: dict[str, Any] = whole_of(LOCAL, "42")
        whole["choices"][0]["message"][field] = "hmm"
        return http_answer(200, whole)
    head, *_ = head_events(LOCAL, [""])
    thought = json.loads(head.removeprefix(b"data: "))
    thought["choices"][0]["delta"] = {field: "hmm"}
    return sse_answer([event(thought), *head_events(LOCAL, ["42"]), *tail_events(LOCAL)])
