"""Rows in OpenAI's and Anthropic's batch formats, and messages of our own."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from llmcli.messages import (
    DocumentPart,
    ImagePart,
    Message,
    OpaquePart,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)

from .helpers import BASE, good, json_lines, read, reason_of, request_of

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 20).decode()
PDF = base64.b64encode(b"%PDF-1.7 " + b"\0" * 20).decode()
SCHEMA = {"type": "object", "properties": {}}
HI = [{"role": "user", "content": "hi"}]


def chat(**body: Any) -> dict[str, Any]:
    body = {"messages": HI, **body}
    return {"custom_id": "r1", "method": "POST", "url": "/v1/chat/completions", "body": body}


def responses(**body: Any) -> dict[str, Any]:
    return {"custom_id": "r1", "method": "POST", "url": "/v1/responses", "body": {"input": "hi", **body}}


def anthropic(**params: Any) -> dict[str, Any]:
    return {"custom_id": "r1", "params": {"messages": HI, **params}}


def test_chat_completions_fields_find_their_place() -> None:
    body = {
        "model": "gpt-6-luna",
        "messages": [
            {"role": "system", "content": "one"},
            {"role": "developer", "content": [{"type": "text", "text": "two"}]},
            *HI,
        ],
        "max_completion_tokens": 9,
        "temperature": 0,
        "top_p": 0.5,
        "seed": 3,
        "stop": "END",
        "user": "u",
        "service_tier": "flex",
        "reasoning_effort": "low",
        "response_format": {"type": "json_object"},
        "tools": [{"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA}}],
        "tool_choice": "required",
        "n": 1,
        "stream": False,
        "logprobs": None,
    }
    request = request_of(chat(**body))
    assert (request.model, request.system, request.max_tokens) == ("gpt-6-luna", "one\n\ntwo", 9)
    assert (request.temperature, request.top_p, request.seed, request.stop) == (0.0, 0.5, 3, ("END",))
    assert (request.user_id, request.service_tier, request.effort) == ("u", "flex", "low")
    assert request.json_object
    assert (request.tools, request.tool_choice) == ((Tool("f", "d", SCHEMA),), "any")
    assert request.messages == (Message.of("user", "hi"),)
    assert request.options == {}


def test_responses_fields_find_their_place() -> None:
    tool = {"type": "function", "name": "f", "description": "d", "parameters": SCHEMA, "strict": False}
    request = request_of(
        responses(
            model="m",
            instructions="s",
            max_output_tokens=9,
            temperature=1,
            safety_identifier="u",
            reasoning={"effort": "high"},
            text={"format": {"type": "json_object"}},
            tools=[tool],
            tool_choice={"type": "function", "name": "f"},
        )
    )
    assert (request.model, request.system, request.max_tokens, request.temperature) == ("m", "s", 9, 1.0)
    assert (request.user_id, request.effort, request.json_object) == ("u", "high", True)
    assert (request.tools, request.tool_choice) == ((Tool("f", "d", SCHEMA),), "f")
    assert request.options == {}


def test_anthropic_fields_find_their_place() -> None:
    request = request_of(
        anthropic(
            model="claude-haiku-5-5",
            max_tokens=2000,
            system=[{"type": "text", "text": "s"}],
            stop_sequences=["A", "B"],
            top_k=5,
            metadata={"user_id": "u"},
            thinking={"type": "enabled", "budget_tokens": 1024},
            tools=[{"name": "f", "description": "d", "input_schema": SCHEMA}],
            tool_choice={"type": "any"},
        )
    )
    assert (request.model, request.system, request.max_tokens) == ("claude-haiku-5-5", "s", 2000)
    assert (request.stop, request.top_k, request.user_id, request.thinking_budget) == (("A", "B"), 5, "u", 1024)
    assert (request.tools, request.tool_choice) == ((Tool("f", "d", SCHEMA),), "any")
    assert request.options == {}


STRICT_TOOL = {"type": "function", "function": {"name": "f", "description": "d", "parameters": SCHEMA, "strict": True}}
JSON_SCHEMA = {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}


@pytest.mark.parametrize(
    ("row", "options"),
    [
        (chat(logit_bias={"1": 2}, store=True), {"logit_bias": {"1": 2}, "store": True}),
        (chat(response_format=JSON_SCHEMA), {"response_format": JSON_SCHEMA}),
        (
            chat(tools=[STRICT_TOOL], tool_choice="auto"),
            {"tools": [STRICT_TOOL], "tool_choice": "auto"},
        ),
        (
            chat(messages=[{"role": "user", "content": "x", "name": "Ann"}]),
            {"messages": [{"role": "user", "content": "x", "name": "Ann"}]},
        ),
        (
            responses(reasoning={"effort": "low", "summary": "auto"}),
            {"reasoning": {"effort": "low", "summary": "auto"}},
        ),
        (responses(metadata={"a": "b"}), {"metadata": {"a": "b"}}),
        (anthropic(cache_control={"type": "ephemeral"}), {"cache_control": {"type": "ephemeral"}}),
        (anthropic(thinking={"type": "adaptive"}), {"thinking": {"type": "adaptive"}}),
        (
            anthropic(system=[{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]),
            {"system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral"}}]},
        ),
    ],
)
def test_what_has_no_place_is_passed_through_as_it_is(row: dict[str, Any], options: dict[str, Any]) -> None:
    request = request_of(row)
    assert request.options == options
    assert request.tools == ()
    assert request.messages, "tokens and prices are estimated from the messages"


def test_options_of_a_row_are_added_to_those_of_the_job() -> None:
    [row] = good(read(json_lines(chat(store=True))))
    base = BASE.__class__("m", (), 1, options={"store": False, "other": 1})
    assert row.ask.request(base).options == {"store": True, "other": 1}


def test_a_row_says_which_api_its_options_belong_to() -> None:
    rows = good(read(json_lines(chat(), {**responses(), "custom_id": "2"}, {**anthropic(), "custom_id": "3"})))
    assert [row.ask.api for row in rows] == ["chat", "responses", "messages"]
    assert [row.own_id for row in rows] == ["r1", "2", "3"]
    [own] = good(read(json_lines({"custom_id": "4", "prompt": "x"})))
    assert (own.ask.api, own.own_id) == (None, "4")


def test_rows_of_the_same_body_ask_the_same_whatever_their_id() -> None:
    one, other, another = good(
        read(json_lines(chat(), {**chat(), "custom_id": "2"}, {**chat(seed=1), "custom_id": "3"}))
    )
    assert one.ask.key == other.ask.key != another.ask.key


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({**chat(), "url": "/v1/embeddings"}, '"url" is "/v1/embeddings", neither'),
        ({**chat(), "method": "GET"}, '"method" is "GET"'),
        ({**chat(), "body": "x"}, '"body" is "x", not an object'),
        (chat(messages=None), '"messages" is null'),
        (chat(messages=[]), '"messages" is [], not a list of messages'),
        (chat(messages=[{"role": "system", "content": "s"}]), "no turn of the user"),
        (chat(messages=[*HI, {"role": "system", "content": "s"}]), "a system message after the first turn"),
        (chat(messages=[{"role": "robot", "content": "s"}]), "neither of user, assistant nor system"),
        (chat(messages=["hi"]), '"messages" has "hi", which is no object'),
        (chat(messages=[{"role": "user", "content": 7}]), '"content" is 7'),
        (chat(messages=[{"role": "user", "content": "  "}]), 'all of "messages" is empty'),
        (chat(n=2), '"n" is more than one answer'),
        (chat(max_tokens="9"), '"max_tokens" is "9"'),
        (chat(temperature="hot"), '"temperature" is "hot", not a number'),
        (chat(temperature=10**400), "…, more than a number can be"),
        (chat(seed=True), '"seed" is true'),
        (chat(stop=[1]), '"stop" is 1, not text'),
        (chat(reasoning_effort="huge"), '"reasoning_effort" is "huge", not one of none'),
        (chat(model=" "), '"model" is empty'),
        (responses(input=""), '"input" is empty'),
        (responses(input=[{"type": "web_search_call"}]), "a message is neither"),
        (anthropic(system=7), '"system" is 7, not text'),
        (anthropic(messages=[{"role": "system", "content": "s"}, *HI]), 'a message has the role "system"'),
        ({"custom_id": 7.5, "prompt": "x"}, '"custom_id" is 7.5, not an id'),
    ],
)
def test_what_cannot_be_expressed_is_a_bad_row_with_the_reason(row: dict[str, Any], reason: str) -> None:
    assert reason in reason_of(row)


@pytest.mark.parametrize("arguments", ["{", "[1]", '{"a": NaN}', '{"a": 1e999}', '{"a": "\\ud800"}', "[" * 100_000])
def test_a_tool_call_whose_arguments_no_api_could_be_sent_is_a_bad_row(arguments: str) -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": arguments}}
    asked = [*HI, {"role": "assistant", "content": None, "tool_calls": [call]}]
    assert reason_of(chat(messages=asked)).startswith("a tool call's arguments are ")
    item = {"type": "function_call", "call_id": "c", "name": "f", "arguments": arguments}
    assert reason_of(responses(input=[*HI, item])).startswith("a tool call's arguments are ")


IMAGE_PART = {"type": "image_url", "image_url": {"url": f"data:image/jpeg;base64,{PNG}"}}
BLOCK = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG}}


@pytest.mark.parametrize(
    "part",
    [
        IMAGE_PART,
        {"type": "input_image", "image_url": f"data:image/png;base64,{PNG}", "detail": "auto"},
        BLOCK,
    ],
)
def test_images_are_attached_by_what_they_are_in_each_vendors_spelling(part: dict[str, Any]) -> None:
    request = request_of({"messages": [{"role": "user", "content": [{"type": "text", "text": "look"}, part]}]})
    assert request.messages[0].parts == (TextPart("look"), ImagePart("image", "image/png", PNG))


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "image", "source": {"type": "url", "url": "https://example.com/a.png"}},
    ],
)
def test_images_by_address_stay_addresses(part: dict[str, Any]) -> None:
    [found] = request_of({"messages": [{"role": "user", "content": [part]}]}).messages[0].parts
    assert isinstance(found, ImagePart)
    assert (found.url, found.data) == ("https://example.com/a.png", None)


@pytest.mark.parametrize(
    "part",
    [
        {"type": "file", "file": {"filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"}},
        {"type": "input_file", "filename": "a.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
        {
            "type": "document",
            "title": "a.pdf",
            "source": {"type": "base64", "media_type": "application/pdf", "data": PDF},
        },
    ],
)
def test_documents_too(part: dict[str, Any]) -> None:
    request = request_of({"messages": [{"role": "user", "content": [part]}]})
    assert request.messages[0].parts == (DocumentPart("a.pdf", "application/pdf", PDF),)


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,!"}}, "an attachment is no base64"),
        ({"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}, "neither PNG"),
        ({"type": "image_url", "image_url": {"url": "file:///etc/passwd"}}, "neither http(s) nor data"),
        ({"type": "input_audio", "input_audio": {}}, "a part of the content is not supported"),
        ({"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}, "cannot be expressed"),
        ({**IMAGE_PART, "image_url": {**IMAGE_PART["image_url"], "detail": "low"}}, "cannot be expressed"),  # type: ignore[dict-item]
        ("x", 'a part of the content is "x", not an object'),
    ],
)
def test_content_that_our_own_rows_cannot_have_is_a_bad_row(part: object, reason: str) -> None:
    assert reason in reason_of({"messages": [{"role": "user", "content": [part]}]})


def test_our_own_messages_take_a_system_message_or_field_but_not_both() -> None:
    with_message = {"messages": [{"role": "system", "content": "s"}, *HI]}
    assert request_of(with_message).system == request_of({"messages": HI, "system": "s"}).system == "s"
    assert "both" in reason_of({**with_message, "system": "t"})
    assert reason_of({"messages": HI, "prompt": "x"}) == 'both "prompt" and "messages"'


def test_a_conversation_with_tools_is_carried_over_from_each_api() -> None:
    expected = (
        Message.of("user", "hi"),
        Message("assistant", (ToolCallPart("c1", "f", {"a": 1}),)),
        Message("user", (ToolResultPart("c1", "42"),)),
    )
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"a": 1}'}}
    of_chat = [
        *HI,
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "42"},
    ]
    of_responses = [
        *HI,
        {"type": "function_call", "call_id": "c1", "name": "f", "arguments": '{"a": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
    ]
    of_anthropic = [
        *HI,
        {"role": "assistant", "content": [{"type": "tool_use", "id": "c1", "name": "f", "input": {"a": 1}}]},
        {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "c1", "content": "42"}]},
    ]
    assert request_of(chat(messages=of_chat)).messages == expected
    assert request_of(responses(input=of_responses)).messages == expected
    assert request_of(anthropic(messages=of_anthropic)).messages == expected


def test_reasoning_is_carried_for_the_api_that_wrote_it() -> None:
    item = {"type": "reasoning", "id": "x", "summary": []}
    [_, turn] = request_of(responses(input=[*HI, item])).messages
    assert turn.parts == (OpaquePart("openai-responses", item),)


def test_with_a_template_all_rows_are_fields() -> None:
    assert request_of(chat(seed=1), "{body.seed} {custom_id}").messages[0].text == "1 r1"
