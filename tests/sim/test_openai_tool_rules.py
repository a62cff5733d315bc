"""Functions in OpenAI's two APIs: which definitions, choices and histories are refused."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import Sim, chat, respond
from .test_openai_tools import CHAT, RESPONSES, functions, send


def bad(api: str, **changes: Any) -> list[dict[str, Any]]:
    """One definition with something wrong."""
    [tool] = functions(api, "clock")
    target = tool["function"] if api == CHAT else tool
    target.update(changes)
    return [tool]


OPEN = {"type": "object", "properties": {"a": {"type": "string"}}}
BAD_DEFINITIONS: list[tuple[dict[str, Any], str, str, str]] = [
    ({"name": "a b"}, "name", "invalid_value", "string does not match pattern. Expected a string that matches the"),
    ({"name": ""}, "name", "empty_string", "empty string"),
    ({"name": "x" * 65}, "name", "string_above_max_length", "maximum length 64"),
    ({"parameters": "{}"}, "parameters", "invalid_type", "expected an object, but got a string instead."),
    ({"parameters": {}}, "parameters", "invalid_function_parameters", "got 'type: \"None\"'."),
    ({"parameters": {"type": "array"}}, "parameters", "invalid_function_parameters", "got 'type: \"array\"'."),
    (
        {"parameters": {"type": "object"}},
        "parameters",
        "invalid_function_parameters",
        "object schema missing properties",
    ),
    (
        {"parameters": OPEN, "strict": True},
        "parameters",
        "invalid_function_parameters",
        "'additionalProperties' is req",
    ),
    (
        {"parameters": {**OPEN, "additionalProperties": False}, "strict": True},
        "parameters",
        "invalid_function_parameters",
        "an array including every key in properties. Missing 'a'.",
    ),
    (
        {"parameters": {"type": "object", "properties": {"a": {"type": "text"}}}},
        "parameters",
        "invalid_function_parameters",
        "Invalid schema for function 'clock': 'text' is not valid under any of the given schemas.",
    ),
    ({"input_schema": {}}, "input_schema", "unknown_parameter", "Unknown parameter"),
]


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize(
    ("changes", "field", "code", "message"), BAD_DEFINITIONS, ids=[r[3][:40] for r in BAD_DEFINITIONS]
)
def test_bad_definitions_are_400(
    sim: Sim, api: str, changes: dict[str, Any], field: str, code: str, message: str
) -> None:
    """A function has a name of a kind and parameters that are the schema of an object."""
    answer = send(sim, api, tools=bad(api, **changes))
    where = f"tools[0].{'function.' if api == CHAT else ''}{field}"
    assert (answer.status, answer.error["code"], answer.error["param"]) == (400, code, where)
    assert message in answer.error["message"]


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_bad_choices_are_400(sim: Sim, api: str) -> None:
    """Names are unique, and a choice is among the tools."""
    unknown: Any = {"type": "function", "name": "nope"}
    if api == CHAT:
        unknown = {"type": "function", "function": {"name": "nope"}}
    assert send(sim, api, tools=functions(api, "a", "a")).error["code"] == "invalid_value"
    refused = send(sim, api, tool_choice=unknown)
    assert (refused.status, refused.error["param"]) == (400, "tool_choice")
    assert "nope" in refused.error["message"]
    assert send(sim, api, tool_choice="any").error["code"] == "invalid_value"
    assert send(sim, api, tools=[{"type": "other"}]).error["code"] == "invalid_value"
    body = chat(tool_choice="required") if api == CHAT else respond(tool_choice="required")
    assert sim.send(api, body).error["param"] == "tool_choice"


def test_chat_refuses_tools_with_reasoning_on_newer_models(sim: Sim) -> None:
    """Since GPT-5.6 tools need Responses or no reasoning; GPT-5.4 minds only an effort that is asked for."""
    refused = send(sim, CHAT, model="gpt-6-luna")
    assert (refused.status, refused.error["param"], refused.error["code"]) == (400, "reasoning_effort", None)
    assert refused.error["message"].endswith("use /v1/responses or set reasoning_effort to 'none'.")
    assert send(sim, CHAT, model="gpt-6-luna", reasoning_effort="none").status == 200
    assert send(sim, RESPONSES, model="gpt-6-luna").status == 200
    assert send(sim, CHAT, model="gpt-5.4").status == 200
    assert "Please use /v1/responses" in send(sim, CHAT, model="gpt-5.4", reasoning_effort="low").error["message"]
    assert send(sim, CHAT, model="gpt-5", reasoning_effort="low").status == 200


CALL = {"id": "call_1", "type": "function", "function": {"name": "clock", "arguments": "{}"}}
ASKS = {"role": "assistant", "content": None, "tool_calls": [CALL]}
TELLS = {"role": "tool", "tool_call_id": "call_1", "content": "noon"}
USER = {"role": "user", "content": "hi"}
UNANSWERED = "must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not"
BAD_CHATS: list[tuple[list[Any], str, str]] = [
    ([USER, ASKS], "messages.[2].role", UNANSWERED),
    ([USER, ASKS, USER], "messages.[2].role", UNANSWERED),
    ([USER, ASKS, USER, TELLS], "messages.[2].role", UNANSWERED),
    ([USER, {**ASKS, "tool_calls": [CALL, {**CALL, "id": "call_2"}]}, TELLS], "messages.[3].role", "messages: call_2"),
    ([USER, TELLS], "messages.[1].role", "messages with role 'tool' must be a response to a preceeding message"),
    ([USER, ASKS, TELLS, USER, TELLS], "messages.[4].role", "must be a response to a preceeding message"),
    ([USER, ASKS, {**TELLS, "tool_call_id": "x"}], "messages.[2].tool_call_id", "'tool_call_id' of 'x' not found"),
    ([USER, {**ASKS, "tool_calls": []}], "messages[1].tool_calls", "empty array"),
    ([USER, ASKS, {"role": "tool", "content": "x"}], "messages[2].tool_call_id", "Missing required parameter"),
]


@pytest.mark.parametrize(("messages", "param", "message"), BAD_CHATS, ids=[row[1] + row[2][:30] for row in BAD_CHATS])
def test_broken_chats_are_400(sim: Sim, messages: list[Any], param: str, message: str) -> None:
    """Tool messages come right after the calls they answer, one for each."""
    answer = sim.send(CHAT, chat(messages=messages, tools=functions(CHAT)))
    assert (answer.status, answer.error["type"], answer.error["param"]) == (400, "invalid_request_error", param)
    assert message in answer.error["message"]


def test_a_chat_that_is_fine(sim: Sim) -> None:
    """Calls, their results and what came before and after, without naming the tools again."""
    answer = sim.send(CHAT, chat(messages=[USER, ASKS, TELLS, {"role": "assistant", "content": "noon"}, USER]))
    assert answer.status == 200
    assert answer.json["choices"][0]["message"]["content"].startswith("sim: 5 messages")


ITEM = {"type": "function_call", "call_id": "call_1", "name": "clock", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "noon"}
REASONING = {"type": "reasoning", "id": "rs_1", "summary": []}
BAD_INPUTS: list[tuple[list[Any], int, str | None, str]] = [
    ([USER, ITEM], 400, "input", "No tool output found for function call call_1."),
    ([USER, OUTPUT], 400, "input", "No tool call found for function call output with call_id call_1."),
    ([USER, OUTPUT, ITEM], 400, "input", "No tool call found for function call output with call_id call_1."),
    ([USER, {**ITEM, "id": "call_1"}, OUTPUT], 400, "input[1].id", "Expected an ID that begins with 'fc'."),
    ([USER, {**REASONING, "id": "x"}, ITEM, OUTPUT], 400, "input[1].id", "Expected an ID that begins with 'rs'."),
    ([USER, REASONING], 400, "input", "of type 'reasoning' was provided without its required following item."),
    ([USER, REASONING, USER], 400, "input", "of type 'reasoning' was provided without its required following item."),
    ([{"type": "item_reference", "id": "msg_1"}], 404, "input", "Item with id 'msg_1' not found."),
    ([USER, {"type": "tool_call"}], 400, "input[1].type", "Supported values are: 'message'"),
    ([USER, {"type": "function_call", "call_id": "c", "name": "n"}], 400, "input[1].arguments", "Missing required"),
]


@pytest.mark.parametrize(("items", "status", "param", "message"), BAD_INPUTS, ids=[row[3][:50] for row in BAD_INPUTS])
def test_broken_inputs_are_refused(sim: Sim, items: list[Any], status: int, param: str, message: str) -> None:
    """Calls and outputs come in pairs, in that order; reasoning comes before what it led to."""
    answer = sim.send(RESPONSES, respond(input=items, tools=functions(RESPONSES)))
    assert (answer.status, answer.error["type"], answer.error["param"]) == (status, "invalid_request_error", param)
    assert message in answer.error["message"]
    counted = sim.send(f"{RESPONSES}/input_tokens", {"model": "gpt-4o", "input": items})
    assert counted.status == status


def test_an_input_that_is_fine(sim: Sim) -> None:
    """Text between a call and its output is fine, and outputs may be parts."""
    parts = {**OUTPUT, "output": [{"type": "input_text", "text": "noon"}]}
    items = [USER, REASONING, ITEM, {"role": "assistant", "content": "a moment"}, parts]
    text = sim.send(RESPONSES, respond(input=items)).json["output"][0]["content"][0]["text"]
    assert 'result of clock: "noon"' in text
