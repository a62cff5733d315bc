"""Structured outputs of Anthropic's Messages API: which schemas are refused, and what is answered to the others."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from .helpers import Sim, ask, run
from .schemas import LIST, PEOPLE, PERSON, TEXT, TREE, Schema, closed, drawn, nullable

PATH = "/v1/messages"
COUNT = f"{PATH}/count_tokens"
WHERE = "output_config.format.schema: "
CLOSED = "For 'object' type, 'additionalProperties"


def format_of(schema: Any) -> dict[str, Any]:
    return {"format": {"type": "json_schema", "schema": schema}}


def send(sim: Sim, schema: Any, prompt: str = "hi", **more: Any) -> Any:
    return sim.send(PATH, ask(prompt, **{"max_tokens": 4000, "output_config": format_of(schema), **more}))


def strict_tool(schema: Schema, number: int = 0) -> dict[str, Any]:
    return {"name": f"save_{number}", "input_schema": schema, "strict": True}


def data_of(answer: Any) -> Any:
    assert answer.status == 200, answer.body
    [block] = answer.json["content"]
    return json.loads(block["text"])


def of(schema: Any) -> Schema:
    """An object with this as its only property."""
    return closed({"a": schema})


def circle(*names: str) -> Schema:
    """Definitions that refer to each other."""
    following = zip(names, [*names[1:], names[0]], strict=True)
    definitions = {name: closed({"next": nullable({"$ref": f"#/$defs/{after}"})}) for name, after in following}
    return closed({"a": {"$ref": f"#/$defs/{names[0]}"}}, defs=definitions)


REFUSED: list[tuple[Any, str]] = [
    ({"type": "object", "properties": {}}, f"{CLOSED}' must be explicitly set to false"),
    ({"type": "object", "additionalProperties": True}, f"{CLOSED}: true' is not supported. Please set"),
    ({"type": "object", "additionalProperties": TEXT}, f"{CLOSED}: object' is not supported. Please set"),
    (of({"type": "object", "properties": {}}), f"{CLOSED}' must be explicitly set to false"),
    (of({"type": ["object", "null"]}), f"{CLOSED}' must be explicitly set to false"),
    (of({"type": "array", "items": {"type": "object"}}), f"{CLOSED}' must be explicitly set to false"),
    (closed({}, defs={"x": {"type": "object"}}), f"{CLOSED}' must be explicitly set to false"),
    (of({"type": "integer", "minimum": 1}), "For 'integer' type, property 'minimum' is not supported"),
    (
        of({"type": "number", "minimum": 0, "maximum": 1}),
        "For 'number' type, properties maximum, minimum are not supported",
    ),
    (
        of({"type": ["number", "null"], "multipleOf": 2}),
        "For 'number' type, property 'multipleOf' is not supported",
    ),
    (of({"type": "number", "exclusiveMinimum": 0}), "property 'exclusiveMinimum' is not supported"),
    (of({"type": "number", "exclusiveMaximum": 0}), "property 'exclusiveMaximum' is not supported"),
    (of({"type": "string", "minLength": 1}), "For 'string' type, property 'minLength' is not supported"),
    (of({"type": "string", "maxLength": 1}), "For 'string' type, property 'maxLength' is not supported"),
    (of({"type": "string", "format": "phone"}), "For 'string' type, format 'phone' is not supported"),
    (of({"type": "string", "pattern": "^(?!x)a"}), "lookaround in 'pattern' is not supported"),
    (of({"type": "string", "pattern": "(?<=x)a"}), "lookaround in 'pattern' is not supported"),
    (of({"type": "string", "pattern": "(a)\\1"}), "a backreference in 'pattern' is not supported"),
    (of({"type": "string", "pattern": "\\ba"}), "a word boundary in 'pattern' is not supported"),
    (of({"type": "array", "items": TEXT, "maxItems": 3}), "For 'array' type, property 'maxItems' is not supported"),
    (
        of({"type": "array", "items": TEXT, "minItems": 2, "maxItems": 5}),
        "For 'array' type, 'minItems' values other than 0 or 1 are not supported (got: [2, 5])",
    ),
    (of({"type": "array", "items": TEXT, "minItems": 6}), "are not supported (got: [6, ∞])"),
    (of({"type": "array", "items": TEXT, "uniqueItems": True}), "property 'uniqueItems' is not supported"),
    (of({"type": "array", "prefixItems": [TEXT]}), "property 'prefixItems' is not supported"),
    (of({"type": "array", "items": TEXT, "contains": TEXT}), "property 'contains' is not supported"),
    (of({"oneOf": [TEXT]}), "Schema type 'oneOf' is not supported"),
    (of({"type": "string", "not": {"const": "x"}}), "Schema type 'not' is not supported"),
    ({**closed({}), "if": {"required": ["a"]}}, "Schema type 'if' is not supported"),
    ({**closed({}), "patternProperties": {"^x": TEXT}}, "property 'patternProperties' is not supported"),
    ({**closed({}), "propertyNames": TEXT}, "For 'object' type, property 'propertyNames' is not supported"),
    ({**closed({}), "minProperties": 1}, "property 'minProperties' is not supported"),
    ({**closed({}), "dependentRequired": {}}, "property 'dependentRequired' is not supported"),
    (of({}), "Invalid schema: Schema type is missing"),
    (of(True), "Invalid schema: Schema type is missing"),
    (of({"description": "anything"}), "Invalid schema: Schema type is missing"),
    (of({"enum": [{"x": 1}]}), "'enum' values must be strings, numbers, booleans or null"),
    (of({"anyOf": [TEXT, {"type": "integer", "minimum": 1}]}), "property 'minimum' is not supported"),
    (of({"allOf": [{"type": "integer", "minimum": 1}]}), "property 'minimum' is not supported"),
    (closed({"a": {"allOf": [{"$ref": "#/$defs/x"}]}}, defs={"x": TEXT}), "'allOf' with '$ref' is not supp"),
    (of({"$ref": "https://example.com/a.json"}), "External schema references are not supported"),
    (of({"$ref": "other.json#/a"}), "External schema references are not supported"),
    (of({"$ref": "#/$defs/none"}), "Schema reference '#/$defs/none' leads nowhere"),
    (LIST, "Circular reference detected in schema definitions: # -> #. Self-referencing or mutually-referencing"),
    (TREE, "Circular reference detected in schema definitions: node -> node."),
    (circle("a", "b", "c"), "Circular reference detected in schema definitions: a -> b -> c -> a."),
    ({"type": "text"}, "JSON schema is invalid. It must match JSON Schema draft 2020-12"),
    (of({"enum": "x"}), "JSON schema is invalid. It must match JSON Schema draft 2020-12"),
]


@pytest.mark.parametrize(("schema", "message"), REFUSED, ids=[f"{row[1]:.60}" for row in REFUSED])
def test_schemas_that_are_400(sim: Sim, schema: Any, message: str) -> None:
    """The message says where the schema is and what is wrong with it, also when only tokens are counted."""
    refused = send(sim, schema)
    assert (refused.status, refused.error["type"]) == (400, "invalid_request_error")
    assert refused.error["message"].startswith(f"{WHERE}{message}") or message in refused.error["message"]
    assert refused.error["message"].startswith(WHERE)
    body = ask(output_config=format_of(schema))
    del body["max_tokens"]
    assert sim.send(COUNT, body).error == refused.error


@pytest.mark.parametrize(("schema", "message"), REFUSED, ids=[f"{row[1]:.60}" for row in REFUSED])
def test_strict_tools_are_held_to_the_same(sim: Sim, schema: Any, message: str) -> None:
    """At their own place; the same tool without `strict` is fine, if it is one at all."""
    tool = strict_tool(schema)
    refused = sim.send(PATH, ask(tools=[tool]))
    assert (refused.status, refused.error["type"]) == (400, "invalid_request_error")
    if schema.get("type") == "object" and "JSON schema is invalid" not in message:
        assert refused.error["message"].startswith("tools.0.custom: ")
        assert message in refused.error["message"]
        assert sim.send(PATH, ask(tools=[{**tool, "strict": False}])).status == 200


def optional(number: int) -> Schema:
    return closed({f"p{at}": TEXT for at in range(number)}, [])


def unions(number: int) -> Schema:
    kinds = ({"type": ["string", "null"]}, nullable(TEXT))
    return closed({f"p{at}": kinds[at % 2] for at in range(number)})


LIMITS: list[tuple[list[Schema], Schema | None, str | None]] = [
    ([], optional(24), None),
    ([], optional(25), "Schemas contains too many optional parameters (25), which would make grammar compilation"),
    ([optional(12)], optional(13), "too many optional parameters (25)"),
    ([optional(12), optional(12)], None, None),
    ([optional(12), of(optional(13))], None, "too many optional parameters (25)"),
    ([], unions(16), None),
    ([], unions(17), "too many parameters with union types (17 parameters with type arrays or anyOf). This causes exp"),
    ([unions(8)], unions(9), "(limit: 16 parameters with unions)."),
    ([of(TEXT)] * 20, None, None),
    ([of(TEXT)] * 21, None, "Too many strict tools (21). The maximum number of strict tools supported is 20. Try"),
]


@pytest.mark.parametrize(("tools", "schema", "message"), LIMITS, ids=range(len(LIMITS)))
def test_limits_hold_for_all_schemas_together(
    sim: Sim, tools: list[Schema], schema: Schema | None, message: str | None
) -> None:
    """24 optional parameters, 16 with unions, 20 strict tools; exactly as many are fine."""
    body = ask(max_tokens=4000, tools=[strict_tool(one, number) for number, one in enumerate(tools)])
    if schema is not None:
        body["output_config"] = format_of(schema)
    answer = sim.send(PATH, body)
    assert answer.status == (200 if message is None else 400)
    assert message is None or message in answer.error["message"]


def test_tools_that_are_not_strict_have_no_limits(sim: Sim) -> None:
    """Neither in number nor in what their schemas hold."""
    schema = {"type": "object", "properties": {f"p{at}": {"type": "integer", "minimum": 1} for at in range(40)}}
    tools = [{"name": f"t{number}", "input_schema": schema} for number in range(30)]
    assert sim.send(PATH, ask(tools=tools)).status == 200


TAKEN: list[Schema] = [
    PERSON,
    PEOPLE,
    closed({}),
    {"type": "string"},
    {"type": "array", "items": PERSON, "minItems": 1},
    {"anyOf": [PERSON, closed({"error": TEXT})]},
    closed({"a": {"type": "string", "pattern": "^\\w+\\.[(?=]\\(\\d{2}$", "description": "x"}}, title="T"),
    closed({"a": {"allOf": [closed({"x": TEXT})]}, "b": {"const": "c"}, "c": {"enum": [1, "x", None, True]}}),
    closed({"a": {"type": "boolean", "default": False, "title": "A"}}, []),
    closed({"a": {"$ref": "#/definitions/x"}, "b": {"$ref": "#/definitions/x"}}, definitions={"x": TEXT}),
    closed(
        {
            f"f{number}": {"type": "string", "format": name}
            for number, name in enumerate(
                ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid")
            )
        }
    ),
    *(drawn(seed, bounds=False, optional=False, recursive=False) for seed in range(20)),
]


@pytest.mark.parametrize("schema", TAKEN, ids=lambda schema: json.dumps(schema)[:60])
def test_answers_are_data_that_fit(sim: Sim, schema: Schema) -> None:
    """One text block with nothing but JSON that is valid; the answer's end is an ordinary one."""
    answer = send(sim, schema)
    if answer.status == 400:  # drawn by chance with more unions than are allowed
        assert "too many parameters with union types" in answer.error["message"]
        return
    assert jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(data_of(answer))
    assert answer.json["stop_reason"] == "end_turn"


def test_effort_may_stand_beside_the_format(sim: Sim) -> None:
    """Thinking comes before the data; a format that is null is none."""
    answer = send(sim, PERSON, output_config={**format_of(PERSON), "effort": "high"})
    assert answer.json["content"][-1]["text"] == '{"name":"sim name","age":1}'
    assert send(sim, None, output_config={"format": None, "effort": "low"}).json["content"][0]["text"].startswith("sim")
    for wrong in ({"type": "json_object"}, {"type": "json_schema"}, {"type": "json_schema", "schema": "x"}):
        assert send(sim, None, output_config={"format": wrong}).status == 400


def test_the_schema_is_billed(sim: Sim) -> None:
    """It adds to the input, and counting says the same as the answer."""
    body = ask(output_config=format_of(PERSON))
    with_schema = sim.send(PATH, body).json["usage"]["input_tokens"]
    assert with_schema > sim.send(PATH, ask()).json["usage"]["input_tokens"] + 20
    del body["max_tokens"]
    assert sim.send(COUNT, body).json == {"input_tokens": with_schema}


def test_a_schema_goes_with_no_citations_and_no_started_answer(sim: Sim) -> None:
    """Both are 400."""
    source = {"type": "text", "media_type": "text/plain", "data": "x"}
    document = {"type": "document", "source": source, "citations": {"enabled": True}}
    messages: list[Any] = [{"role": "user", "content": [document, {"type": "text", "text": "hi"}]}]
    assert "citations" in send(sim, PERSON, messages=messages).error["message"]
    started = [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "{"}]
    assert "prefill" in send(sim, PERSON, messages=started, model="claude-haiku-4-5").error["message"]


def test_the_prompt_is_read(sim: Sim) -> None:
    """Records in the text and in documents are the data, in the order of the prompt."""
    source = {"type": "text", "media_type": "text/plain", "data": 'about:\n{"name": "Ann", "age": 3}\n{"x": 1}'}
    content = [{"type": "document", "source": source}, {"type": "text", "text": '{"name": "Bob"}'}]
    found = data_of(send(sim, PEOPLE, messages=[{"role": "user", "content": content}]))
    assert found == {"people": [{"name": "Ann", "age": 3}, {"name": "Bob", "age": None}]}


def test_a_strict_tool_is_called_with_what_is_read(sim: Sim) -> None:
    """Where a call can be forced, its arguments come from the prompt."""
    body = ask('{"name": "Ann", "age": 3}', tools=[strict_tool(PERSON)], tool_choice={"type": "any"})
    [call] = sim.send(PATH, body).json["content"]
    assert call["input"] == {"name": "Ann", "age": 3}


def test_max_tokens_cuts_the_json(sim: Sim) -> None:
    """What arrived is the start of the data."""
    answer = send(sim, PERSON, max_tokens=3)
    assert answer.json["stop_reason"] == "max_tokens"
    assert answer.json["content"][0]["text"] == '{"name":"'


class Person(BaseModel):
    """As the SDK's users declare what they want."""

    name: str
    age: int | None


def test_the_sdk_parses_the_answer(sim: Sim) -> None:
    """Through `parse` with a type of one's own, and streamed in several pieces."""

    async def work() -> None:
        client = sim.anthropic()
        prompt: Any = [{"role": "user", "content": '{"name": "Ann", "age": 3}'}]
        parsed = await client.messages.parse(
            model="claude-haiku-5-5", max_tokens=1000, messages=prompt, output_format=Person
        )
        assert parsed.parsed_output == Person(name="Ann", age=3)
        wanted: Any = format_of(PERSON)
        async with client.messages.stream(
            model="claude-opus-5-5", max_tokens=1000, messages=prompt, output_config=wanted
        ) as stream:
            pieces = [text async for text in stream.text_stream]
            final = await stream.get_final_message()
        assert len(pieces) > 5
        assert json.loads("".join(pieces)) == {"name": "Ann", "age": 3}
        assert final.usage.output_tokens >= len(pieces)
        assert final.stop_reason == "end_turn"

    run(work())
