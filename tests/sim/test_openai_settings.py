"""JSON mode and the settings that only change how an answer is served, in OpenAI's two APIs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .helpers import Sim, chat, respond

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
OBJECT = {"type": "json_object"}


def send(sim: Sim, api: str, prompt: str, **more: Any) -> Any:
    """With JSON mode on."""
    if api == CHAT:
        return sim.send(CHAT, chat(prompt, response_format=OBJECT, **more))
    return sim.send(RESPONSES, respond(prompt, text={"format": OBJECT}, **more))


def text_of(api: str, answer: Any) -> str:
    assert answer.status == 200, answer.body
    if api == CHAT:
        return str(answer.json["choices"][0]["message"]["content"])
    return str(answer.json["output"][0]["content"][0]["text"])


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize(
    "prompt", ["as json", "JSON sim:tokens=1", "json sim:tokens=40", "json sim:echo no object", "json sim:code"]
)
def test_json_mode_answers_an_object(sim: Sim, api: str, prompt: str) -> None:
    """Whatever is asked, the answer is one JSON object."""
    assert isinstance(json.loads(text_of(api, send(sim, api, prompt))), dict)


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_json_mode_keeps_an_object_that_is_echoed(sim: Sim, api: str) -> None:
    """An object that is ordered comes back as it is, and a number of tokens is exact."""
    assert text_of(api, send(sim, api, 'json sim:echo {"a": [1, 2]}')) == '{"a": [1, 2]}'
    usage = send(sim, api, "json sim:tokens=40").json["usage"]
    assert usage["completion_tokens" if api == CHAT else "output_tokens"] == 40


def test_json_mode_needs_the_word(sim: Sim) -> None:
    """The word must be in the messages; for Responses, instructions are none."""
    refused = send(sim, CHAT, "hello")
    assert (refused.status, refused.error["param"], refused.error["code"]) == (400, "messages", None)
    assert refused.error["message"] == (
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'."
    )
    system = [{"role": "system", "content": "Answer in JSON"}, {"role": "user", "content": "hi"}]
    assert send(sim, CHAT, "", messages=system).status == 200
    refused = send(sim, RESPONSES, "hello", instructions="Answer in JSON")
    assert (refused.status, refused.error["param"]) == (400, "input")
    assert refused.error["message"].startswith("Response input messages must contain the word 'json' in some form")
    parts = [
        {"role": "developer", "content": [{"type": "input_text", "text": "Json!"}]},
        {"role": "user", "content": "x"},
    ]
    assert send(sim, RESPONSES, "", input=parts).status == 200


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_tiers(sim: Sim, api: str) -> None:
    """The answer names the tier that served it; both names of the fast one are `priority`."""
    for asked, served in ((None, "default"), ("auto", "default"), ("flex", "flex"), ("fast", "priority")):
        body = chat() if api == CHAT else respond()
        assert sim.send(api, {**body, "service_tier": asked}).json["service_tier"] == served


def test_what_is_repeated(sim: Sim) -> None:
    """Settings come back in the response as they were asked for."""
    body = respond(
        metadata={"a": "b"},
        safety_identifier="user-1",
        prompt_cache_key="key",
        user="u",
        store=False,
        parallel_tool_calls=False,
        text={"verbosity": "low"},
        tools=[{"type": "function", "name": "f", "parameters": {"type": "object", "properties": {}}, "strict": False}],
    )
    response = sim.send(RESPONSES, body).json
    for name in ("metadata", "safety_identifier", "prompt_cache_key", "user", "store", "parallel_tool_calls"):
        assert response[name] == body[name]
    assert response["text"] == {"format": {"type": "text"}, "verbosity": "low"}
    assert response["tools"][0]["name"] == "f"
    assert sim.send(CHAT, chat(metadata={"a": "b"})).json["metadata"] == {"a": "b"}


BAD: list[tuple[str, object, str]] = [
    ("service_tier", "gold", "invalid_value"),
    ("metadata", "x", "invalid_type"),
    ("metadata", {"a": 1}, "invalid_type"),
    ("metadata", {"a": "x" * 513}, "string_above_max_length"),
    ("user", 5, "invalid_type"),
    ("safety_identifier", "x" * 129, "string_above_max_length"),
    ("prompt_cache_key", 5, "invalid_type"),
    ("prompt_cache_retention", "1h", "invalid_value"),
    ("prompt_cache_options", {"mode": "off"}, "invalid_value"),
    ("store", "no", "invalid_type"),
    ("parallel_tool_calls", "no", "invalid_type"),
]


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize(("name", "value", "code"), BAD, ids=[f"{row[0]}={row[1]!s:.20}" for row in BAD])
def test_settings_of_the_wrong_kind(sim: Sim, api: str, name: str, value: object, code: str) -> None:
    """Each is validated by type and range, and named."""
    body = chat() if api == CHAT else respond()
    refused = sim.send(api, {**body, name: value})
    assert (refused.status, refused.error["code"]) == (400, code)
    assert refused.error["param"].partition(".")[0] == name


def test_settings_that_only_one_api_has(sim: Sim) -> None:
    """Seeds and verbosity at the top are of Chat Completions; include and max_tool_calls are of Responses."""
    assert sim.send(CHAT, chat(seed=7, verbosity="low")).status == 200
    assert sim.send(CHAT, chat(seed=1.5)).error["code"] == "invalid_type"
    assert sim.send(CHAT, chat(seed=2**63)).error["code"] == "integer_above_max_value"
    assert sim.send(CHAT, chat(verbosity="loud")).error["code"] == "invalid_value"
    assert sim.send(RESPONSES, respond(seed=7)).error["code"] == "unknown_parameter"
    assert sim.send(RESPONSES, respond(verbosity="low")).error["code"] == "unknown_parameter"
    assert sim.send(CHAT, chat(include=[])).error["code"] == "unknown_parameter"
    assert sim.send(RESPONSES, respond(include=["reasoning.encrypted_content"])).status == 200


def test_what_is_not_simulated_says_so(sim: Sim) -> None:
    """Valid requests for what the simulator does not have are told apart from mistakes."""
    function = {"name": "f", "parameters": {}}
    for body in (
        chat(functions=[function]),
        chat(
            messages=[
                {"role": "user", "content": [{"type": "input_audio", "input_audio": {"data": "x", "format": "wav"}}]}
            ]
        ),
    ):
        assert sim.send(CHAT, body).error["code"] == "not_simulated"
    assert sim.send(RESPONSES, respond(background=True)).error["code"] == "not_simulated"
