"""Tools in Anthropic's Messages API: calls that are ordered or forced, streamed, cut, and answered."""

from __future__ import annotations

import json
from typing import Any

from .helpers import Sim, ask, run

PATH = "/v1/messages"
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 2}},
    "required": ["city", "days"],
}
WEATHER: dict[str, Any] = {"name": "get_weather", "description": "How it will be", "input_schema": SCHEMA}
CLOCK: dict[str, Any] = {"name": "clock", "input_schema": {"type": "object", "properties": {}}}
TOOLS = [WEATHER, CLOCK]
FORCING = "claude-haiku-5-5"
USE = {"type": "tool_use", "id": "toolu_1", "name": "clock", "input": {}}
RESULT = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "noon"}


def history(*turns: Any) -> list[dict[str, Any]]:
    """Turns of user and assistant, by turns."""
    return [{"role": ("user", "assistant")[number % 2], "content": turn} for number, turn in enumerate(turns)]


def calls_of(answer: Any) -> list[tuple[str, Any]]:
    assert answer.status == 200, answer.body
    return [(block["name"], block["input"]) for block in answer.json["content"] if block["type"] == "tool_use"]


def test_sdk_goes_all_the_way_round(sim: Sim) -> None:
    """A call is ordered, made, answered, and its result is in the next answer; errors are marked."""

    async def work() -> tuple[Any, Any]:
        async with sim.anthropic() as client:
            prompt: Any = {"model": "claude-haiku-5-5", "max_tokens": 500, "tools": TOOLS}
            messages: list[Any] = [
                {"role": "user", "content": 'sim:call=get_weather{"city": "New York", "days": 3} and sim:call=clock'}
            ]
            first = await client.messages.create(messages=messages, **prompt)
            results = [
                {"type": "tool_result", "tool_use_id": block.id, "content": f"of {block.name}", "is_error": at == 1}
                for at, block in enumerate(first.content)
                if block.type == "tool_use"
            ]
            messages += [first.to_param(), {"role": "user", "content": results}]
            return first, await client.messages.create(messages=messages, **prompt)

    first, second = run(work())
    assert first.stop_reason == "tool_use"
    assert [(block.name, block.input) for block in first.content] == [
        ("get_weather", {"city": "New York", "days": 3}),
        ("clock", {}),
    ]
    assert len({block.id for block in first.content}) == 2
    assert all(block.id.startswith("toolu_") for block in first.content)
    assert second.stop_reason == "end_turn"
    assert 'result of get_weather: "of get_weather"; error of clock: "of clock"' in second.content[0].text


def test_sdk_puts_a_streamed_call_together(sim: Sim) -> None:
    """Streamed arguments are those of the plain answer, after the text that was ordered too."""

    async def work() -> Any:
        async with (
            sim.anthropic() as client,
            client.messages.stream(
                model="claude-haiku-5-5",
                max_tokens=500,
                tools=TOOLS,  # type: ignore[arg-type]
                messages=[{"role": "user", "content": "sim:call=get_weather sim:call=clock sim:echo on it"}],
            ) as stream,
        ):
            return await stream.get_final_message()

    message = run(work())
    assert [block.type for block in message.content] == ["text", "tool_use", "tool_use"]
    assert message.content[0].text == "on it"
    assert message.content[1].input == {"city": "sim city", "days": 2}
    assert message.content[2].input == {}
    assert message.stop_reason == "tool_use"


def test_events_of_a_call(sim: Sim) -> None:
    """A call is a block of its own: its start has no input, deltas joined are the input's JSON."""
    answer = sim.send(PATH, ask("sim:call=clock", tools=TOOLS, stream=True))
    events = [json.loads(block.split("data: ")[1]) for block in answer.body.decode().strip().split("\n\n")]
    kinds = [event["type"] for event in events]
    assert kinds == [
        "message_start",
        "content_block_start",
        "ping",
        "content_block_delta",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert events[1]["content_block"]["input"] == {}
    assert events[1]["content_block"]["name"] == "clock"
    assert [event["delta"]["partial_json"] for event in events[3:5]] == ["", "{}"]
    assert events[-2]["delta"]["stop_reason"] == "tool_use"


def test_without_an_order_no_tool_is_called(sim: Sim) -> None:
    """Tools alone make no call; orders that cannot be carried out are named."""
    answer = sim.send(PATH, ask("hello", tools=TOOLS))
    assert calls_of(answer) == []
    text = sim.send(PATH, ask("sim:call=nope", tools=TOOLS)).json["content"][0]["text"]
    assert 'not called: "nope" is no tool' in text
    none = ask("sim:call=clock", tools=TOOLS, tool_choice={"type": "none"})
    assert "not called: calls are not allowed" in sim.send(PATH, none).json["content"][0]["text"]
    text = sim.send(PATH, ask('sim:call=clock{"a": ', tools=TOOLS)).json["content"][0]["text"]
    assert "not understood" in text


def test_forced_calls(sim: Sim) -> None:
    """`any` calls the first tool, a name calls that one, and an order chooses among them."""
    for choice, prompt, name in (
        ({"type": "any"}, "hello", "get_weather"),
        ({"type": "any"}, "sim:call=clock", "clock"),
        ({"type": "tool", "name": "clock"}, "hello", "clock"),
    ):
        answer = sim.send(PATH, ask(prompt, tools=TOOLS, tool_choice=choice, model=FORCING))
        assert [call[0] for call in calls_of(answer)] == [name]


def test_one_call_at_a_time(sim: Sim) -> None:
    """Without parallel calls each answer makes one, until all that were ordered are made."""
    body = ask("sim:call=clock sim:call=get_weather", tools=TOOLS)
    body["tool_choice"] = {"type": "auto", "disable_parallel_tool_use": True}
    for name in ("clock", "get_weather"):
        answer = sim.send(PATH, body)
        assert [call[0] for call in calls_of(answer)] == [name]
        content = answer.json["content"]
        results = [{"type": "tool_result", "tool_use_id": content[0]["id"], "content": "ok"}]
        body["messages"] += [{"role": "assistant", "content": content}, {"role": "user", "content": results}]
    assert sim.send(PATH, body).json["stop_reason"] == "end_turn"


def test_max_tokens_cuts_a_call(sim: Sim) -> None:
    """A call that did not fit is there without arguments, and the reason is max_tokens."""
    answer = sim.send(PATH, ask("sim:call=get_weather", tools=TOOLS, max_tokens=3)).json
    assert (answer["stop_reason"], answer["usage"]["output_tokens"]) == ("max_tokens", 3)
    assert answer["content"][0]["input"] == {}


def test_tools_and_calls_cost_input(sim: Sim) -> None:
    """Definitions, calls and results are part of the prompt, and counting agrees with the bill."""
    bare = sim.send(PATH, ask("hi")).json["usage"]["input_tokens"]
    with_tools = sim.send(PATH, ask("hi", tools=TOOLS)).json["usage"]["input_tokens"]
    body = ask(tools=TOOLS, messages=history("hi", [USE], [RESULT]))
    longer = sim.send(PATH, body).json["usage"]["input_tokens"]
    assert bare < with_tools < longer
    prompt = {key: value for key, value in body.items() if key != "max_tokens"}
    assert sim.send(f"{PATH}/count_tokens", prompt).json["input_tokens"] == longer
