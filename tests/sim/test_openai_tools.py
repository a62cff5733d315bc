"""Functions in OpenAI's two APIs: calls that are ordered or forced, streamed, cut, and answered."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .helpers import Sim, chat, respond, run

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer", "minimum": 2}},
    "required": ["city", "days"],
}


def functions(api: str, *names: str, **more: Any) -> list[dict[str, Any]]:
    """Definitions in the API's shape."""
    made = [{"name": name, "parameters": SCHEMA, **more} for name in names or ("get_weather", "clock")]
    if api == CHAT:
        return [{"type": "function", "function": function} for function in made]
    return [{"type": "function", **function} for function in made]


def send(sim: Sim, api: str, prompt: str = "hello", **more: Any) -> Any:
    body = chat(prompt) if api == CHAT else respond(prompt)
    return sim.send(api, {**body, "tools": functions(api), **more})


def calls_of(api: str, answer: Any) -> list[tuple[str, str]]:
    assert answer.status == 200, answer.body
    if api == CHAT:
        calls = answer.json["choices"][0]["message"].get("tool_calls", ())
        return [(call["function"]["name"], call["function"]["arguments"]) for call in calls]
    return [(item["name"], item["arguments"]) for item in answer.json["output"] if item["type"] == "function_call"]


ORDERS = 'sim:call=get_weather{"city": "New York", "days": 3} and sim:call=get_weather'


def test_sdk_goes_all_the_way_round_in_chat(sim: Sim) -> None:
    """Calls are made, answered by tool messages, and quoted; streamed they are the same."""

    async def work() -> tuple[Any, Any, Any]:
        async with sim.openai() as client:
            messages: list[Any] = [{"role": "user", "content": ORDERS}]
            tools: Any = functions(CHAT)
            first = await client.chat.completions.create(model="gpt-4o", messages=messages, tools=tools)
            async with client.chat.completions.stream(model="gpt-4o", messages=messages, tools=tools) as stream:
                streamed = await stream.get_final_completion()
            message = first.choices[0].message
            messages.append(message.model_dump(exclude_none=True))
            for call in message.tool_calls or ():
                messages.append({"role": "tool", "tool_call_id": call.id, "content": f"for {call.id}"})
            second = await client.chat.completions.create(model="gpt-4o", messages=messages, tools=tools)
            return first, streamed, second

    first, streamed, second = run(work())
    for completion in (first, streamed):
        [choice] = completion.choices
        assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
        assert [call.function.arguments for call in choice.message.tool_calls] == [
            '{"city":"New York","days":3}',
            '{"city":"sim city","days":2}',
        ]
        assert len({call.id for call in choice.message.tool_calls}) == 2
    for call in first.choices[0].message.tool_calls:
        assert f'result of get_weather: "for {call.id}"' in second.choices[0].message.content
    assert second.choices[0].finish_reason == "stop"


def test_sdk_goes_all_the_way_round_in_responses(sim: Sim) -> None:
    """Calls are items, answered by items, and quoted; streamed they are the same."""

    async def work() -> tuple[Any, Any, Any]:
        async with sim.openai() as client:
            items: list[Any] = [{"role": "user", "content": ORDERS}]
            tools: Any = functions(RESPONSES, strict=False)
            first = await client.responses.create(model="gpt-6-luna", input=items, tools=tools)
            async with client.responses.stream(model="gpt-6-luna", input=items, tools=tools) as stream:
                streamed = await stream.get_final_response()
            items += first.output
            for item in first.output:
                if item.type == "function_call":
                    items.append({"type": "function_call_output", "call_id": item.call_id, "output": item.call_id})
            return first, streamed, await client.responses.create(model="gpt-6-luna", input=items, tools=tools)

    first, streamed, second = run(work())
    for response in (first, streamed):
        assert [item.type for item in response.output] == ["function_call", "function_call"]
        assert json.loads(response.output[0].arguments) == {"city": "New York", "days": 3}
        assert response.output[0].id.startswith("fc_")
        assert response.status == "completed"
    for item in first.output:
        assert f'result of get_weather: "{item.call_id}"' in second.output_text


def test_chunks_of_a_call(sim: Sim) -> None:
    """The first chunk has no content, a call's first one its name and id, the rest its arguments."""
    lines = send(sim, CHAT, "sim:call=clock{}", stream=True).body.decode().strip().split("\n\n")
    deltas = [json.loads(line.removeprefix("data: "))["choices"][0]["delta"] for line in lines[:-1]]
    assert deltas[0] == {"role": "assistant", "content": None, "refusal": None}
    [start] = deltas[1]["tool_calls"]
    assert (start["index"], start["type"], start["function"]) == (0, "function", {"name": "clock", "arguments": ""})
    assert start["id"].startswith("call_")
    assert deltas[2] == {"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}


def test_events_of_a_call(sim: Sim) -> None:
    """An item for each call, its arguments in deltas, then whole; numbers without gaps."""
    body = send(sim, RESPONSES, "sim:call=clock{} sim:echo well", stream=True).body.decode()
    events = [json.loads(block.split("data: ")[1]) for block in body.strip().split("\n\n")]
    kinds = [event["type"].removeprefix("response.") for event in events]
    assert kinds[-6:] == [
        "output_item.done",
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "completed",
    ]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    assert [item["type"] for item in events[-1]["response"]["output"]] == ["message", "function_call"]
    assert events[-3]["arguments"] == "{}"
    assert events[-2]["item"] == events[-1]["response"]["output"][1]
    assert {event["output_index"] for event in events if "arguments" in event["type"]} == {1}


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_choices(sim: Sim, api: str) -> None:
    """Required and named tools are called unasked; none is not called; allowed ones are all there are."""
    named: Any = {"type": "function", "name": "clock"}
    allowed: Any = {"type": "allowed_tools", "mode": "required", "tools": [named]}
    if api == CHAT:
        named = {"type": "function", "function": {"name": "clock"}}
        allowed = {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [named]}}
    for choice, prompt, names in (
        ("required", "hello", ["get_weather"]),
        ("required", "sim:call=clock", ["clock"]),
        (named, "hello", ["clock"]),
        (allowed, "hello", ["clock"]),
        ("auto", "hello", []),
        ("none", "sim:call=clock", []),
    ):
        answer = send(sim, api, prompt, tool_choice=choice)
        assert [call[0] for call in calls_of(api, answer)] == names


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize("arguments", ["{", "[]", "[" * 100_000], ids=["cut", "list", "deep"])
def test_arguments_that_come_back_need_not_be_any(sim: Sim, api: str, arguments: str) -> None:
    """As with the vendor: they are text to it."""
    call = {"name": "clock", "arguments": arguments}
    if api == CHAT:
        turn = {"role": "assistant", "tool_calls": [{"id": "c", "type": "function", "function": call}]}
        answer = sim.send(
            CHAT, chat(messages=[*chat()["messages"], turn, {"role": "tool", "tool_call_id": "c", "content": "x"}])
        )
    else:
        result = {"type": "function_call_output", "call_id": "c", "output": "x"}
        items = [{"role": "user", "content": "hi"}, {"type": "function_call", "call_id": "c", **call}, result]
        answer = sim.send(RESPONSES, respond() | {"input": items})
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_one_call_at_a_time(sim: Sim, api: str) -> None:
    """parallel_tool_calls=false makes one call an answer."""
    answer = send(sim, api, "sim:call=clock sim:call=get_weather", parallel_tool_calls=False)
    assert [call[0] for call in calls_of(api, answer)] == ["clock"]


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_a_cut_call_is_incomplete(sim: Sim, api: str) -> None:
    """Arguments end where the tokens end, and the reason says so."""
    limit = {"max_tokens": 3} if api == CHAT else {"max_output_tokens": 16}
    long = "sim:call=clock" + json.dumps({"text": "word " * 30})
    answer = send(sim, api, long, **limit)
    [(_, arguments)] = calls_of(api, answer)
    with pytest.raises(ValueError, match="Unterminated"):
        json.loads(arguments)
    if api == CHAT:
        assert answer.json["choices"][0]["finish_reason"] == "length"
    else:
        assert (answer.json["status"], answer.json["output"][0]["status"]) == ("incomplete", "incomplete")
