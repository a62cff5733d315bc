"""OpenAI's Chat Completions API as the simulator speaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .helpers import Sim, chat, run

PATH = "/v1/chat/completions"
PART = {"type": "text", "text": "hi"}


def test_sdk_completion(sim: Sim) -> None:
    """The SDK gets a whole completion: content, finish_reason and usage."""

    async def work() -> Any:
        async with sim.openai() as client:
            return await client.chat.completions.create(
                model="gpt-6-luna",
                max_completion_tokens=200,
                messages=[{"role": "developer", "content": "Be brief"}, {"role": "user", "content": "hi"}],
            )

    completion = run(work())
    [choice] = completion.choices
    assert choice.message.content.startswith("sim: 1 message")
    assert 'system: "Be brief"' in choice.message.content
    assert (choice.finish_reason, completion.model) == ("stop", "gpt-6-luna")
    assert completion.usage.total_tokens == completion.usage.prompt_tokens + completion.usage.completion_tokens
    assert completion._request_id.startswith("req_")


def test_sdk_stream_with_usage(sim: Sim) -> None:
    """Chunks come as role, text, finish_reason, then usage without choices; every other chunk has usage null."""

    async def work() -> list[Any]:
        async with sim.openai() as client:
            stream = await client.chat.completions.create(
                model="sim",
                max_tokens=3,
                messages=[{"role": "user", "content": "sim:tokens=9"}],
                stream=True,
                stream_options={"include_usage": True},
            )
            return [chunk async for chunk in stream]

    chunks = run(work())
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].delta.content for chunk in chunks[1:-2]] == ["The", " quick", " brown"]
    assert chunks[-2].choices[0].finish_reason == "length"
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens == 3
    assert all(chunk.usage is None for chunk in chunks[:-1])
    assert len({chunk.id for chunk in chunks}) == 1


def test_stream_ends_with_done(sim: Sim) -> None:
    """The last line of a stream is [DONE], and without include_usage there is no usage at all."""
    lines = sim.send(PATH, chat("sim:tokens=1", stream=True)).body.decode().strip().split("\n\n")
    assert lines[-1] == "data: [DONE]"
    assert all("usage" not in json.loads(line.removeprefix("data: ")) for line in lines[:-1])


@pytest.mark.parametrize("stream", [True, False])
def test_refusal_has_its_own_field(sim: Sim, stream: bool) -> None:
    """A refusal is in `refusal`, not in `content`; a filtered answer has finish_reason content_filter."""
    refused = sim.send(PATH, chat("sim:stop=refusal", stream=stream)).body.decode()
    assert '"refusal":"sim' in refused
    assert '"content":"sim' not in refused
    filtered = sim.send(PATH, chat("sim:stop=content_filter", stream=stream)).body.decode()
    assert '"finish_reason":"content_filter"' in filtered
    assert '"refusal":"sim' not in filtered


def test_stop_sequences(sim: Sim) -> None:
    """`stop` may be a text or up to four."""
    for stop in ("three", ["x", "three"]):
        choice = sim.send(PATH, chat("sim:echo two three", stop=stop)).json["choices"][0]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("two ", "stop")


def test_valid_extras_are_accepted(sim: Sim) -> None:
    """Parts, names, null for nothing, tools and all harmless settings are fine."""
    body = chat(
        messages=[
            {"role": "system", "content": [PART], "name": "boss"},
            {"role": "user", "content": [PART, PART]},
            {"role": "assistant", "content": "yes"},
            {"role": "user", "content": "and?"},
        ],
        temperature=2,
        top_p=1,
        n=1,
        seed=7,
        stop=None,
        user="u",
        store=False,
        logit_bias={"50256": -100},
        tools=[{"type": "function", "function": {"name": "f"}}],
        response_format={"type": "text"},
        metadata={"a": "b"},
    )
    assert sim.send(PATH, body).status == 200


REFUSED: list[tuple[dict[str, Any], str | None, str | None, str]] = [
    ({"messages": None}, "messages", "missing_required_parameter", "Missing required parameter: 'messages'."),
    ({"model": None}, None, None, "you must provide a model parameter"),
    ({"foo": 1}, "foo", "unknown_parameter", "Unknown parameter: 'foo'."),
    ({"max_output_tokens": 9}, "max_output_tokens", "unknown_parameter", "Unknown parameter"),
    ({"messages": []}, "messages", "empty_array", "Invalid 'messages': empty array. Expected an array with minimum"),
    ({"messages": "hi"}, "messages", "invalid_type", "expected an array, but got a string instead."),
    ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter", "messages[0].content"),
    ({"messages": [{"content": "x"}]}, "messages[0].role", "missing_required_parameter", "messages[0].role"),
    (
        {"messages": [{"role": "human", "content": "x"}]},
        "messages[0].role",
        "invalid_value",
        "Invalid value: 'human'. Supported values are: 'system', 'assistant', 'user', 'function', 'tool', and",
    ),
    ({"messages": [{"role": "user", "content": [PART], "x": 1}]}, "messages[0].x", "unknown_parameter", "x"),
    ({"messages": [{"role": "user", "content": []}]}, "messages[0].content", "empty_array", "empty array"),
    ({"messages": [{"role": "user", "content": None}]}, "messages[0].content", "invalid_type", "but got null"),
    (
        {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
        "messages[0].content[0].text",
        "missing_required_parameter",
        "Missing required parameter",
    ),
    (
        {"messages": [{"role": "user", "content": [{"type": "txt"}]}]},
        "messages[0].content[0].type",
        "invalid_value",
        "Supported values are: 'text'",
    ),
    ({"messages": [{"role": "assistant"}]}, "messages[0].content", None, "expected a string, got null"),
    ({"temperature": 2.1}, "temperature", "decimal_above_max_value", "Expected a value <= 2, but got 2.1 instead."),
    ({"temperature": -1}, "temperature", "decimal_below_min_value", "Expected a value >= 0, but got -1 instead."),
    ({"temperature": "hot"}, "temperature", "invalid_type", "expected a decimal, but got a string instead."),
    ({"top_p": 1.1}, "top_p", "decimal_above_max_value", "top_p"),
    ({"max_tokens": 0}, "max_tokens", "integer_below_min_value", "Expected a value >= 1, but got 0 instead."),
    ({"max_tokens": 99_999}, "max_tokens", "invalid_value", "supports at most 16384 completion tokens"),
    ({"max_tokens": 5, "max_completion_tokens": 5}, "max_completion_tokens", "invalid_parameter_combination", "same"),
    ({"stop": ["a", "b", "c", "d", "e"]}, "stop", "array_above_max_length", "maximum length 4, but got an array with"),
    ({"n": 129}, "n", "integer_above_max_value", "Expected a value <= 128, but got 129 instead."),
    ({"n": 2}, "n", "not_simulated", "more than one choice is not simulated"),
    ({"stream_options": {"include_usage": True}}, "stream_options", None, "only allowed when 'stream' is enabled"),
    ({"stream": True, "stream_options": {"x": 1}}, "stream_options.x", "unknown_parameter", "stream_options.x"),
    ({"stream": 1}, "stream", "invalid_type", "expected a boolean, but got an integer instead."),
    ({"metadata": {"k" * 65: "v"}}, "metadata." + "k" * 65, "string_above_max_length", "string too long"),
    ({"metadata": {str(i): "v" for i in range(17)}}, "metadata", "array_above_max_length", "maximum length 16"),
    ({"reasoning_effort": "low"}, None, None, "Unrecognized request argument supplied: reasoning_effort"),
    ({"service_tier": "gold"}, "service_tier", "invalid_value", "Supported values are: 'auto'"),
    ({"model": "gpt-6-luna", "max_tokens": 9}, "max_tokens", "unsupported_parameter", "Use 'max_completion_tokens'"),
    ({"model": "o3", "max_tokens": 9}, "max_tokens", "unsupported_parameter", "is not supported with this model."),
    ({"model": "o3", "stop": "x"}, "stop", "unsupported_parameter", "'stop' is not supported with this model."),
    (
        {"model": "gpt-6-luna", "temperature": 0.5},
        "temperature",
        "unsupported_value",
        "does not support 0.5 with this model. Only the default (1) value is supported.",
    ),
    ({"model": "gpt-5", "top_p": 0.5}, "top_p", "unsupported_value", "'top_p' does not support 0.5"),
    ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value", "'json_schema'"),
]


@pytest.mark.parametrize(("changes", "param", "code", "message"), REFUSED, ids=[str(row[0])[:60] for row in REFUSED])
def test_broken_rules_are_400(
    sim: Sim, changes: dict[str, Any], param: str | None, code: str | None, message: str
) -> None:
    """Every broken rule is the vendor's invalid_request_error with its param and code."""
    body = {key: value for key, value in chat(**changes).items() if value is not None}
    answer = sim.send(PATH, body)
    assert answer.status == 400
    assert answer.error["type"] == "invalid_request_error"
    assert (answer.error["param"], answer.error["code"]) == (param, code)
    assert message in answer.error["message"]
    assert answer.headers["x-request-id"].startswith("req_")


def test_unknown_model_is_404(sim: Sim) -> None:
    """A model that OpenAI does not have, retired ones and Anthropic's included, is model_not_found."""
    for model in ("gpt-7", "gpt-3.5-turbo", "claude-haiku-5-5"):
        answer = sim.send(PATH, chat(model=model))
        assert (answer.status, answer.error["code"]) == (404, "model_not_found")
        assert f"`{model}` does not exist" in answer.error["message"]


def test_reasoning_models_take_defaults(sim: Sim) -> None:
    """Reasoning models accept max_completion_tokens, an effort, and sampling at its defaults."""
    body = chat(model="gpt-6-luna", max_completion_tokens=9, temperature=1, reasoning_effort="low")
    assert sim.send(PATH, body).status == 200


def test_sdk_raises_its_own_error_classes(sim: Sim) -> None:
    """The SDK recognises the simulator's refusals as the vendor's."""
    import openai

    async def work(key: str, model: str) -> None:
        async with sim.openai(key) as client:
            await client.chat.completions.create(model=model, messages=[{"role": "user", "content": "hi"}])

    with pytest.raises(openai.NotFoundError) as missing:
        run(work("k", "nope"))
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.AuthenticationError) as wrong:
        run(work("wrong-key", "sim"))
    assert wrong.value.code == "invalid_api_key"
    with pytest.raises(openai.PermissionDeniedError):
        run(work("forbidden-key", "sim"))
