"""Reasoning in OpenAI's two APIs: effort, what it costs, summaries, and what may be sent back."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from .helpers import Sim, StartSim, chat, respond, run

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
MODEL = "gpt-6-luna"


def reasoning_tokens(api: str, answer: Any) -> int:
    assert answer.status == 200, answer.body
    details = "completion_tokens_details" if api == CHAT else "output_tokens_details"
    return int(answer.json["usage"][details]["reasoning_tokens"])


def send(sim: Sim, api: str, prompt: str, effort: str | None = None, **more: Any) -> Any:
    if api == CHAT:
        return sim.send(CHAT, chat(prompt, **({"reasoning_effort": effort} if effort else {}), **more))
    return sim.send(RESPONSES, respond(prompt, **({"reasoning": {"effort": effort}} if effort else {}), **more))


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize(
    ("model", "prompt", "effort", "reasons"),
    [
        (MODEL, "hi", None, False),
        (MODEL, "hi", "low", False),
        (MODEL, "hi", "high", True),
        (MODEL, "sim:think=5", None, True),
        (MODEL, "sim:think=5", "low", True),
        (MODEL, "sim:think=5", "none", False),
        ("gpt-4o", "sim:think=5", None, False),
        ("sim", "sim:think=5", None, True),
    ],
)
def test_when_it_reasons(sim: Sim, api: str, model: str, prompt: str, effort: str | None, reasons: bool) -> None:
    """From medium effort on by itself, and on order, where the model reasons at all."""
    answer = send(sim, api, prompt, effort, model=model)
    assert bool(reasoning_tokens(api, answer)) is reasons
    if "sim:" in prompt and reasons:
        assert reasoning_tokens(api, answer) == 5


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_reasoning_is_output(sim: Sim, api: str) -> None:
    """Reasoning tokens are part of the output tokens and count towards the limit."""
    usage = send(sim, api, "sim:think=7 sim:tokens=5", model=MODEL).json["usage"]
    assert usage["completion_tokens" if api == CHAT else "output_tokens"] == 12
    limit: dict[str, Any] = {"max_completion_tokens": 20} if api == CHAT else {"max_output_tokens": 20}
    cut = send(sim, api, "sim:think=30", model=MODEL, **limit)
    assert reasoning_tokens(api, cut) == 20
    if api == CHAT:
        choice = cut.json["choices"][0]
        assert (choice["finish_reason"], choice["message"]["content"]) == ("length", "")
    else:
        assert cut.json["incomplete_details"] == {"reason": "max_output_tokens"}
        assert [item["type"] for item in cut.json["output"]] == ["reasoning"]


def test_chat_never_shows_it(sim: Sim) -> None:
    """A stream of Chat Completions bills reasoning and shows none."""
    body = chat("sim:think=4 sim:tokens=2", model=MODEL, stream=True, stream_options={"include_usage": True})
    lines = sim.send(CHAT, body).body.decode().strip().split("\n\n")
    chunks = [json.loads(line.removeprefix("data: ")) for line in lines[:-1]]
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert [delta.get("content") for delta in deltas] == ["", "The", " quick", None]
    assert chunks[-1]["usage"]["completion_tokens_details"]["reasoning_tokens"] == 4


def test_sdk_gets_the_same_summary_streamed(sim: Sim) -> None:
    """A summary that is asked for comes first, as an item of its own."""
    arguments: Any = {"model": MODEL, "input": "sim:think=3 sim:tokens=2", "reasoning": {"summary": "auto"}}

    async def work() -> tuple[Any, Any]:
        async with sim.openai() as client:
            whole = await client.responses.create(**arguments)
            async with client.responses.stream(**arguments) as stream:
                return whole, await stream.get_final_response()

    for response in run(work()):
        reasoning, message = response.output
        assert (reasoning.type, message.type) == ("reasoning", "message")
        assert [part.text for part in reasoning.summary] == ["The quick brown"]
        assert reasoning.id.startswith("rs_")
        assert reasoning.encrypted_content is None
        assert response.output_text == "The quick"


def test_events_of_a_summary(sim: Sim) -> None:
    """Item, part, deltas, and their ends, before the message; without a summary, the item alone."""
    for summary, inner in (
        ({"summary": "detailed"}, ["part.added", "text.delta", "text.delta", "text.done", "part.done"]),
        ({}, []),
    ):
        body = respond("sim:think=2 sim:tokens=1", model=MODEL, reasoning=summary, stream=True)
        blocks = sim.send(RESPONSES, body).body.decode().strip().split("\n\n")
        events = [json.loads(block.split("data: ")[1]) for block in blocks]
        kinds = [event["type"].removeprefix("response.") for event in events]
        expected = ["output_item.added", *(f"reasoning_summary_{kind}" for kind in inner), "output_item.done"]
        assert kinds[2 : 2 + len(expected)] == expected
        assert [event["sequence_number"] for event in events] == list(range(len(events)))
        assert events[-1]["response"]["usage"]["output_tokens_details"]["reasoning_tokens"] == 2
        assert events[-1]["response"]["output"][0] == events[1 + len(expected)]["item"]


def test_silent_reasoning_leaves_no_gap(start_sim: StartSim) -> None:
    """An error amid a stream has the next number, though reasoning before it was not shown."""
    sim = start_sim("error-event,after=4")
    body = respond("sim:think=3 sim:tokens=9", model=MODEL, stream=True)
    blocks = sim.send(RESPONSES, body).body.decode().strip().split("\n\n")
    events = [json.loads(block.split("data: ")[1]) for block in blocks]
    assert events[-1]["type"] == "error"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_encrypted_reasoning_goes_back_unchanged(sim: Sim) -> None:
    """It is included on request; sent back it must be ours, and without it nothing is found that was not stored."""
    include = ["reasoning.encrypted_content"]
    body = respond("sim:think=3", model=MODEL, include=include, store=False)
    output = sim.send(RESPONSES, body).json["output"]
    assert output[0]["encrypted_content"]
    user = {"role": "user", "content": "hi"}
    again = respond(model=MODEL, store=False, input=[user, *output, user])
    assert sim.send(RESPONSES, again).status == 200
    changed = base64.b64encode(base64.b64decode(output[0]["encrypted_content"]) + b"!").decode()
    for forged in ("gAAAAAB", "abcd", changed):
        output[0]["encrypted_content"] = forged
        refused = sim.send(RESPONSES, again)
        assert (refused.status, refused.error["code"]) == (400, "invalid_encrypted_content")
    del output[0]["encrypted_content"]
    missing = sim.send(RESPONSES, again)
    assert missing.status == 404
    assert "Items are not persisted when `store` is set to false." in missing.error["message"]
    assert sim.send(RESPONSES, {**again, "store": True}).status == 200


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize(
    ("model", "effort", "supported"),
    [
        ("gpt-5", "none", "'minimal', 'low', 'medium', and 'high'"),
        ("gpt-5", "xhigh", "'minimal', 'low', 'medium', and 'high'"),
        ("gpt-5.1", "minimal", "'none', 'low', 'medium', and 'high'"),
        ("gpt-5.2", "max", "'none', 'low', 'medium', 'high', and 'xhigh'"),
        ("gpt-6-luna", "minimal", "'none', 'low', 'medium', 'high', 'xhigh', and 'max'"),
        ("o3", "none", "'low', 'medium', and 'high'"),
    ],
)
def test_efforts_that_a_model_does_not_have(sim: Sim, api: str, model: str, effort: str, supported: str) -> None:
    """The sentence names those that it has."""
    refused = send(sim, api, "hi", effort, model=model)
    where = "reasoning_effort" if api == CHAT else "reasoning.effort"
    assert (refused.status, refused.error["code"], refused.error["param"]) == (400, "unsupported_value", where)
    assert refused.error["message"] == (
        f"Unsupported value: '{effort}' is not supported with the '{model}' model. Supported values are: {supported}."
    )
