"""Responses and Chat Completions give the same for the same request; `api` chooses between them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmcli.errors import ExitCode

from ..contract.bench import Bench, check_stderr, result_of
from ..contract.servers import serving
from ..contract.vendors import LOCAL, OPENAI, Vendor
from ..helpers import Completed, RunLlmcli
from .servers import Listener
from .toolbox import CALL, tool_file

APIS = ("chat", "responses")
PATHS = {"chat": "/v1/chat/completions", "responses": "/v1/responses"}


def by_both(bench: Bench, root: str, command: str, prompt: str, *flags: str) -> list[Completed]:
    """The same command through either API of the same provider."""
    done = []
    for api in APIS:
        bench.point(OPENAI, root, f'api = "{api}"\n')
        done.append(bench.run(command, OPENAI, prompt, *flags))
    return done


def same_in_both(results: list[dict[str, Any]], *names: str) -> None:
    first, second = results
    assert {name: first[name] for name in names} == {name: second[name] for name in names}


@pytest.mark.parametrize("which", [OPENAI, LOCAL], ids=lambda vendor: vendor.name)
@pytest.mark.parametrize("api", APIS)
def test_api_overrides_what_the_address_says(bench: Bench, tap: Listener, which: Vendor, api: str) -> None:
    """What the address alone leads to is in the snapshots: Responses at OpenAI itself, and nowhere else."""
    if which is LOCAL:
        which = Vendor(LOCAL.name, "local/gpt-6-luna", LOCAL.key_variable, "/v1")
    bench.point(which, tap.root, f'api = "{api}"\n')
    done = bench.run("ask", which, "sim:echo yes")
    if which.name == "local" and api == "chat":
        assert done.code == ExitCode.REJECTED  # the old name of max_tokens, which OpenAI's newer models refuse
    else:
        check_stderr(done, ExitCode.OK)
    assert [request.path for request in tap.asked] == [PATHS[api]]


@pytest.mark.parametrize("address", ["https://api.openai.com/v1", "https://eu.api.openai.com/v1"])
def test_openai_itself_is_called_through_responses(run_here: RunLlmcli, address: str) -> None:
    done = run_here("ask", "-m", "gpt-6-luna", "--base-url", address, "--print-request", "json", "x")
    assert done.json["url"] == f"{address}/responses"


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/v1", "https://api.openai.com.example.org/v1"])
def test_others_are_called_through_chat_completions(run_here: RunLlmcli, address: str) -> None:
    done = run_here("ask", "-m", "gpt-6-luna", "--base-url", address, "--print-request", "json", "x")
    assert done.json["url"] == f"{address}/chat/completions"


def test_same_answer_and_usage(bench: Bench, tap: Listener, command: str) -> None:
    """Text, stop reason, output tokens, cost's basis: all but the way is the same."""
    done = by_both(bench, tap.root, command, "sim:echo Grüße, 漢字", "--json", "-s", "Be brief.")
    results = [result_of(command, each) for each in done]
    names = ("ok", "text", "stop_reason", "truncated", "provider", "model", "model_resolved", "tool_calls", "error")
    same_in_both(results, *names)
    assert results[0]["text"] == "Grüße, 漢字"
    assert results[0]["usage"]["output_tokens"] == results[1]["usage"]["output_tokens"]
    assert [result["usage"]["input_tokens"] > 0 for result in results] == [True, True]
    assert [result["cost"]["basis"] for result in results] == ["measured", "measured"]


@pytest.mark.parametrize(
    ("prompt", "flags", "code"),
    [
        ("sim:tokens=90", ("--max-tokens", "20"), ExitCode.TRUNCATED),
        ("sim:stop=refusal", (), ExitCode.REFUSED),
        ("x", ("--option", "colour=red"), ExitCode.REJECTED),
    ],
    ids=["token limit", "refusal", "unknown parameter"],
)
def test_same_verdict(
    bench: Bench, tap: Listener, command: str, prompt: str, flags: tuple[str, ...], code: ExitCode
) -> None:
    """What is no complete answer is none either way, for the same reason."""
    done = by_both(bench, tap.root, command, prompt, *flags, "--json")
    assert [each.code for each in done] == [code, code]
    results = [result_of(command, each) for each in done]
    same_in_both(results, "stop_reason", "truncated", "text")
    assert results[0]["error"]["class"] == results[1]["error"]["class"]


def test_unknown_model(bench: Bench, tap: Listener, command: str) -> None:
    unknown = Vendor("openai", "gpt-0-nothing", OPENAI.key_variable, "/v1")
    for api in APIS:
        bench.point(OPENAI, tap.root, f'api = "{api}"\n')
        line = check_stderr(bench.run(command, unknown, "x"), ExitCode.REJECTED)
        assert "gpt-0-nothing" in line


def test_same_events(bench: Bench, tap: Listener) -> None:
    """`stream --json`: start, deltas that add up, one result."""
    done = by_both(bench, tap.root, "stream", "sim:tokens=12", "--json")
    kinds, texts = [], []
    for each in done:
        events = [json.loads(line) for line in each.out.splitlines()]
        kinds.append(list(dict.fromkeys(event["type"] for event in events)))
        texts.append("".join(event["text"] for event in events if event["type"] == "delta"))
    assert kinds[0] == kinds[1] == ["start", "delta", "result"]
    assert texts[0] == texts[1] != ""


def test_same_tool_calls(bench: Bench, tap: Listener, command: str) -> None:
    flags = ("--tool", tool_file(bench.work, None), "--effort", "none", "--json")
    results = [result_of(command, done) for done in by_both(bench, tap.root, command, CALL, *flags)]
    calls = [[(call["name"], call["arguments"]) for call in result["tool_calls"]] for result in results]
    assert calls[0] == calls[1] == [("weather", {"city": "Oslo"})]
    same_in_both(results, "stop_reason", "ok")


def test_rejected_key(bench: Bench, tmp_path: Path, command: str) -> None:
    """Exit 4 with either."""
    folder = tmp_path / "strict"
    folder.mkdir()
    with serving(folder, "--api-key", "the-only-right-one") as running:
        done = by_both(bench, running.root, command, "x")
    assert [each.code for each in done] == [ExitCode.AUTH, ExitCode.AUTH]


def test_nothing_is_stored(bench: Bench, tap: Listener, command: str) -> None:
    """The history is ours: OpenAI is told not to keep the answer."""
    bench.point(OPENAI, tap.root, 'api = "responses"\n')
    check_stderr(bench.run(command, OPENAI, "sim:echo yes"), ExitCode.OK)
    assert tap.bodies[0]["store"] is False
