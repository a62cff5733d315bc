"""A schema from examples: what they have in common."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmcli.errors import UsageError
from llmcli.extract.schema.example import schema_from_example, schema_of
from llmcli.extract.schema.user import user_schema

from .generate import ANY


@pytest.mark.parametrize(
    ("examples", "expected"),
    [
        ([1], {"type": "integer"}),
        ([1, 2.5], {"type": "number"}),
        ([1.0], {"type": "number"}),
        ([True, 1], {"anyOf": [{"type": "integer"}, {"type": "boolean"}]}),
        ([None], {"type": "null"}),
        (["x", None], {"type": ["string", "null"]}),
        (["x", 1], {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        (["2024-01-01"], {"type": "string", "format": "date"}),
        (["2024-01-01", "soon"], {"type": "string"}),
        (["2024-01-01T10:00:00Z"], {"type": "string", "format": "date-time"}),
        (["a@b.example"], {"type": "string", "format": "email"}),
        (["https://example.org/x"], {"type": "string", "format": "uri"}),
        (["note: this"], {"type": "string"}),
        (["123e4567-e89b-12d3-a456-426614174000"], {"type": "string", "format": "uuid"}),
        ([""], {"type": "string"}),
        ([[]], {"type": "array", "items": {}}),
        ([[1], [2.5, None]], {"type": "array", "items": {"type": ["number", "null"]}}),
        ([{}], {"type": "object", "properties": {}, "required": [], "additionalProperties": False}),
    ],
)
def test_types_are_merged(examples: list[Any], expected: Any) -> None:
    assert schema_of(examples) == expected


def test_keys_that_some_lack_are_optional_at_every_depth(tmp_path: Path) -> None:
    examples = [{"a": 1, "b": [{"x": 1}, {"x": 2, "y": "z"}]}, {"b": [], "c": None}]
    (tmp_path / "e.jsonl").write_text("\n".join(map(json.dumps, examples)) + "\n\n")
    document = schema_from_example("e.jsonl", tmp_path).document
    assert isinstance(document, dict)
    assert document["required"] == ["b"]
    assert list(document["properties"]) == ["a", "b", "c"]
    assert document["properties"]["b"]["items"]["required"] == ["x"]


@settings(max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(examples=st.lists(ANY, min_size=1, max_size=4))
def test_every_example_is_valid(examples: list[Any]) -> None:
    user = user_schema(schema_of(examples), "x")
    assert [user.problems(example) for example in examples] == [[] for _ in examples]


def test_a_file_of_one_value_over_many_lines_is_one_example(tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text(json.dumps({"a": [1, 2]}, indent=2))
    assert schema_from_example("e.json", tmp_path).problems({"a": [3]}) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "e.json is empty"),
        ("{'a': 1}", "e.json is no JSON"),
        ('{"a": 1,\n"b": }', "e.json is no JSON"),
        ('{"a": 1}\n{"a": }\n', "e.json, line 2 is no JSON"),
        ('{"a": NaN}', "JSON has no NaN"),
        ('{"a": "\\ud800"}', "half of a surrogate pair"),
        ("[" * 100_000, "nested too deeply"),
        ("[" * 400 + "]" * 400, "nested too deeply"),
    ],
)
def test_what_is_no_example_is_refused(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "e.json").write_text(content)
    with pytest.raises(UsageError, match=r"e\.json") as caught:
        schema_from_example("e.json", tmp_path)
    assert message in caught.value.message
