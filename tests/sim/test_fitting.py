"""Arguments that fit a schema: checked by an independent reading of the schema."""

from __future__ import annotations

from typing import Any

import pytest

from llmcli.sim.fitting import Maker
from llmcli.sim.json_schema import problem
from llmcli.sim.shapes import Shapes


def arguments_for(schema: dict[str, Any]) -> Any:
    """What is made for the schema of a tool's input."""
    return Maker(Shapes(schema)).make(schema)


def one(schema: dict[str, Any]) -> Any:
    """The value made for a property with this schema."""
    return arguments_for({"type": "object", "properties": {"x": schema}, "required": ["x"]})["x"]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string"}, "sim x"),
        ({"type": "string", "minLength": 9}, "sim xxxxx"),
        ({"type": "string", "maxLength": 2}, "si"),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "string", "enum": ["b", "a"]}, "b"),
        ({"const": 7}, 7),
        ({"type": "integer", "default": 5}, 5),
        ({"type": "integer"}, 1),
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "integer", "exclusiveMinimum": 3}, 4),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "integer", "exclusiveMaximum": -2}, -3),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        pytest.param({"type": "number", "minimum": 10**400}, 10**400, id="huge"),
        pytest.param({"type": "number", "exclusiveMinimum": 10**400, "maximum": 10**401}, 10**401, id="huge range"),
        ({"type": "integer", "maximum": -7, "multipleOf": 5}, -10),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, 0.5),
        ({"type": "boolean"}, True),
        ({"type": "null"}, None),
        ({"type": ["null", "integer"]}, 1),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [1, 1]),
        ({"type": "array", "items": {"type": "integer"}, "maxItems": 0}, []),
        ({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, True),
        ({"oneOf": [{"type": "integer", "minimum": 4}]}, 4),
        ({"allOf": [{"type": "integer"}, {"minimum": 6}]}, 6),
        ({"type": "object", "properties": {"y": {"type": "integer"}}}, {"y": 1}),
    ],
)
def test_each_keyword_is_obeyed(schema: dict[str, Any], value: Any) -> None:
    """The value is the one expected, and its type is too."""
    assert one(schema) == value
    assert type(one(schema)) is type(value)


def test_only_what_is_required_is_there() -> None:
    """Optional properties are left out; if none is required, all are there."""
    properties = {"a": {"type": "integer"}, "b": {"type": "integer"}}
    assert arguments_for({"type": "object", "properties": properties, "required": ["b"]}) == {"b": 1}
    assert arguments_for({"type": "object", "properties": properties}) == {"a": 1, "b": 1}
    assert arguments_for({"type": "object"}) == {}


def test_references_are_followed_but_not_for_ever() -> None:
    """$defs are found; a schema that holds itself ends."""
    tree = {
        "type": "object",
        "properties": {"node": {"$ref": "#/$defs/node"}},
        "required": ["node"],
        "$defs": {
            "node": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                },
                "required": ["name", "next"],
            }
        },
    }
    made: Any = arguments_for(tree)
    assert made["node"]["name"] == "sim name"
    endless = {"type": "object", "properties": {"x": {"$ref": "#"}}, "required": ["x"]}
    assert isinstance(arguments_for(endless), dict)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "properties": []},
        {"type": "object", "properties": {"a": 5}},
        {"type": "object", "properties": {"a": {"type": "text"}}},
        {"type": "object", "properties": {"a": {"minItems": "2"}}},
        {"type": "object", "properties": {"a": {"anyOf": []}}},
        {"type": "object", "properties": {"a": {"pattern": "("}}},
        {"type": "object", "properties": {"a": {"multipleOf": 0}}},
        {"type": "object", "required": "a"},
    ],
)
def test_what_is_no_schema_is_told(schema: dict[str, Any]) -> None:
    """Keywords of the wrong type make no schema."""
    assert problem(schema) is not None


@pytest.mark.parametrize("pattern", ["^[a-z]{3}-\\d{2,4}$", "^(yes|no)$", "^\\+?[0-9]+$", "[A-Z]", "^\\w+@\\w+\\.com$"])
def test_patterns_are_matched(pattern: str) -> None:
    """A text with a pattern matches it."""
    import re

    assert re.search(pattern, one({"type": "string", "pattern": pattern}))
