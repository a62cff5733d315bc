"""What Anthropic's Messages API refuses, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import Sim, ask

TEXT = [{"type": "text", "text": "hi"}]
USER = {"role": "user", "content": "hi"}


def broken(**changes: Any) -> dict[str, Any]:
    """A valid body with some fields changed; None removes one."""
    return {key: value for key, value in {**ask(), **changes}.items() if value is not None}


def turns(*turns: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"role": role, "content": content} for role, content in turns]


REFUSED = [
    ({"model": None}, "model: Field required"),
    ({"max_tokens": None}, "max_tokens: Field required"),
    ({"messages": None}, "messages: Field required"),
    ({"foo": 1}, "foo: Extra inputs are not permitted"),
    ({"max_completion_tokens": 1}, "max_completion_tokens: Extra inputs are not permitted"),
    ({"max_tokens": -1}, "max_tokens: Input should be greater than or equal to 0"),
    ({"max_tokens": "100"}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": 1.5}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": 200_000}, "max_tokens: 200000 > 128000, which is the maximum allowed number of output tokens"),
    ({"messages": []}, "messages: List should have at least 1 item"),
    ({"messages": "hi"}, "messages: Input should be a valid list"),
    ({"messages": ["hi"]}, "messages.0: Input should be an object"),
    ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
    ({"messages": [{"content": "hi"}]}, "messages.0.role: Field required"),
    ({"messages": [{**USER, "name": "x"}]}, "messages.0.name: Extra inputs are not permitted"),
    ({"messages": turns(("tool", "hi"))}, "messages.0.role: Input should be 'user', 'assistant' or 'system'"),
    ({"messages": turns(("user", 5))}, "messages.0.content: Input should be a valid string or a valid list"),
    ({"messages": turns(("user", ""))}, "messages.0: all messages must have non-empty content"),
    ({"messages": turns(("user", []))}, "messages.0: all messages must have non-empty content"),
    ({"messages": turns(("user", [{"type": "text", "text": ""}]))}, "messages: text content blocks must be non-empty"),
    ({"messages": turns(("user", " \n"))}, "messages: text content blocks must contain non-whitespace text"),
    ({"messages": turns(("user", [{"text": "hi"}]))}, "messages.0.content.0.type: Field required"),
    ({"messages": turns(("user", [{"type": "text"}]))}, "messages.0.content.0.text.text: Field required"),
    ({"messages": turns(("user", [{**TEXT[0], "x": 1}]))}, "messages.0.content.0.text.x: Extra inputs are not"),
    ({"messages": turns(("user", [{"type": "input_text", "text": "x"}]))}, "Input tag 'input_text' found using 'type'"),
    ({"messages": turns(("assistant", "hi"))}, 'messages: first message must use the "user" role'),
    ({"messages": turns(("system", "hi"), ("user", "hi"))}, 'Unexpected role "system"'),
    ({"messages": turns(("user", "a"), ("assistant", "b"))}, "does not support assistant message prefill"),
    ({"messages": turns(("user", [{**TEXT[0], "citations": [{}]}]))}, "citations: Extra inputs are not permitted"),
    ({"system": 5}, "system: Input should be a valid string or a valid list"),
    ({"system": [{"type": "image"}]}, "system.0.text: Field required"),
    ({"system": [{"type": "text", "text": ""}]}, "system: text content blocks must be non-empty"),
    ({"stop_sequences": "END"}, "stop_sequences: Input should be a valid list"),
    ({"stop_sequences": [" "]}, "stop_sequences: each stop sequence must contain non-whitespace"),
    ({"stream": "yes"}, "stream: Input should be a valid boolean"),
    ({"metadata": {"user": "x"}}, "metadata.user: Extra inputs are not permitted"),
    ({"metadata": {"user_id": "x" * 257}}, "metadata.user_id: String should have at most 256 characters"),
    ({"temperature": 1.0}, "temperature: Extra inputs are not permitted"),
    ({"top_p": 0.5}, "top_p: Extra inputs are not permitted"),
    ({"top_k": 5}, "top_k: Extra inputs are not permitted"),
    ({"service_tier": "flex"}, "service_tier: Input should be 'auto' or 'standard_only'"),
    ({"thinking": {"type": "on"}}, "thinking.type: Input tag 'on' found using 'type'"),
    ({"thinking": {"type": "enabled", "budget_tokens": 1024}}, "must be greater than `thinking.budget_tokens`"),
    ({"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2000}, "not supported for this model"),
    ({"output_config": {"effort": "huge"}}, "output_config.effort: Input should be 'low', 'medium'"),
    ({"cache_control": {"type": "ephemeral", "ttl": "2h"}}, "cache_control.ttl: Input should be '5m' or '1h'"),
]


@pytest.mark.parametrize(("changes", "message"), REFUSED, ids=[message[:50] for _, message in REFUSED])
def test_broken_rules_are_400(sim: Sim, changes: dict[str, Any], message: str) -> None:
    """Every broken rule is the vendor's invalid_request_error, naming the field."""
    answer = sim.send("/v1/messages", broken(**changes))
    assert answer.status == 400
    assert answer.json["type"] == "error"
    assert answer.error["type"] == "invalid_request_error"
    assert message in answer.error["message"]
    assert answer.json["request_id"] == answer.headers["request-id"]


def test_unknown_model_is_404(sim: Sim) -> None:
    """A model that Anthropic does not have, OpenAI's included, is not_found_error."""
    for model in ("claud-haiku", "gpt-6-luna", "claude-2"):
        answer = sim.send("/v1/messages", broken(model=model))
        assert (answer.status, answer.error["type"]) == (404, "not_found_error")
        assert answer.error["message"] == f"model: {model}"


@pytest.mark.parametrize("model", ["sim", "sim-anything.2", "claude-opus-5-5", "claude-haiku-4-5-20251001"])
def test_known_models_answer(sim: Sim, model: str) -> None:
    """Current models answer, and so does every name that starts with `sim`."""
    assert sim.send("/v1/messages", broken(model=model)).json["model"] == model


def test_sampling_depends_on_version_and_model(sim: Sim) -> None:
    """The version before 2026-10-21 takes a temperature, but models since 4.7 only their default."""
    old = {"anthropic-version": "2023-06-01"}
    assert sim.send("/v1/messages", broken(model="claude-sonnet-4-6", temperature=0.2), old).status == 200
    assert sim.send("/v1/messages", broken(model="sim", temperature=0.2, top_k=3), old).status == 200
    assert sim.send("/v1/messages", broken(temperature=1), old).status == 200
    refused = sim.send("/v1/messages", broken(temperature=0.2), old)
    assert (refused.status, refused.error["message"]) == (400, "`temperature` is deprecated for this model.")
    too_hot = sim.send("/v1/messages", broken(model="sim", temperature=1.5), old)
    assert too_hot.error["message"] == "temperature: Input should be less than or equal to 1"


def test_prefill_depends_on_the_model(sim: Sim) -> None:
    """Models before 4.6 continue an assistant turn, unless it ends in a space."""
    body = broken(model="claude-sonnet-4-5", messages=turns(("user", "a"), ("assistant", "b")))
    assert sim.send("/v1/messages", body).status == 200
    body["messages"][1]["content"] = "b "
    assert "cannot end with trailing whitespace" in sim.send("/v1/messages", body).error["message"]


def test_counting_is_as_strict(sim: Sim) -> None:
    """count_tokens takes no max_tokens, and needs a model that exists."""
    path = "/v1/messages/count_tokens"
    prompt = broken(max_tokens=None)
    assert sim.send(path, prompt).json.keys() == {"input_tokens"}
    assert sim.send(path, ask()).error["message"] == "max_tokens: Extra inputs are not permitted"
    assert sim.send(path, {**prompt, "model": "nope"}).status == 404


def test_version_header_is_required(sim: Sim) -> None:
    """Without a valid anthropic-version there is no answer."""
    missing = sim.send("/v1/messages", ask(), {"anthropic-version": None})
    assert (missing.status, missing.error["message"]) == (400, "anthropic-version: header is required")
    wrong = sim.send("/v1/messages", ask(), {"anthropic-version": "2024-01-01"})
    assert wrong.error["message"] == 'anthropic-version: "2024-01-01" is not a valid version'
