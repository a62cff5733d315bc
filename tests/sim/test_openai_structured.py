"""Structured outputs of OpenAI's two APIs: which schemas are refused, and what is answered to the others."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from .helpers import Sim, chat, respond, run
from .schemas import EXPRESSION, LIST, PEOPLE, PERSON, TEXT, TREE, Schema, closed, drawn, nullable

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"
EVERY = "'required' is required to be supplied and to be an array including every key in properties."
CLOSED = "'additionalProperties' is required to be supplied and to be false."


def body_of(api: str, schema: Any, prompt: str = "hi", *, strict: bool | None = True, **more: Any) -> dict[str, Any]:
    asked = {"name": "answer-1_A", "schema": schema}
    if strict is not None:
        asked["strict"] = strict
    if api == CHAT:
        return chat(prompt, response_format={"type": "json_schema", "json_schema": asked}, **more)
    return respond(prompt, text={"format": {"type": "json_schema", **asked}}, **more)


def send(sim: Sim, api: str, schema: Any, prompt: str = "hi", **more: Any) -> Any:
    return sim.send(api, body_of(api, schema, prompt, **more))


def text_of(api: str, answer: Any) -> str:
    assert answer.status == 200, answer.body
    if api == CHAT:
        return str(answer.json["choices"][0]["message"]["content"])
    return str(answer.json["output"][0]["content"][0]["text"])


def of(schema: Any) -> Schema:
    """An object with this as its only property."""
    return closed({"a": schema})


def nested(levels: int) -> Schema:
    schema = TEXT
    for _ in range(levels):
        schema = of(schema)
    return schema


def enums(*sizes: int, text: str = "v") -> Schema:
    return closed(
        {f"p{at}": {"type": "string", "enum": [f"{text}{n}" for n in range(size)]} for at, size in enumerate(sizes)}
    )


def within(*steps: str) -> str:
    return f"In context={steps!r}, "


A = within("properties", "a")
NOT_PERMITTED: list[tuple[Any, str]] = [
    (of({"type": "string", keyword: value}), f"{A}'{keyword}' is not permitted.")
    for keyword, value in (
        ("oneOf", [TEXT]),
        ("allOf", [TEXT]),
        ("not", {}),
        ("if", {}),
        ("dependentRequired", {}),
        ("dependentSchemas", {}),
        ("patternProperties", {}),
        ("propertyNames", {}),
        ("unevaluatedProperties", False),
        ("minProperties", 1),
        ("maxProperties", 1),
        ("contains", {}),
        ("uniqueItems", True),
        ("minLength", 1),
        ("maxLength", 1),
        ("default", "x"),
    )
]
REFUSED: list[tuple[Any, str]] = [
    *NOT_PERMITTED,
    ({"type": "array", "items": TEXT}, "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'."),
    ({"anyOf": [PERSON]}, "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'."),
    ({**PERSON, "anyOf": [PERSON]}, "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not'"),
    ({"type": ["object", "null"]}, "schema must have type 'object' and not have"),
    ({"type": "object", "properties": {}}, f"{within()}{CLOSED}"),
    ({**PERSON, "additionalProperties": True}, f"{within()}{CLOSED}"),
    (of({"type": "object", "properties": {}}), f"{A}{CLOSED}"),
    (of({"type": ["object", "null"], "properties": {}}), f"{within('properties', 'a', 'type', '0')}{CLOSED}"),
    (of({"type": "array", "items": {"type": "object"}}), f"{within('properties', 'a', 'items')}{CLOSED}"),
    (of({"anyOf": [TEXT, {"type": "object"}]}), f"{within('properties', 'a', 'anyOf', '1')}{CLOSED}"),
    (closed({}, defs={"x": {"type": "object"}}), f"{within('$defs', 'x')}{CLOSED}"),
    (closed({"a": TEXT, "b": TEXT}, ["a"]), f"{within()}{EVERY} Missing 'b'."),
    (closed({"a": TEXT}, ["a", "b"]), f"{within()}{EVERY} Extra required key 'b' supplied."),
    (of({"type": "array"}), f"{A}array schema missing items."),
    (of({}), f"{A}schema must have a 'type' key."),
    (of({"const": "x"}), f"{A}schema must have a 'type' key."),
    (of({"enum": ["x"]}), f"{A}schema must have a 'type' key."),
    (of(True), f"{A}schema must have a 'type' key."),
    (of({"type": "string", "format": "uri"}), f"{A}'uri' is not a valid format."),
    (of({"type": ["null", "string"], "format": "uri"}), "'a', 'type', '1'), 'uri' is not a valid format."),
    (
        closed({"a": {"$ref": "#/$defs/x", "description": "d"}}, defs={"x": TEXT}),
        "context=('properties', 'a'), $ref cannot have keywords {'description'}.",
    ),
    (of({"$ref": "#/$defs/x"}), f"{A}reference to component '#/$defs/x' which was not found in the schema."),
    (of({"$ref": "other.json"}), f"{A}reference to component 'other.json' which was not found in the schema."),
    (of({"type": "text"}), "'text' is not valid under any of the given schemas."),
    (of({"type": "string", "enum": 5}), "5 is not valid under any of the given schemas."),
    (nested(11), "11 levels of nesting exceeds limit of 10."),
    (closed({f"p{number}": TEXT for number in range(5001)}), "5001 parameters exceeds limit of 5000."),
    (enums(250, 250, 250, 250, 1), "1001 enum values exceeds limit of 1000."),
    (enums(251, text="x" * 60), "characters exceeds limit of 15000."),
    (closed({"x" * 120_001: TEXT}), "120001 characters of names and values exceeds limit of 120000."),
]


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize(("schema", "message"), REFUSED, ids=[f"{row[1]:.80}" for row in REFUSED])
def test_schemas_that_are_400(sim: Sim, api: str, schema: Any, message: str) -> None:
    """With `strict`; the message names the format and the place in its schema. Without it nothing is checked."""
    refused = send(sim, api, schema)
    where = "response_format" if api == CHAT else "text.format.schema"
    assert refused.status == 400
    error = refused.error
    assert (error["type"], error["code"], error["param"]) == ("invalid_request_error", "invalid_json_schema", where)
    assert error["message"].startswith("Invalid schema for response_format 'answer-1_A': ")
    assert message in error["message"]
    for strict in (False, None):
        assert send(sim, api, schema, strict=strict).status == 200


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize(("schema", "message"), REFUSED, ids=[f"{row[1]:.80}" for row in REFUSED])
def test_strict_functions_are_held_to_the_same(sim: Sim, api: str, schema: Any, message: str) -> None:
    """As parameters of a function, whose name is in the message."""
    function = {"name": "save", "parameters": schema, "strict": True}
    tool = {"type": "function", "function": function} if api == CHAT else {"type": "function", **function}
    body = chat(tools=[tool]) if api == CHAT else respond(tools=[tool])
    error = sim.send(api, body).error
    assert error["code"] == "invalid_function_parameters"
    assert error["message"].startswith("Invalid schema for function 'save': ")
    assert message in error["message"] or "object schema missing properties" in error["message"]


BAD_SETTINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"name": "a b"}, "name", "invalid_value"),
    ({"name": "x" * 65}, "name", "string_above_max_length"),
    ({"name": ""}, "name", "empty_string"),
    ({"name": None}, "name", "missing_required_parameter"),
    ({"schema": []}, "schema", "invalid_type"),
    ({"schema": None, "strict": True}, "schema", "missing_required_parameter"),
    ({"strict": "yes"}, "strict", "invalid_type"),
    ({"description": 5}, "description", "invalid_type"),
    ({"more": 5}, "more", "unknown_parameter"),
]


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize(("changes", "field", "code"), BAD_SETTINGS, ids=[f"{row[0]!s:.40}" for row in BAD_SETTINGS])
def test_bad_settings_are_400(sim: Sim, api: str, changes: dict[str, Any], field: str, code: str) -> None:
    """A format has a name of its own kind, a schema that is an object, and nothing unknown."""
    body = body_of(api, PERSON)
    asked = body["response_format"]["json_schema"] if api == CHAT else body["text"]["format"]
    for name, value in changes.items():
        asked[name] = value
        if value is None:
            del asked[name]
    error = sim.send(api, body).error
    where = "response_format.json_schema" if api == CHAT else "text.format"
    assert (error["code"], error["param"]) == (code, f"{where}.{field}")


FITTING: list[Schema] = [
    PERSON,
    PEOPLE,
    LIST,
    TREE,
    EXPRESSION,
    nested(10),
    enums(250, 250, 250, 250),
    closed({"a": {"$ref": "#/definitions/x"}}, definitions={"x": {"type": "string", "const": "c"}}, title="T"),
    *(drawn(seed, bounds=True, optional=False, recursive=seed % 2 == 1) for seed in range(40)),
]


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
@pytest.mark.parametrize("schema", FITTING, ids=lambda schema: json.dumps(schema)[:60])
def test_answers_are_data_that_fit(sim: Sim, api: str, schema: Schema) -> None:
    """Nothing but JSON that is valid, the same every time."""
    text = text_of(api, send(sim, api, schema))
    assert jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(json.loads(text)), text[:500]
    assert text_of(api, send(sim, api, schema)) == text


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_as_many_properties_as_are_allowed(sim: Sim, api: str) -> None:
    """5,000 are fine, and soon done, if the model may write that much."""
    schema = closed({f"p{number}": {"type": "integer"} for number in range(5000)})
    data = json.loads(text_of(api, send(sim, api, schema, model="gpt-4.1")))
    assert list(data) == list(schema["properties"])


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_without_strict_the_schema_is_kept_as_well_as_may_be(sim: Sim, api: str) -> None:
    """Any object is accepted; what is no schema gets an empty object."""
    loose = {"type": "object", "properties": {"n": {"oneOf": [{"type": "integer", "minimum": 3}]}}}
    assert json.loads(text_of(api, send(sim, api, loose, strict=False))) == {"n": 3}
    assert json.loads(text_of(api, send(sim, api, {"type": 5}, strict=None))) == {}


def test_chat_may_ask_for_no_schema(sim: Sim) -> None:
    """Then any object will do."""
    body = chat(response_format={"type": "json_schema", "json_schema": {"name": "x"}})
    assert text_of(CHAT, sim.send(CHAT, body)) == "{}"


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_the_schema_is_billed(sim: Sim, api: str) -> None:
    """It adds to the input; Responses count the same beforehand, and refuse the same."""
    name = "prompt_tokens" if api == CHAT else "input_tokens"
    plain = sim.send(api, chat() if api == CHAT else respond()).json["usage"][name]
    billed = send(sim, api, PERSON, "hello").json["usage"][name]
    assert billed > plain + 20
    if api == RESPONSES:
        counted = f"{RESPONSES}/input_tokens"
        assert sim.send(counted, body_of(api, PERSON, "hello")).json["input_tokens"] == billed
        assert sim.send(counted, body_of(api, {"type": "array"})).error["code"] == "invalid_json_schema"


@pytest.mark.parametrize("api", [CHAT, RESPONSES])
def test_the_prompt_is_read_and_words_are_said(sim: Sim, api: str) -> None:
    """Records on lines of their own are the data, and `sim:say` goes before them."""
    people = '{"name": "Ann", "age": 3}\n{"name": "Bob"}'
    found = json.loads(text_of(api, send(sim, api, PEOPLE, f"Who?\n{people}")))
    assert found == {"people": [{"name": "Ann", "age": 3}, {"name": "Bob", "age": None}]}
    assert text_of(api, send(sim, api, PEOPLE, f"sim:say=not at all\n{people}")) == "not at all"


def test_a_cut_answer_says_so(sim: Sim) -> None:
    """The start of the data, with each API's own reason."""
    cut = send(sim, CHAT, PERSON, max_completion_tokens=3).json["choices"][0]
    assert (cut["message"]["content"], cut["finish_reason"]) == ('{"name":"', "length")
    wide = closed({f"p{number}": TEXT for number in range(9)})
    response = send(sim, RESPONSES, wide, max_output_tokens=16).json
    assert (response["status"], response["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})
    text = response["output"][0]["content"][0]["text"]
    assert text.startswith('{"p0":"sim p0","p1"')
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)


def test_a_refusal_is_no_data(sim: Sim) -> None:
    """It stands where refusals stand, in words."""
    message = send(sim, CHAT, PERSON, "sim:stop=refusal").json["choices"][0]["message"]
    assert message["content"] is None
    assert message["refusal"].startswith("sim: ")


class Person(BaseModel):
    """As the SDK's users declare what they want."""

    name: str
    age: int | None


def test_the_sdk_parses_the_answer(sim: Sim) -> None:
    """Through `parse` of both APIs with a type of one's own, and streamed in several pieces."""

    async def work() -> None:
        client = sim.openai()
        prompt: Any = [{"role": "user", "content": '{"name": "Ann", "age": 3}'}]
        ann = Person(name="Ann", age=3)
        completion = await client.chat.completions.parse(model="gpt-4o", messages=prompt, response_format=Person)
        assert completion.choices[0].message.parsed == ann
        response = await client.responses.parse(model="gpt-6-luna", input=prompt, text_format=Person)
        assert response.output_parsed == ann
        wanted: Any = body_of(CHAT, PERSON)["response_format"]
        pieces = []
        async for chunk in await client.chat.completions.create(
            model="gpt-4o", messages=prompt, response_format=wanted, stream=True
        ):
            pieces += [choice.delta.content for choice in chunk.choices if choice.delta.content]
        assert len(pieces) > 5
        assert Person.model_validate_json("".join(pieces)) == ann
        async with client.responses.stream(model="gpt-4o", input=prompt, text_format=Person) as stream:
            deltas = [event.delta async for event in stream if event.type == "response.output_text.delta"]
            final = await stream.get_final_response()
        assert len(deltas) > 5
        assert final.output_parsed == ann

    run(work())


def test_nullable_parts_are_filled_or_null(sim: Sim) -> None:
    """What a record lacks is null, also deeper down."""
    schema = closed({"name": TEXT, "address": nullable(closed({"city": nullable(TEXT)}))})
    for line, found in (
        ('{"name": "Ann", "address": {}}', {"name": "Ann", "address": {"city": None}}),
        ('{"name": "Ann"}', {"name": "Ann", "address": None}),
    ):
        assert json.loads(text_of(CHAT, send(sim, CHAT, schema, line))) == found
