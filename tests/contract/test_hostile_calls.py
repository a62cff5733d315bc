"""Tool calls that cannot be read: an answer without them is not complete, and nothing is called by guess."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pytest

from llmcli.errors import ExitCode

from .answers import event, head_events, sse_answer, tail_events, whole_of
from .bench import Bench, check_stderr, result_of
from .servers import RawServer, http_answer
from .vendors import ANTHROPIC, RESPONSES, Vendor

# What stands for a call's arguments.
DEEP = '{"a":' * 200 + "1" + "}" * 200
UNREADABLE = (
    *('{"city": ', "Oslo", '["Oslo"]', "[" * 20_000, '{"n": ' + "9" * 5000 + "}", '{"n": NaN}', '{"n": 1e999}'),
    *('{"city": "\\ud800"}', DEEP),
)


TOOL: dict[str, object] = {"name": "weather", "description": "Today's weather", "input_schema": {"type": "object"}}


@pytest.fixture
def tool(bench: Bench) -> str:
    """A tool that is not run here, so that its call is what the answer comes to."""
    file = bench.work / "weather.json"
    file.write_text(json.dumps(TOOL))
    return str(file)


def called(vendor: Vendor, arguments: object) -> dict[str, Any]:
    """A whole answer with text and a call; Anthropic's has its arguments as JSON amid the JSON."""
    good = whole_of(vendor, "hi", stop="tool_use" if vendor is ANTHROPIC else None)
    if vendor is ANTHROPIC:
        block = {"type": "tool_use", "id": "t1", "name": "weather", "input": arguments}
        return good | {"content": [*good["content"], block]}
    if vendor is RESPONSES:
        item = {"type": "function_call", "call_id": "t1", "name": "weather", "arguments": arguments}
        return good | {"output": [*good["output"], item]}
    call = {"id": "t1", "type": "function", "function": {"name": "weather", "arguments": arguments}}
    message = good["choices"][0]["message"] | {"tool_calls": [call]}
    return good | {"choices": [{"index": 0, "message": message, "finish_reason": "tool_calls"}]}


def calling(vendor: Vendor, arguments: str) -> Sequence[bytes]:
    """The same as events."""
    if vendor is RESPONSES:
        return [
            *head_events(vendor, ["hi"]),
            event({"type": "response.completed", "response": called(vendor, arguments)}),
        ]
    if vendor is ANTHROPIC:
        block = {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}
        piece = {"type": "input_json_delta", "partial_json": arguments}
        return [
            *head_events(vendor, ["hi"]),
            event({"type": "content_block_start", "index": 1, "content_block": block}),
            event({"type": "content_block_delta", "index": 1, "delta": piece}),
            *tail_events(vendor, stop="tool_use"),
        ]
    call = {"index": 0, "id": "t1", "function": {"name": "weather", "arguments": arguments}}
    delta = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}, "finish_reason": None}]}
    return [*head_events(vendor, ["hi"]), event(delta), *tail_events(vendor, stop="tool_calls")]


def test_a_call_that_cannot_be_read(bench: Bench, vendor: Vendor, command: str, tool: str) -> None:
    """Exit 9 with the text that did arrive: a script that waits for a call must not take it for a success."""
    for arguments in UNREADABLE:
        answer = http_answer(200, called(vendor, arguments))
        if command == "stream":
            answer = sse_answer(calling(vendor, arguments))
        with RawServer(answer) as server:
            bench.point(vendor, server.root)
            done = bench.run(command, vendor, "hello", "--json", "--tool", tool)
        check_stderr(done, ExitCode.TRUNCATED)
        result = result_of(command, done)
        assert (result["text"], result["tool_calls"], result["stop_reason"]) == ("hi", None, "incomplete")


@pytest.mark.parametrize("arguments", ["", "{}", '{"city": "Oslo"}'])
def test_a_call_that_can_be_read(bench: Bench, vendor: Vendor, command: str, tool: str, arguments: str) -> None:
    """No arguments at all are an empty object."""
    as_json = json.loads(arguments or "{}")
    whole = called(vendor, as_json if vendor is ANTHROPIC else arguments)
    answer = sse_answer(calling(vendor, arguments)) if command == "stream" else http_answer(200, whole)
    with RawServer(answer) as server:
        bench.point(vendor, server.root)
        done = bench.run(command, vendor, "hello", "--json", "--tool", tool)
    check_stderr(done, ExitCode.OK)
    [call] = result_of(command, done)["tool_calls"]
    assert (call["name"], call["arguments"]) == ("weather", as_json)


def test_a_call_that_nobody_asked_for(bench: Bench, vendor: Vendor, command: str) -> None:
    """Without a tool there is nothing to run, and a next round would be paid for in vain: exit 10 after the first."""
    whole = called(vendor, {} if vendor is ANTHROPIC else "{}")
    with RawServer(sse_answer(calling(vendor, "{}")) if command == "stream" else http_answer(200, whole)) as server:
        bench.point(vendor, server.root)
        done = bench.run(command, vendor, "hello", "--json")
    assert '"weather"' in check_stderr(done, ExitCode.INVALID_OUTPUT)
    assert len(server.received) == 1
    assert [call["name"] for call in result_of(command, done)["tool_calls"]] == ["weather"]


@pytest.mark.parametrize("odd", [json.loads(DEEP), "\ud800"], ids=["deep", "surrogate"])
def test_a_session_outlasts_what_a_server_says_beside_the_text(bench: Bench, tool: str, odd: object) -> None:
    """Reasoning goes back to the API as it came: what no file can hold is left out, and the turn is kept."""
    call = {"type": "tool_use", "id": "t1", "name": "weather", "input": {}}
    thinking = {"type": "thinking", "thinking": "hm", "signature": "c2ln", "more": odd}
    answer = whole_of(ANTHROPIC, "hi", stop="tool_use") | {"content": [thinking, call]}
    with RawServer(http_answer(200, answer)) as server:
        bench.point(ANTHROPIC, server.root)
        asked = bench.run("chat", ANTHROPIC, "hello", "--session", "s", "--tool", tool)
        check_stderr(asked, ExitCode.OK)
        gone_on = bench.run_unchecked("chat", ANTHROPIC, "hello", "--session", "s")
        assert "the last turn waits for the results of t1" in check_stderr(gone_on, ExitCode.USAGE)


def test_reasoning_that_begins_with_something_else_than_text(bench: Bench) -> None:
    """What follows is put together all the same."""
    head, *pieces = head_events(ANTHROPIC, ["hi"])
    block = {"type": "thinking", "thinking": ["?"], "signature": None}
    thought = {"type": "thinking_delta", "thinking": "hm"}
    events = [
        head,
        event({"type": "content_block_start", "index": 7, "content_block": block}),
        event({"type": "content_block_delta", "index": 7, "delta": thought}),
        *pieces,
        *tail_events(ANTHROPIC),
    ]
    with RawServer(sse_answer(events)) as server:
        bench.point(ANTHROPIC, server.root)
        done = bench.run("stream", ANTHROPIC, "hello", "--json")
    check_stderr(done, ExitCode.OK)
    assert (result_of("stream", done)["text"], result_of("stream", done)["reasoning"]) == ("hi", "hm")
