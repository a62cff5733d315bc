"""JSON is read strictly, wherever in an answer it stands: what comes out can be written again, by anybody."""

from __future__ import annotations

import pytest

from llmcli.errors import InvalidOutputError
from llmcli.extract import json_value
from llmcli.extract.answer.json_text import value_in
from llmcli.extract.schema.user import user_schema
from llmcli.extract.ways import NAME, ways
from llmcli.messages import Reply, StopReason, ToolCallPart

NO_JSON = ("[NaN]", "[-Infinity]", "[1e999]", '["\\ud800"]', '["\\ude00\\ud83d"]', '["\ud800"]', "[" * 2_000)


@pytest.mark.parametrize("text", NO_JSON, ids=range(len(NO_JSON)))
def test_what_nobody_could_write_again_is_no_json(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        json_value.parse(text)
    with pytest.raises(InvalidOutputError):
        value_in(f"It is {text}, I think.")


def test_pairs_of_surrogates_are_characters() -> None:
    assert json_value.parse('["\\ud83d\\ude00", "\\\\ud800"]') == ["😀", "\\ud800"]
    assert value_in('It is ["\\ud83d\\ude00"].') == ["😀"]


def test_half_of_a_pair_is_named() -> None:
    with pytest.raises(ValueError, match=r"half of a surrogate pair, \\ud800, is no character"):
        json_value.parse('{"a": "\\uD800"}')


def test_the_arguments_of_a_call_are_read_as_strictly() -> None:
    user = user_schema({"type": "object"}, "x.json")
    [way] = ways(user, "openai", many=False, mode="tool")
    call = ToolCallPart("1", NAME, {"a": "\ud800"})
    with pytest.raises(InvalidOutputError, match="half of a surrogate pair"):
        way.read(Reply("", StopReason.TOOL_USE, extra_parts=(call,)))
