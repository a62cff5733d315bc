"""The short form: each kind of field, and where a mistake is."""

from typing import Any

import pytest

from llmcli.errors import UsageError
from llmcli.extract.schema.short_form import parse_short_form
from llmcli.extract.schema.short_types import SCALARS
from llmcli.extract.schema.user import user_schema

S: dict[str, Any] = {"type": "string"}
I: dict[str, Any] = {"type": "integer"}  # noqa: E741 - as short as the form is


def closed(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("name", closed({"name": S})),
        ("name, age int", closed({"name": S, "age": I})),
        ("a,b,c", closed({"a": S, "b": S, "c": S})),
        ("a, b int,", closed({"a": S, "b": I})),
        ("a\nb int\n\n, c", closed({"a": S, "b": I, "c": S})),
        (" a ,\n b int ", closed({"a": S, "b": I})),
        ("born date?", closed({"born": {**S, "format": "date"}}, "born")),
        ("born? date", closed({"born": {**S, "format": "date"}}, "born")),
        ("nick?", closed({"nick": S}, "nick")),
        ("nick? : what friends say", closed({"nick": {**S, "description": "what friends say"}}, "nick")),
        ("tags list[str]", closed({"tags": {"type": "array", "items": S}})),
        ("tags list", closed({"tags": {"type": "array", "items": S}})),
        ("tags [int]", closed({"tags": {"type": "array", "items": I}})),
        ("m list[list[int]]", closed({"m": {"type": "array", "items": {"type": "array", "items": I}}})),
        ("m dict[str,int]", closed({"m": {"type": "object", "additionalProperties": I}})),
        ("m dict[str, list[int]]",
         closed({"m": {"type": "object", "additionalProperties": {"type": "array", "items": I}}})),
        ("m map[int]", closed({"m": {"type": "object", "additionalProperties": I}})),
        ("m dict", closed({"m": {"type": "object", "additionalProperties": {}}})),
        ("mood good|bad", closed({"mood": {"enum": ["good", "bad"]}})),
        ('mood "very good" | bad', closed({"mood": {"enum": ["very good", "bad"]}})),
        ("stars 1|2|3", closed({"stars": {"enum": [1, 2, 3]}})),
        ("v 1.5|x|true|null", closed({"v": {"enum": [1.5, "x", True, None]}})),
        ("v 007|08", closed({"v": {"enum": ["007", "08"]}})),
        ("v 1e5|1e999", closed({"v": {"enum": [100000.0, "1e999"]}})),
        ("x int|null", closed({"x": {"anyOf": [I, {"type": "null"}]}})),
        ("x str|int|list[int]", closed({"x": {"anyOf": [S, I, {"type": "array", "items": I}]}})),
        ("x good|date", closed({"x": {"enum": ["good", "date"]}})),
        ('kind "invoice"', closed({"kind": {"const": "invoice"}})),
        ("address {street, zip int}", closed({"address": closed({"street": S, "zip": I})})),
        ("address {street, zip int}?, b", closed({"address": closed({"street": S, "zip": I}), "b": S}, "address")),
        ("items [{name, qty int}]", closed({"items": {"type": "array", "items": closed({"name": S, "qty": I})}})),
        ("items list[{name: what, qty int}]",
         closed({"items": {"type": "array", "items": closed({"name": {**S, "description": "what"}, "qty": I})}})),
        ("a {\n b int\n c\n}", closed({"a": closed({"b": I, "c": S})})),
        ("bio: one sentence", closed({"bio": {**S, "description": "one sentence"}})),
        ("bio:short", closed({"bio": {**S, "description": "short"}})),
        ("bio: one sentence, no more than 20 words, age int",
         closed({"bio": {**S, "description": "one sentence, no more than 20 words"}, "age": I})),
        ("a: x, b: y", closed({"a": {**S, "description": "x"}, "b": {**S, "description": "y"}})),
        ('a: "x, y", b', closed({"a": {**S, "description": "x, y"}, "b": S})),
        ('a: "say \\"x\\"", b', closed({"a": {**S, "description": 'say "x"'}, "b": S})),
        ("a int: see {this, that}, b", closed({"a": {**I, "description": "see {this, that}"}, "b": S})),
        ("a: text, with commas\nb", closed({"a": {**S, "description": "text, with commas"}, "b": S})),
        ("a: b? c?", closed({"a": {**S, "description": "b? c?"}})),
        ("a:", closed({"a": S})),
        ('"full name", größe float?, $ref, a-b.c', closed(
            {"full name": S, "größe": {"type": "number"}, "$ref": S, "a-b.c": S}, "größe")),
        ("int int", closed({"int": I})),
    ],
)  # fmt: skip
def test_fields(text: str, expected: dict[str, Any]) -> None:
    assert parse_short_form(text) == expected
    assert user_schema(parse_short_form(text), "x").document == expected


@pytest.mark.parametrize("name", SCALARS)
def test_every_scalar_is_a_type(name: str) -> None:
    assert parse_short_form(f"x {name}")["properties"]["x"] == SCALARS[name]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("a, b dat", 'has an unknown type "dat", at column 6', "did you mean date?"),
        ("a: some text, born dat", 'has an unknown type "dat", at column 20', "did you mean date?"),
        ("a interger", 'has an unknown type "interger", at column 3', "did you mean integer?"),
        ("a foo", 'has an unknown type "foo", at column 3', "the types are str, "),
        ("a, b, a int", 'names "a" twice, at column 7', "a name of its own"),
        ("a {b, b}", 'names "b" twice, at column 7', "a name of its own"),
        ("a,,b", 'has "," where a field was expected, at column 3', None),
        (",a", 'has "," where a field was expected, at column 1', None),
        ("a int b", 'has "b" where a comma was expected, at column 7', None),
        ("a {b", 'has nothing where "}" was expected, at column 5', None),
        ("a list[int", 'has nothing where "]" was expected, at column 11', None),
        ("a list[]", 'has "]" where a type was expected, at column 8', None),
        ("a }", 'has "}" where a comma was expected, at column 3', None),
        ("a {}", "names no field, at column 4", "name, age int"),
        ('a "x', "has a quote that is not closed, at column 3", None),
        ("a good|list[int]", "mixes types and values in one choice, at column 8", "in quotes"),
        ("a x|x", "has a choice with the same value twice, at column 3", None),
        ("a x|", "has nothing where a type was expected, at column 5", None),
        ("a dict[int,str]", "has a map whose keys are no text, at column 8", "dict[str, …]"),
        ("a int\nb foo\nc", 'has an unknown type "foo", at line 2, column 3', "the types are"),
        ("a ?b", 'has an unknown type "b", at column 4', "the types are"),
        ("a " + "[" * 5000, "is nested too deeply", None),
    ],
)  # fmt: skip
def test_mistakes_have_a_column(text: str, message: str, hint: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        parse_short_form(text)
    assert caught.value.message.startswith("the schema ")
    assert message in caught.value.message
    assert (hint is None) or hint in (caught.value.hint or "")
