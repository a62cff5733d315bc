"""Tools in Anthropic's Messages API: which definitions, choices and histories are refused."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import Sim, ask
from .test_anthropic_tools import CLOCK, FORCING, PATH, RESULT, TOOLS, USE, calls_of, history

NAMED = "tools.0.custom."
BAD_TOOLS: list[tuple[dict[str, Any], str]] = [
    ({"name": "get weather"}, f"{NAMED}name: String should match pattern '^[a-zA-Z0-9_-]{{1,64}}$'"),
    ({"name": "x" * 65}, f"{NAMED}name: String should match pattern"),
    ({"name": ""}, f"{NAMED}name: String should match pattern"),
    ({"name": "clock\n"}, f"{NAMED}name: String should match pattern"),
    ({"name": None}, f"{NAMED}name: Field required"),
    ({"input_schema": None}, f"{NAMED}input_schema: Field required"),
    ({"input_schema": []}, f"{NAMED}input_schema: Input should be an object"),
    ({"input_schema": {}}, f"{NAMED}input_schema.type: Field required"),
    ({"input_schema": {"type": "string"}}, f"{NAMED}input_schema.type: Input should be 'object'"),
    ({"input_schema": {"type": "object", "properties": []}}, f"{NAMED}input_schema.properties: Input should be an obj"),
    ({"input_schema": {"type": "object", "properties": {"a": {"type": "text"}}}}, "JSON schema is invalid."),
    ({"input_schema": {"type": "object", "required": ["a", "a"]}}, "JSON schema is invalid."),
    (
        {"type": "bash_20990101"},
        "tools.0.type: Input tag 'bash_20990101' found using 'type' does not match any of the exp",
    ),
    ({"type": 5}, "tools.0.type: Input should be a valid string"),
    ({"type": "bash_20250124", "name": []}, "tools.0.bash_20250124.name: Input should be a valid string"),
    ({"parameters": {}}, f"{NAMED}parameters: Extra inputs are not permitted"),
    ({"description": 5}, f"{NAMED}description: Input should be a valid string"),
    ({"strict": "yes"}, f"{NAMED}strict: Input should be a valid boolean"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_TOOLS, ids=[str(row[0])[:50] for row in BAD_TOOLS])
def test_bad_definitions_are_400(sim: Sim, changes: dict[str, Any], message: str) -> None:
    """A tool needs a name of its own kind and a schema of an object."""
    tool = {key: value for key, value in {**CLOCK, **changes}.items() if value is not None}
    answer = sim.send(PATH, ask(tools=[tool]))
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert message in answer.error["message"]


BAD_CHOICES: list[tuple[dict[str, Any], str]] = [
    ({"tools": [CLOCK, CLOCK]}, "tools: Tool names must be unique."),
    ({"tools": None, "tool_choice": {"type": "auto"}}, "tool_choice may only be specified while providing tools"),
    ({"tool_choice": {"type": "tool", "name": "nope"}, "model": FORCING}, "Tool 'nope' not found in provided tools"),
    ({"tool_choice": {"type": "tool"}}, "tool_choice.tool.name: Field required"),
    ({"tool_choice": "any"}, "tool_choice: Input should be an object"),
    ({"tool_choice": {"type": "required"}}, "Input tag 'required' found using 'type'"),
    ({"tool_choice": {"type": "none", "disable_parallel_tool_use": True}}, "Extra inputs are not permitted"),
    *(
        (
            {"tool_choice": choice, "model": model},
            'tool_choice: type "tool" and "any" are not supported for this model.',
        )
        for model in ("claude-opus-5-5", "claude-sonnet-5-5", "claude-fable-5-1", "claude-mythos-5-2")
        for choice in ({"type": "any"}, {"type": "tool", "name": "clock"})
    ),
]


@pytest.mark.parametrize(("changes", "message"), BAD_CHOICES, ids=[str(row[0])[:70] for row in BAD_CHOICES])
def test_bad_choices_are_400(sim: Sim, changes: dict[str, Any], message: str) -> None:
    """A choice is among the tools given; the newest models cannot be forced at all."""
    body = {key: value for key, value in ask(**{"tools": TOOLS, **changes}).items() if value is not None}
    answer = sim.send(PATH, body)
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert message in answer.error["message"]


@pytest.mark.parametrize("model", ["claude-haiku-5-5", "claude-fable-5", "claude-opus-5", "claude-sonnet-4-5", "sim"])
def test_models_that_can_be_forced(sim: Sim, model: str) -> None:
    """Those before Fable 5.1, and Haiku, still take a forced choice."""
    assert calls_of(sim.send(PATH, ask(tools=TOOLS, tool_choice={"type": "any"}, model=model)))


NEXT = "Each `tool_use` block must have a corresponding `tool_result` block in the next message."
PREVIOUS = "Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
TEXT = {"type": "text", "text": "hm"}
BAD_HISTORY: list[tuple[list[Any], str]] = [
    (
        ["a", [USE], "b"],
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1.",
    ),
    (["a", [USE], [TEXT, RESULT]], NEXT),
    (["a", [USE], [{**RESULT, "tool_use_id": "other"}]], f"tool_result` blocks: other. {PREVIOUS}"),
    (["a", [USE, {**USE, "id": "toolu_2"}], [RESULT]], "immediately after: toolu_2."),
    (["a", [USE], [RESULT, RESULT]], "messages.2.content.1: each tool_use must have a single result."),
    ([[RESULT]], f"messages.0.content.0: unexpected `tool_use_id` found in `tool_result` blocks: toolu_1. {PREVIOUS}"),
    (["a", [USE], [RESULT], "b", [RESULT]], "messages.4.content.0: unexpected `tool_use_id`"),
    (["a", [USE], [RESULT], [USE], [RESULT]], "messages: `tool_use` ids must be unique"),
    (["a", [USE, USE], [RESULT]], "messages: `tool_use` ids must be unique"),
    ([[USE]], "messages.0: `tool_use` blocks can only be in `assistant` messages"),
    (["a", [RESULT], "b"], "messages.1: `tool_result` blocks can only be in `user` messages"),
    (["a", [{**USE, "input": "{}"}], [RESULT]], "messages.1.content.0.tool_use.input: Input should be an object"),
    (["a", [{**USE, "id": "a b"}], [RESULT]], "tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'"),
    (["a", [USE], [{**RESULT, "is_error": 1}]], "tool_result.is_error: Input should be a valid boolean"),
    (["a", [USE], [{**RESULT, "content": [USE]}]], "Input tag 'tool_use' found using 'type'"),
]


@pytest.mark.parametrize(("turns", "message"), BAD_HISTORY, ids=[row[1][:70] for row in BAD_HISTORY])
def test_broken_histories_are_400(sim: Sim, turns: list[Any], message: str) -> None:
    """Every call is answered in the next message, once, and nothing else is."""
    answer = sim.send(PATH, ask(tools=TOOLS, messages=history(*turns)))
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
    assert message in answer.error["message"]


def test_histories_that_are_fine(sim: Sim) -> None:
    """Text may follow results; user messages in a row are one; content may be missing, a text or blocks."""
    empty = {"type": "tool_result", "tool_use_id": "toolu_1"}
    for turns in (
        ["a", [TEXT, USE], [RESULT, TEXT]],
        ["a", [USE], [empty]],
        ["a", [USE], [{**RESULT, "content": [TEXT]}]],
    ):
        assert sim.send(PATH, ask(tools=TOOLS, messages=history(*turns))).status == 200
    second = {**USE, "id": "toolu_2"}
    messages = history("a", [USE, second], [RESULT])
    messages.append({"role": "user", "content": [{**RESULT, "tool_use_id": "toolu_2"}]})
    assert sim.send(PATH, ask(tools=TOOLS, messages=messages)).status == 200
