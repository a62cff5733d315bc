"""with_evidence, unwrap and attach: evidence in what the model is asked for, and in what is printed."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcli.errors import UsageError
from llmcli.extract.quoting.alignment import Match
from llmcli.extract.quoting.quotes import Per, Quoted, attach, unwrap, with_evidence

TREE = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "children": {"type": "array", "items": {"$ref": "#"}},
        "owner": {"$ref": "#/$defs/Person"},
        "second": {"$ref": "#/properties/owner"},
    },
    "required": ["name"],
    "$defs": {
        "Person": {
            "type": "object",
            "properties": {"age": {"$ref": "#/$defs/Age"}, "boss": {"$ref": "#/$defs/Person"}},
        },
        "Age": {"type": "integer", "minimum": 0},
    },
}
DRAFT_7 = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "$ref": "#/definitions/Item",
    "definitions": {"Item": {"type": "object", "properties": {"price": {"type": "number"}}, "required": ["price"]}},
}
WITH_ID = {
    "$id": "https://example.com/tree",
    "type": "object",
    "properties": {
        "left": {"$ref": "#/$defs/Leaf"},
        "right": {"$ref": "https://example.com/tree#/$defs/Leaf"},
        "self": {"$ref": "https://example.com/tree"},
        "part": {"$ref": "#/properties/left"},
    },
    "required": ["left"],
    "$defs": {"Leaf": {"type": "integer"}},
}
OWN_ID = {
    "type": "object",
    "properties": {"a": {"$ref": "https://example.com/part"}},
    "$defs": {
        "part": {
            "$id": "https://example.com/part",
            "type": "array",
            "items": {"$ref": "#/contains"},
            "contains": {"type": "string"},
        }
    },
}
NAMES_LIKE_KEYWORDS = {
    "type": "object",
    "properties": {
        "$ref": {"type": "string"},
        "properties": {"$ref": "#/definitions/x"},
        "mark": {"const": {"$ref": "#"}},
        "default": {"$ref": "#/properties/properties"},
    },
    "definitions": {"x": {"enum": [{"$ref": "#/definitions/x"}, 1]}},
}
PATTERNS = {
    "type": "object",
    "patternProperties": {"^x": {"anyOf": [{"$ref": "#/x-types/T"}, {"not": {"$ref": "#/x-types/S"}}]}},
    "x-types": {"T": {"type": "integer"}, "S": {"type": "string"}},
}
CASES: list[tuple[dict[str, Any], list[Any]]] = [
    (TREE, [{"name": "a", "children": [{"name": "b"}]}, {"name": "a", "children": [{"name": 1}]}, {}]),
    (TREE, [{"name": "a", "owner": {"age": 1, "boss": {"age": -1}}}, {"name": "a", "second": {"age": 3}}]),
    (
        TREE,
        [
            {"name": "a"},
            {"name": "a", "second": {"age": "x"}},
            {"name": "a", "children": [{"name": "b", "second": {"age": -1}}]},
        ],
    ),
    (DRAFT_7, [{"price": 1}, {"price": "1"}, {}, 1]),
    (WITH_ID, [{"left": 1, "right": 2}, {"left": 1, "right": "x"}, {"left": "x"}, {"left": 1, "self": {}}]),
    (WITH_ID, [{"left": 1, "self": {"left": 1, "part": 2}}, {"left": 1, "part": "x"}]),
    (OWN_ID, [{"a": ["x"]}, {"a": [1]}, {"a": "x"}]),
    (NAMES_LIKE_KEYWORDS, [{"$ref": "x"}, {"$ref": 1}, {"properties": 1}, {"properties": 2}, {"mark": {"$ref": "#"}}]),
    (NAMES_LIKE_KEYWORDS, [{"default": 1}, {"default": 2}, {"properties": {"$ref": "#/definitions/x"}}]),
    (PATTERNS, [{"x": 1}, {"x": "s"}, {"x": None}]),
]


def accepts(schema: Any, value: Any) -> bool:
    return bool(jsonschema_rs.validator_for(schema).is_valid(value))


@pytest.mark.parametrize("per", ["record", "field"])
@pytest.mark.parametrize(("schema", "values"), CASES)
def test_the_wrapped_schema_accepts_the_same_data(schema: dict[str, Any], values: list[Any], per: Per) -> None:
    before = json.dumps(schema)
    asked = with_evidence(schema, per)
    quotes: dict[str, Any] = {"quote": "q"} if per == "record" else {"quotes": [{"field": "/a", "quote": "q"}]}
    assert {accepts(schema, value) for value in values} == {True, False}
    for value in values:
        assert accepts(asked, {"data": value, **quotes}) == accepts(schema, value)
    good = next(value for value in values if accepts(schema, value))
    for wrong in ({"data": good}, quotes, {"data": good, **quotes, "more": 1}, good):
        assert not accepts(asked, wrong)
    assert json.dumps(schema) == before


def test_definitions_move_to_the_top_where_providers_look_for_them() -> None:
    asked = with_evidence(TREE, "record")
    assert asked["$defs"] == TREE["$defs"]
    assert asked["$schema"] == TREE["$schema"]
    assert asked["properties"]["data"]["properties"]["children"]["items"] == {"$ref": "#/properties/data"}
    assert list(asked["properties"]["data"]) == ["type", "properties", "required"]


def test_a_quote_is_asked_for_as_a_copy() -> None:
    assert "character for character" in with_evidence(TREE, "record")["properties"]["quote"]["description"]
    fields = with_evidence(TREE, "field")["properties"]["quotes"]["items"]
    assert (fields["required"], fields["additionalProperties"]) == (["field", "quote"], False)


def test_a_schema_with_evidence_of_its_own_is_refused() -> None:
    with pytest.raises(UsageError, match="_evidence"):
        with_evidence({"type": "object", "properties": {"_evidence": {}}}, "record")


def test_answers_are_unwrapped_to_data_and_quotes_by_pointer() -> None:
    assert unwrap({"data": {"a": 1}, "quote": "q"}) == ({"a": 1}, {"": "q"})
    quotes = [("/a", "1"), ("#/b/0", "2"), ("c", "3"), ("/a", "4"), ("/d", " "), ("/d", "5")]
    answer = {"data": {"a": 1}, "quotes": [{"field": field, "quote": quote} for field, quote in quotes]}
    assert unwrap(answer) == ({"a": 1}, {"/a": "1", "/b/0": "2", "/c": "3", "/d": "5"})
    assert unwrap({"data": None, "quotes": []}) == (None, {})


@pytest.mark.parametrize(
    "answer",
    [
        *(None, 1, [], {}, {"data": 1}, {"quote": "q"}, {"data": 1, "quote": None}, {"data": 1, "quotes": {}}),
        *({"data": 1, "quotes": ["q"]}, {"data": 1, "quotes": [{"field": "/a"}]}, {"data": 1, "quotes": "q"}),
    ],
)
def test_anything_else_is_an_error(answer: Any) -> None:
    with pytest.raises(ValueError, match="answer"):
        unwrap(answer)


FUZZY = Match(3, 8, "fuzzy", 0.91, "Total")
HERE = {"quote": "Total", "start": 3, "end": 8, "method": "fuzzy", "score": 0.91}
NOWHERE = {"quote": "gone", "start": None, "end": None, "method": None, "score": 0}


def test_evidence_of_a_record_says_what_the_source_has_there() -> None:
    assert attach({"a": 1}, {"": Quoted("totale", FUZZY)}, "record") == {"a": 1, "_evidence": HERE}
    assert attach({"a": 1}, {"": Quoted("gone", None)}, "record") == {"a": 1, "_evidence": NOWHERE}
    assert attach({"a": 1}, {}, "record") == {"a": 1, "_evidence": None}


def test_evidence_of_fields_is_named_as_they_are() -> None:
    quoted = {"/total": Quoted("x", FUZZY), "/items/0": Quoted("gone", None), "/a~1b": Quoted("gone", None)}
    assert attach({"total": 1}, quoted, "field") == {
        "total": 1,
        "_evidence": {"total": HERE, "/items/0": NOWHERE, "a/b": NOWHERE},
    }


@given(st.lists(st.text(alphabet="a/~0 1", max_size=4), min_size=1, max_size=6, unique=True))
def test_no_two_fields_have_one_name(names: list[str]) -> None:
    pointers = {f"/{name.replace('~', '~0').replace('/', '~1')}" for name in names}
    pointers |= {f"{pointer}/0" for pointer in pointers}
    record = attach({}, {pointer: Quoted("q", None) for pointer in pointers}, "field")
    assert len(record["_evidence"]) == len(pointers)


def test_data_that_is_no_object_is_put_under_value() -> None:
    assert attach("Bern", {"": Quoted("gone", None)}, "record") == {"value": "Bern", "_evidence": NOWHERE}


def test_the_data_itself_is_not_changed() -> None:
    data = {"a": 1}
    attach(data, {"": Quoted("gone", None)}, "record")
    assert data == {"a": 1}
