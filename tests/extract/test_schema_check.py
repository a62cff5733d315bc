"""What is refused before any call, with its place; and what is wrong with values, in few words."""

from typing import Any

import pytest

from llmcli.errors import ExitCode, UsageError
from llmcli.extract.problem import Problem
from llmcli.extract.schema.user import MOST_PROBLEMS, user_schema

D7 = "http://json-schema.org/draft-07/schema#"


def nested(levels: int, key: str = "items") -> Any:
    schema: Any = {}
    for _ in range(levels):
        schema = {key: schema}
    return schema


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ([], "at the root, [] is neither an object nor true or false"),
        ("string", 'at the root, "string" is neither'),
        ({"type": "strin"}, 'at /type, "strin" is not what this keyword takes'),
        ({"properties": {"a/b": {"type": 5}}}, "at /properties/a~1b/type, 5 is not"),
        ({"properties": {"a": 3}}, "at /properties/a, 3 is not"),
        ({"required": ["a", "a"]}, "at /required, the list holds something twice"),
        ({"anyOf": []}, "at /anyOf, the list is empty"),
        ({"minLength": -1}, "at /minLength, -1 is out of range"),
        ({"properties": {"a": {"pattern": "("}}}, "at /properties/a/pattern, "),
        ({"$schema": "http://json-schema.org/draft-04/schema#"}, "at /$schema, "),
        ({"$schema": 7}, "at /$schema, 7 is not supported"),
        ({"$schema": D7, "items": [{"type": 1}]}, "at /items/0/type, 1 is not"),
        ({"items": [{}]}, "at /items, "),
        ({"$ref": "http://example.org/x"}, 'at /$ref, "http://example.org/x" leads out of the document'),
        ({"items": {"$ref": "file:///etc/passwd"}}, 'at /items/$ref, "file:///etc/passwd" leads out'),
        ({"$ref": "other.json#/a"}, 'at /$ref, "other.json#/a" leads out of the document'),
        ({"$ref": D7}, "leads out of the document"),
        ({"$id": "http://example.org/a", "$ref": "b"}, 'at /$ref, "b" leads out of the document'),
        ({"$ref": "#/$defs/none"}, 'at /$ref, "#/$defs/none" leads nowhere: there is no /$defs/none'),
        ({"$ref": "#none"}, 'at /$ref, "#none" leads nowhere: nothing here is called "none"'),
        ({"$ref": "#/x", "x": 3}, 'at /$ref, "#/x" leads to something that is no schema'),
        ({"items": {"$id": "http://["}}, "at the root, an $id in it is none"),
        ({"$ref": "#"}, "at /$ref, it leads back to itself without any value in between"),
        ({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}}, "at /$defs/a/$ref, it leads back"),
        ({"$defs": {"a": {"anyOf": [{"allOf": [{"$ref": "#/$defs/a"}]}]}}}, "at /$defs/a/anyOf/0/allOf/0/$ref, it"),
        ({"$defs": {"a": {"if": {"$ref": "#/$defs/a"}}}}, "at /$defs/a/if/$ref, it leads back"),
        ({"$ref": "#/x", "x": {"required": [{}]}}, "at /x/required/0, {} is not"),
        ({"$ref": "#/x/y", "x": {"y": {"items": {"anyOf": [5]}}}}, "at /x/y/items/anyOf/0, 5 is not"),
        (nested(400), "at the root, it is nested deeper than 250 levels"),
    ],
)  # fmt: skip
def test_what_is_no_usable_schema_is_exit_2_with_its_place(document: Any, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        user_schema(document, "x.json")
    assert caught.value.exit_code is ExitCode.USAGE
    assert caught.value.message.startswith("x.json is no usable JSON Schema: at ")
    assert message in caught.value.message


@pytest.mark.parametrize(
    "document",
    [
        True,
        {},
        {"$ref": "#/$defs/a", "$defs": {"a": {"items": {"$ref": "#"}}}},
        {"default": {"$ref": "http://example.org"}, "const": {"$ref": "#/none", "type": 3}},
        {"enum": [{"$ref": "#/none"}]},
        {"properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}}},
        {"x-unknown": {"type": "nonsense"}},
        {"$schema": D7, "$ref": "#/definitions/a", "allOf": [{"$ref": "#"}], "definitions": {"a": {}}},
        nested(120),
        nested(120, "not"),
    ],
)
def test_what_is_a_schema_is_taken(document: Any) -> None:
    assert user_schema(document, "x.json").document == document


@pytest.mark.parametrize(
    ("document", "value", "problem"),
    [
        ({"type": ["string", "null"]}, 1, Problem("", "is an integer, not null or string")),
        ({"properties": {"a/b": {"items": {"type": "string"}}}}, {"a/b": ["x", None]},
         Problem("/a~1b/1", "is null, not string")),
        ({"required": ["b"]}, {}, Problem("", 'property "b" is missing')),
        ({"properties": {"a": {}}, "additionalProperties": False}, {"x": 1}, Problem("", 'unknown property "x"')),
        ({"additionalProperties": False}, {"x": 1}, Problem("", "has properties, and none is allowed")),
        ({"unevaluatedProperties": False}, {"x": 1}, Problem("", 'unknown property "x"')),
        ({"enum": ["a", "b"]}, "c", Problem("", '"c" is none of "a", "b"')),
        ({"enum": list(range(30))}, 99, Problem("", "99 is none of 0, 1, 2, 3, 4, 5, 6, 7, 22 more")),
        ({"const": {"a": 1}}, 2, Problem("", '2 is not {"a": 1}')),
        ({"format": "date"}, "2024-02-30", Problem("", '"2024-02-30" is no date')),
        ({"pattern": "^a"}, "b", Problem("", '"b" does not match ^a')),
        ({"minLength": 3}, "ab", Problem("", "2 characters, at least 3 needed")),
        ({"maxItems": 1}, [1, 2], Problem("", "2 items, at most 1 allowed")),
        ({"minimum": 0}, -1, Problem("", "-1 is less than 0")),
        ({"exclusiveMaximum": 3}, 3, Problem("", "3 is not less than 3")),
        ({"multipleOf": 0.1}, 0.15, Problem("", "0.15 is no multiple of 0.1")),
        ({"uniqueItems": True}, [1, 1], Problem("", "the same item is there twice")),
        ({"propertyNames": {"maxLength": 1}}, {"ab": 1},
         Problem("", 'property name "ab": 2 characters, at most 1 allowed')),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, 3, Problem("", "is an integer, not string or null")),
        ({"oneOf": [{"type": "string"}, {"minLength": 2}]}, "abc",
         Problem("", "fits more than one of the alternatives, of which only one may")),
        ({"anyOf": [{"properties": {"k": {"const": 1}}, "type": "object"}, {"type": "null"}]}, {"k": 2},
         Problem("/k", "2 is not 1 (the nearest of 2 alternatives)")),
        (False, 1, Problem("", "1 may not be here")),
        ({"not": {}}, 1, Problem("", "1 is what it must not be")),
        ({"prefixItems": [True], "items": False}, [1, 2], Problem("/1", "2 may not be here")),
        ({"dependentRequired": {"a": ["b"]}}, {"a": 1}, Problem("", 'property "b" is missing')),
        ({"contains": {"type": "string"}}, [1], Problem("", "no item, or not the right number, is as asked for")),
    ],
)  # fmt: skip
def test_problems_have_a_place_and_few_words(document: Any, value: Any, problem: Problem) -> None:
    assert user_schema(document, "x").problems(value) == [problem]


def test_a_large_value_is_not_dumped_and_problems_are_counted() -> None:
    user = user_schema({"items": {"enum": ["y"]}}, "x")
    problems = user.problems(["x" * 10_000] * 1000)
    assert len(problems) == MOST_PROBLEMS
    assert max(len(problem.message) for problem in problems) < 120


@pytest.mark.parametrize("levels", [200, 300, 5000])
@pytest.mark.parametrize("key", [None, "a"])
def test_a_deep_value_is_refused_not_a_crash(levels: int, key: str | None) -> None:
    value: Any = 1
    for _ in range(levels):
        value = [value] if key is None else {key: value}
    inner = {"$ref": "#/$defs/l"}
    lists = {"type": ["array", "object"], "items": inner, "additionalProperties": inner}
    user = user_schema({"$defs": {"l": lists}, **inner}, "x")
    assert user.problems(value)
    assert not user.fits(value, ("/$defs/l",))
