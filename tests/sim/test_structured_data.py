"""Data that are made up to fit a schema: valid by an independent validator, small, and always there."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from llmcli.sim.formats import EXAMPLES, is_of_format
from llmcli.sim.matching import text_matching

from .schemas import EXPRESSION, LIST, PEOPLE, PERSON, TEXT, TREE, Schema, closed, drawn, nullable, read, valid

BY_HAND: list[Schema] = [
    PERSON,
    PEOPLE,
    LIST,
    TREE,
    EXPRESSION,
    closed({}),
    closed({"a": {"type": "string", "format": "uri"}, "b": {"enum": [None, 1]}, "c": {"const": {"x": [1]}}}, ["a"]),
    closed({"a": {"type": "string", "default": 5}, "b": {"type": "integer", "default": 5}}),
    closed({"a": {"allOf": [closed({"x": TEXT}), {"required": ["x"]}]}}),
    closed({"a": {"allOf": [closed({"x": TEXT}, []), closed({"x": TEXT, "y": TEXT}, [])]}}),
    closed({"a": {"type": "array", "items": TEXT, "minItems": 40}}),
    closed({"a": {"type": "array", "prefixItems": [TEXT, {"type": "integer"}], "items": {"type": "null"}}}),
    closed({"a": {"type": "string", "minLength": 30, "maxLength": 40}, "b": {"type": "string", "maxLength": 0}}),
    closed({"a": {"type": "string", "pattern": "^[a-z]+$", "minLength": 12, "maxLength": 12}}),
    closed({"a": {"$ref": "#/definitions/x%20y~1z"}}, definitions={"x y/z": {"type": "boolean"}}),
    {"type": "array", "items": PERSON},
    {"anyOf": [{"type": "null"}, PERSON]},
    {"type": "object", "additionalProperties": {"type": "integer"}, "required": ["total"]},
    {"type": "object", "properties": {"a": True}, "required": ["a", "b"]},
    {"oneOf": [{"type": "string", "maxLength": 3}, {"type": "string", "minLength": 4}]},
    {"type": "number", "exclusiveMinimum": 1e300},
    {"type": "number", "minimum": 0.1, "maximum": 0.35, "multipleOf": 0.1},
    {"type": "integer", "multipleOf": 0.5, "exclusiveMinimum": 3},
]


@pytest.mark.parametrize("schema", BY_HAND, ids=lambda schema: json.dumps(schema)[:60])
def test_made_up_data_are_valid(schema: Schema) -> None:
    """For schemas of all kinds, also ones that refer to themselves."""
    data = read(schema, "hi")
    assert valid(schema, data), data


@pytest.mark.parametrize(("bounds", "optional", "recursive"), [(True, False, True), (False, True, False)])
def test_made_up_data_are_valid_for_schemas_by_chance(bounds: bool, optional: bool, recursive: bool) -> None:
    """As OpenAI takes them, and as Anthropic does."""
    for seed in range(300):
        schema = drawn(seed, bounds=bounds, optional=optional, recursive=recursive)
        data = read(schema, "hi")
        assert valid(schema, data), (seed, schema, data)


def test_a_schema_without_a_way_out_ends() -> None:
    """Nothing finite fits it, so an empty object must do; choices in a circle that say nothing allow anything."""
    assert read(closed({"again": {"$ref": "#"}}), "hi") == {}
    circle = {"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"anyOf": [{"$ref": "#"}]}}}
    assert read(circle, '{"a": 1}') == {"a": 1}


def test_recursion_ends_soon() -> None:
    """Optional parts of a tree are left out, instead of growing to the depth allowed."""
    assert read(TREE, "hi") == {"root": {"left": None, "right": None, "more": []}}
    assert read(LIST, "hi") == {"value": "sim value", "next": None}
    assert read(EXPRESSION, "hi") == {"value": {"left": {"number": 1}, "right": {"number": 1}}}
    assert read(closed({"child": {"$ref": "#"}}, []), "hi") == {"child": {}}
    many = closed({f"n{number}": nullable({"$ref": "#"}) for number in range(30)})
    assert len(json.dumps(read(many, "hi"))) < 1000


def test_no_schema_is_no_matter() -> None:
    """Where the vendor does not look at the schema, nothing crashes over it."""
    wrong: list[Schema] = [{"type": 5}, {"properties": []}, {"anyOf": []}, {"type": "object", "required": [1]}]
    for schema in wrong:
        assert read(schema, '{"a": 1}') == {}


@pytest.mark.parametrize("name", EXAMPLES)
def test_formats_are_those_of_the_validator(name: str) -> None:
    """What is taken for a format is one, and examples of it are taken."""
    tries = [EXAMPLES[name], *EXAMPLES.values(), "", "x", "2026-02-30", "24:00:00Z", "P", "P1YT", "a@b..c", "1.2.3.256"]
    tries += ["-a.example", "2026-01-31t12:00:00.5+01:00", "P1W", "PT1H2M", ":::", "::1", "mailto:x@y", "a b", "\n"]
    form = jsonschema_rs.Draft202012Validator({"type": "string", "format": name}, validate_formats=True)
    assert is_of_format(EXAMPLES[name], name)
    assert [text for text in tries if is_of_format(text, name) and not form.is_valid(text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "^(\\w)\\1$",
        "^(?:a|b){2,}$",
        "^\\p{Lu}\\p{L}*$",
        "^[\\p{L} ]{3}$",
        "^(?=.*a).+$",
        "\\bword\\b",
        "^[^a-z]$",
        "^$",
    ],
)
def test_patterns_are_matched(pattern: str) -> None:
    """Also with classes that Python has not, back references and easy lookaround."""
    text = text_matching(pattern)
    assert text is not None
    assert jsonschema_rs.is_valid({"type": "string", "pattern": pattern}, text)
