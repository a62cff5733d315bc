"""OpenAI's Responses API as the simulator speaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .helpers import Sim, respond, run

PATH = "/v1/responses"


def events_of(body: bytes) -> list[dict[str, Any]]:
    blocks = [block.split("\n") for block in body.decode().strip().split("\n\n")]
    events = [json.loads(lines[1].removeprefix("data: ")) for lines in blocks]
    assert [lines[0].removeprefix("event: ") for lines in blocks] == [event["type"] for event in events]
    return events


def test_sdk_response(sim: Sim) -> None:
    """The SDK gets a whole response: text, status and usage."""

    async def work() -> Any:
        async with sim.openai() as client:
            return await client.responses.create(
                model="gpt-6-luna", instructions="Be brief", input="hi", max_output_tokens=200
            )

    response = run(work())
    assert response.output_text.startswith("sim: 1 message")
    assert 'system: "Be brief"' in response.output_text
    assert (response.status, response.model) == ("completed", "gpt-6-luna")
    assert response.usage.total_tokens == response.usage.input_tokens + response.usage.output_tokens
    assert response.incomplete_details is None


def test_sdk_stream(sim: Sim) -> None:
    """The SDK's stream helper ends with the response that a plain call gives."""

    async def work() -> tuple[list[str], Any]:
        async with sim.openai() as client, client.responses.stream(model="sim", input="sim:tokens=5") as stream:
            pieces = [event.delta async for event in stream if event.type == "response.output_text.delta"]
            return pieces, await stream.get_final_response()

    pieces, response = run(work())
    assert len(pieces) == 5
    assert response.output_text == "".join(pieces)
    assert response.usage.output_tokens == 5


def test_sdk_counts_what_a_call_is_billed(sim: Sim) -> None:
    """input_tokens.count says the input tokens that the same prompt then costs."""
    prompt: Any = {"model": "sim", "instructions": "Be brief", "input": [{"role": "user", "content": "hi"}]}

    async def work() -> tuple[int, int]:
        async with sim.openai() as client:
            counted = await client.responses.input_tokens.count(**prompt)
            response = await client.responses.create(**prompt)
            assert response.usage is not None
            return counted.input_tokens, response.usage.input_tokens

    counted, billed = run(work())
    assert counted == billed


def test_order_of_events(sim: Sim) -> None:
    """A stream has the vendor's events in order, numbered from 0 without gaps."""
    events = events_of(sim.send(PATH, respond("sim:tokens=2", stream=True)).body)
    assert [event["type"].removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event["sequence_number"] for event in events] == list(range(10))
    assert events[0]["response"]["status"] == "in_progress"
    assert events[-1]["response"]["usage"]["output_tokens"] == 2
    assert events[-1]["response"]["id"] == events[0]["response"]["id"]


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("prompt", "status", "reason"),
    [
        ("sim:tokens=17", "incomplete", "max_output_tokens"),
        ("sim:tokens=5 sim:stop=content_filter", "incomplete", "content_filter"),
        ("sim:tokens=5 sim:stop=steered", "incomplete", "steered"),
        ("sim:tokens=5 sim:stop=failed", "failed", None),
        ("sim:tokens=16", "completed", None),
    ],
)
def test_how_it_ended(sim: Sim, stream: bool, prompt: str, status: str, reason: str | None) -> None:
    """Status and incomplete_details say why, and the last event of a stream is named after the status."""
    answer = sim.send(PATH, respond(prompt, stream=stream, max_output_tokens=16))
    response = events_of(answer.body)[-1]["response"] if stream else answer.json
    if stream:
        assert events_of(answer.body)[-1]["type"] == f"response.{status}"
    assert response["status"] == status
    assert (response["incomplete_details"] or {}).get("reason") == reason
    assert bool(response["error"]) == (status == "failed")


def test_refusal_is_a_part_of_its_own(sim: Sim) -> None:
    """A refusal is a refusal part with events of its own, and no output_text."""
    part = sim.send(PATH, respond("sim:stop=refusal")).json["output"][0]["content"][0]
    assert part["type"] == "refusal"
    types = {event["type"] for event in events_of(sim.send(PATH, respond("sim:stop=refusal", stream=True)).body)}
    assert "response.refusal.delta" in types
    assert "response.output_text.delta" not in types


def test_items_of_a_conversation(sim: Sim) -> None:
    """Messages with and without a type, parts, earlier answers and reasoning are all fine."""
    items = [
        {"role": "developer", "content": "Be brief"},
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "one"}]},
        {"type": "reasoning", "id": "rs_1", "summary": []},
        {
            "type": "message",
            "id": "msg_1",
            "status": "completed",
            "role": "assistant",
            "content": [{"type": "output_text", "text": "two", "annotations": []}],
        },
        {"role": "user", "content": "three"},
    ]
    text = sim.send(PATH, respond(input=items)).json["output"][0]["content"][0]["text"]
    assert text.startswith("sim: 3 messages")
    assert 'system: "Be brief"' in text
    assert 'last user message: "three"' in text


REFUSED: list[tuple[dict[str, Any], int, str | None, str | None]] = [
    ({"model": None}, 400, "model", "missing_required_parameter"),
    ({"input": None}, 400, "input", "missing_required_parameter"),
    ({"messages": []}, 400, "messages", "unknown_parameter"),
    ({"max_tokens": 9}, 400, "max_tokens", "unknown_parameter"),
    ({"stop": "x"}, 400, "stop", "unknown_parameter"),
    ({"max_output_tokens": 15}, 400, "max_output_tokens", "integer_below_min_value"),
    ({"input": []}, 400, "input", "empty_array"),
    ({"input": 5}, 400, "input", "invalid_type"),
    ({"input": [{"role": "tool", "content": "x"}]}, 400, "input[0].role", "invalid_value"),
    ({"input": [{"role": "user"}]}, 400, "input[0].content", "missing_required_parameter"),
    (
        {"input": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]},
        400,
        "input[0].content[0].type",
        "invalid_value",
    ),
    ({"stream_options": {"include_obfuscation": False}}, 400, "stream_options", None),
    (
        {"stream": True, "stream_options": {"include_usage": True}},
        400,
        "stream_options.include_usage",
        "unknown_parameter",
    ),
    ({"model": "gpt-6-luna", "temperature": 1}, 400, "temperature", None),
    ({"model": "gpt-6-luna", "top_p": 0.1}, 400, "top_p", None),
    ({"reasoning": {"effort": "low"}}, 400, "reasoning.effort", "unsupported_parameter"),
    ({"reasoning": {"effort": "huge"}}, 400, "reasoning.effort", "invalid_value"),
    ({"truncation": "middle"}, 400, "truncation", "invalid_value"),
    ({"include": ["everything"]}, 400, "include[0]", "invalid_value"),
    ({"previous_response_id": "resp_1"}, 400, "previous_response_id", "previous_response_not_found"),
    ({"conversation": "conv_1"}, 404, None, None),
    ({"model": "gpt-7"}, 404, None, "model_not_found"),
    ({"background": True}, 400, "background", "not_simulated"),
]


@pytest.mark.parametrize(("changes", "status", "param", "code"), REFUSED, ids=[str(row[0])[:60] for row in REFUSED])
def test_broken_rules(sim: Sim, changes: dict[str, Any], status: int, param: str | None, code: str | None) -> None:
    """Every broken rule is the vendor's invalid_request_error with its param and code."""
    answer = sim.send(PATH, {key: value for key, value in respond(**changes).items() if value is not None})
    assert answer.status == status
    assert answer.error["type"] == "invalid_request_error"
    assert (answer.error["param"], answer.error["code"]) == (param, code)


def test_counting_is_as_strict(sim: Sim) -> None:
    """input_tokens refuses what is no part of a prompt, and a model that does not exist."""
    path = "/v1/responses/input_tokens"
    assert sim.send(path, respond()).json["object"] == "response.input_tokens"
    assert sim.send(path, respond(max_output_tokens=99)).error["code"] == "unknown_parameter"
    assert sim.send(path, respond(model="gpt-7")).status == 404
