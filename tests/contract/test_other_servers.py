"""What servers that imitate OpenAI say in their own way is understood all the same."""

from __future__ import annotations

import json
from typing import Any

import pytest

from llmcli.errors import ExitCode
from llmcli.providers.openai_chat_calls import CallingTurn, given_back

from ..carry.servers import scripted
from ..carry.toolbox import tool_file
from .answers import event, head_events, sse_answer, tail_events, whole_of
from .bench import Bench, check_stderr, result_of
from .servers import RawServer, http_answer
from .vendors import LOCAL

# Mistral's reasoning models answer with a list: what they thought, then what they say.
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": "hm"}, {"type": "text", "text": "m"}]}
CONTENT = [
    THOUGHT,
    {"type": "text", "text": "4"},
    {"type": "reference", "reference_ids": [1]},
    {"type": "text", "text": "2"},
]

TOOL: dict[str, object] = {"name": "weather", "description": "Today's weather", "input_schema": {"type": "object"}}


def chunk(**delta: object) -> bytes:
    """A piece of a streamed message."""
    [head] = head_events(LOCAL, [""])
    data: dict[str, Any] = json.loads(head.removeprefix(b"data: "))
    data["choices"][0]["delta"] = delta
    return event(data)


def test_text_in_a_list_of_parts(bench: Bench, command: str) -> None:
    if command == "stream":
        pieces = [chunk(content=[part]) for part in CONTENT]
        answer = sse_answer([*pieces, *tail_events(LOCAL)])
    else:
        whole = whole_of(LOCAL, "")
        whole["choices"][0]["message"]["content"] = CONTENT
        answer = http_answer(200, whole)
    with RawServer(answer) as server:
        bench.point(LOCAL, server.root)
        done = bench.run(command, LOCAL, "x", "--json")
    check_stderr(done, ExitCode.OK)
    result = result_of(command, done)
    assert (result["text"], result["reasoning"]) == ("42", "hmm")


def call(city: str, **more: object) -> dict[str, object]:
    return {"function": {"name": "weather", "arguments": json.dumps({"city": city})}, "type": "function", **more}


# Gemini's calls are whole, and the index of each is 0 or missing; older ones have no id either.
SEVERAL = {
    "no index": (call("Oslo", id="a"), call("Rome", id="b")),
    "index 0": (call("Oslo", id="a", index=0), call("Rome", id="b", index=0)),
    "no id": (call("Oslo", id=""), call("Rome", id="")),
}


@pytest.mark.parametrize("at_once", [True, False], ids=["one chunk", "two chunks"])
@pytest.mark.parametrize("name", SEVERAL)
def test_several_calls_that_are_not_numbered(bench: Bench, name: str, at_once: bool) -> None:
    """Each stays a call of its own."""
    first, second = SEVERAL[name]
    chunks = [chunk(tool_calls=[first, second])] if at_once else [chunk(tool_calls=[each]) for each in SEVERAL[name]]
    tool = bench.work / "weather.json"
    tool.write_text(json.dumps(TOOL))
    with RawServer(sse_answer([*chunks, *tail_events(LOCAL, stop="tool_calls")])) as server:
        bench.point(LOCAL, server.root)
        done = bench.run("stream", LOCAL, "x", "--json", "--tool", str(tool))
    check_stderr(done, ExitCode.OK)
    calls = result_of("stream", done)["tool_calls"]
    assert [(each["name"], each["arguments"]) for each in calls] == [
        ("weather", {"city": "Oslo"}),
        ("weather", {"city": "Rome"}),
    ]


def test_what_a_server_said_beside_a_call_goes_back_to_it(bench: Bench, command: str) -> None:
    """Gemini's signature of a call and DeepSeek's reasoning, without which they refuse the next round."""
    signed = call("Oslo", id="a", index=0, extra_content={"google": {"thought_signature": "c2ln"}})
    if command == "stream":
        pieces = [chunk(reasoning_content="h"), chunk(reasoning_content="m"), chunk(tool_calls=[signed])]
        answers = [
            sse_answer([*pieces, *tail_events(LOCAL, stop="stop")]),
            sse_answer([*head_events(LOCAL, ["rain"]), *tail_events(LOCAL)]),
        ]
    else:
        whole = whole_of(LOCAL, "")
        whole["choices"][0]["message"] |= {"reasoning_content": "hm", "tool_calls": [signed]}
        answers = [http_answer(200, whole), http_answer(200, whole_of(LOCAL, "rain"))]
    tool = tool_file(bench.work, "echo rain")
    with scripted(answers) as server:
        bench.point(LOCAL, server.root)
        done = bench.run(command, LOCAL, "x", "--json", "--tool", tool, "--yes")
    check_stderr(done, ExitCode.OK)
    assert result_of(command, done)["text"] == "rain"
    [_, turn, result] = server.bodies[1]["messages"]
    assert turn["reasoning_content"] == "hm"
    assert turn["tool_calls"][0]["extra_content"] == {"google": {"thought_signature": "c2ln"}}
    assert (result["role"], result["tool_call_id"]) == ("tool", "a")
    assert bench.rows()[0]["stop_reason"] == "tool_use"


def test_it_goes_to_no_other_server() -> None:
    """Another may refuse what it does not know."""
    turn = {"role": "assistant", "content": None, "tool_calls": [{"id": "a"}]}
    calling = CallingTurn("openai-chat/one")
    calling.add({"reasoning_content": "hm", "tool_calls": [call("Oslo", id="a")]})
    assert given_back(turn, calling.kept(), "openai-chat/one") == {**turn, "reasoning_content": "hm"}
    assert given_back(turn, calling.kept(), "openai-chat/two") == turn
    assert given_back(turn, calling.kept(), None) == turn
