"""strict_json: an object or a reason, whatever the text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcli.batch.rows.row import BadRowError
from llmcli.batch.rows.strict_json import parse_object

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON: expecting property name enclosed in double quotes (column 2)"),
        ('{"a": 1} {"b": 2}', "not JSON: extra data (column 10)"),
        ("[1]", "an array where an object is expected"),
        ("7", "a number where an object is expected"),
        ("null", "null where an object is expected"),
        ('{"a": NaN}', "NaN is not JSON"),
        ('{"a": [-Infinity]}', "-Infinity is not JSON"),
        ('{"a": 1e999}', "the number 1e999 is too large"),
        ('{"a": 1, "a": 2}', 'the key "a" is there twice'),
        ('{"b": {"a": 1, "ä": 2, "\\u00e4": 3}}', 'the key "ä" is there twice'),
        ('{"a": "\\ud83d"}', "half of a surrogate pair, \\ud83d, is no character"),
        ('{"\\udc00": 1}', "half of a surrogate pair, \\udc00, is no character"),
        ('{"a": ' + "[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_json_object_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(BadRowError) as caught:
        parse_object(text)
    assert str(caught.value) == reason


def test_an_integer_of_too_many_digits_is_refused() -> None:
    with pytest.raises(BadRowError, match="not JSON that can be read: exceeds the limit"):
        parse_object('{"a": ' + "9" * 5000 + "}")


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert parse_object('{"a": "\\ud83d\\ude00"}') == {"a": "😀"}


@settings(deadline=None)  # the machine may be busy
@given(st.dictionaries(st.text(), JSON, max_size=4), st.booleans())
def test_every_object_that_can_be_written_is_read_back(value: dict[str, Any], ascii_only: bool) -> None:
    assert parse_object(json.dumps(value, ensure_ascii=ascii_only)) == value


@settings(deadline=None)  # the machine may be busy
@given(st.text())
def test_any_text_gives_an_object_or_a_reason(text: str) -> None:
    try:
        assert isinstance(parse_object(text), dict)
    except BadRowError as error:
        assert str(error)
