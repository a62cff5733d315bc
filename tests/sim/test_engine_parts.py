"""The engine in this process: tools, reasoning and JSON without any wire."""

from __future__ import annotations

import json
from typing import Any

from llmcli.messages import Message, Request, StopReason, TextPart, Tool, ToolCallPart, ToolResultPart
from llmcli.sim.engine import Generation, Terms, answer

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOLS = (Tool("get_weather", "How it will be", SCHEMA), Tool("clock", "", {"type": "object", "properties": {}}))


def request(prompt: str, max_tokens: int = 1000, **more: Any) -> Request:
    return Request("sim", (Message.of("user", prompt),), max_tokens, **more)


def test_calls_are_parts_of_the_reply() -> None:
    """An ordered call is a part with an id of its own and arguments that fit, and the reason is TOOL_USE."""
    reply = answer(request('sim:call=clock sim:call=get_weather{"city": "Rome"} sim:call=get_weather', tools=TOOLS))
    assert [(call.name, call.arguments) for call in reply.tool_calls] == [
        ("clock", {}),
        ("get_weather", {"city": "Rome"}),
        ("get_weather", {"city": "sim city"}),
    ]
    assert len({call.id for call in reply.tool_calls}) == 3
    assert (reply.text, reply.stop_reason) == ("", StopReason.TOOL_USE)
    assert (reply.usage.output_tokens or 0) > 3


def test_arguments_that_are_no_json_are_no_order() -> None:
    """Cut JSON, constants that JSON has not, halves of characters, endless depth: named, and not called."""
    for written in ('{"a": ', '{"a": NaN}', '{"a": "\\ud800"}', '{"a":' * 100_000):
        reply = answer(request(f"sim:call=clock{written}", tools=TOOLS))
        assert not reply.tool_calls
        assert "not understood" in reply.text


def test_a_conversation_with_results_ends_in_text() -> None:
    """The reply goes back as it is, its results are quoted, and no call is made twice."""
    first = request("sim:call=clock sim:echo a moment", tools=TOOLS)
    reply = answer(first)
    assert reply.text == "a moment"
    [call] = reply.tool_calls
    result = Message("user", (ToolResultPart(call.id, "broken", is_error=True),))
    second = answer(Request("sim", (*first.messages, reply.as_message(), result), 1000, tools=TOOLS))
    assert not second.tool_calls
    assert 'error of clock: "broken"' in second.text
    assert second.stop_reason is StopReason.END_TURN


def test_a_new_order_after_results_is_carried_out() -> None:
    """A text along with the results is a new prompt."""
    messages = (
        Message.of("user", "sim:call=clock"),
        Message("assistant", (ToolCallPart("c1", "clock", {}),)),
        Message("user", (ToolResultPart("c1", "noon"), TextPart("sim:call=get_weather"))),
    )
    [call] = answer(Request("sim", messages, 1000, tools=TOOLS)).tool_calls
    assert call.name == "get_weather"


def test_choices() -> None:
    """`any` and a name force a call, `none` prevents it."""
    assert [call.name for call in answer(request("hi", tools=TOOLS, tool_choice="any")).tool_calls] == ["get_weather"]
    assert [call.name for call in answer(request("hi", tools=TOOLS, tool_choice="clock")).tool_calls] == ["clock"]
    assert not answer(request("sim:call=clock", tools=TOOLS, tool_choice="none")).tool_calls


def test_a_cut_call_is_no_part() -> None:
    """Half a call is of no use to anybody: the reason says why it is not there."""
    reply = answer(request("sim:call=get_weather", 2, tools=TOOLS))
    assert (reply.tool_calls, reply.stop_reason) == ((), StopReason.MAX_TOKENS)


def test_reasoning_is_apart_from_the_text() -> None:
    """Ordered reasoning is exact, counts as output, and is never part of the text."""
    reply = answer(request("sim:think=5 sim:tokens=3"))
    assert reply.reasoning == "The quick brown fox jumps"
    assert reply.text == "The quick brown"
    assert (reply.usage.output_tokens, reply.usage.reasoning_tokens) == (8, 5)


def test_effort_and_budget() -> None:
    """From medium effort on it reasons by itself, never at `none`, and never beyond its budget."""
    assert answer(request("hi", effort="high")).reasoning
    assert not answer(request("hi", effort="low")).reasoning
    assert not answer(request("hi")).reasoning
    assert not answer(request("sim:think=5", effort="none")).reasoning
    assert answer(request("sim:think=5000", thinking_budget=1024)).usage.reasoning_tokens == 1000
    assert answer(request("sim:think=5000 sim:tokens=0", 9000, thinking_budget=1024)).usage.reasoning_tokens == 1024


def test_stop_sequences_are_for_the_text() -> None:
    """Neither reasoning nor arguments are stopped by them; a stopped text makes no call."""
    reply = answer(request("sim:think=5 sim:echo one two", stop=("quick", "two")))
    assert (reply.reasoning, reply.text) == ("The quick brown fox jumps", "one ")
    stopped = answer(request("sim:call=clock sim:echo one two", stop=("two",), tools=TOOLS))
    assert (stopped.tool_calls, stopped.stop_reason) == ((), StopReason.STOP_SEQUENCE)


def test_json_object() -> None:
    """The answer is an object with the text in it, or the object that was ordered."""
    assert json.loads(answer(request("hi", json_object=True)).text)["answer"].startswith("sim: 1 message")
    assert answer(request('sim:echo {"a": 1}', json_object=True)).text == '{"a": 1}'
    assert json.loads(answer(request("sim:echo [1]", json_object=True)).text) == {"answer": "[1]"}


def test_pieces_are_the_whole_answer_in_order() -> None:
    """Reasoning, text and calls, one token each; joined they are what the reply holds."""
    generation = Generation(request("sim:think=2 sim:call=get_weather sim:echo a b", tools=TOOLS))
    pieces = list(generation.pieces())
    assert [piece.kind for piece in pieces] == ["reasoning"] * 2 + ["text"] * 2 + ["call"] * (len(pieces) - 4)
    assert len(pieces) == generation.output_tokens
    [arguments] = generation.arguments
    assert json.loads(arguments) == {"city": "sim city"}


def test_terms_can_forbid_reasoning_and_parallel_calls() -> None:
    """What an API says of a call goes before what the prompt orders."""
    ordered = request("sim:think=5 sim:call=clock sim:call=get_weather", tools=TOOLS)
    generation = Generation(ordered, Terms(reasons=False, parallel=False))
    assert {piece.kind for piece in generation.pieces()} == {"call"}
    assert len(generation.tool_calls) == 1


def test_the_same_request_is_always_answered_the_same() -> None:
    """With calls, too, ids included."""
    ordered = request("sim:think=5 sim:call=clock sim:call=get_weather", tools=TOOLS)
    assert answer(ordered) == answer(ordered)
