"""template: fields of a row in a prompt."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcli.batch.rows.template import Template, UnknownFieldError
from llmcli.errors import UsageError

ROW: dict[str, Any] = {
    "text": "a {b} c",
    "n": 1.5,
    "yes": True,
    "no": None,
    "list": ["ä", {"x": 1}],
    "deep": {"er": "found"},
    "with.dot": "dotted",
    "with": {"dot": "nested"},
}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("Classify: {text}", "Classify: a {b} c"),
        ("{text}{n}", "a {b} c1.5"),
        ("{{{n}}} {{text}}", "{1.5} {text}"),
        ('{{"a": {n}}}', '{"a": 1.5}'),
        ("{ n }", "1.5"),
        ("{yes} {no}", "true null"),
        ("{list}", '["ä", {"x": 1}]'),
        ("{deep}", '{"er": "found"}'),
        ("{deep.er} {list.0} {list.1.x}", "found ä 1"),
        ("{with.dot}", "dotted"),
        ("a\n{n}\nb", "a\n1.5\nb"),
    ],
)
def test_fields_are_put_in(template: str, filled: str) -> None:
    assert Template(template).fill(ROW) == filled


@pytest.mark.parametrize(
    "field",
    ["x", "deep.x", "deep.er.x", "list.2", "list.-1", "list.x", "text.0", f"list.{'9' * 5000}"],
    ids=lambda field: field[:20],
)
def test_a_field_that_is_not_there_is_named_with_those_that_are(field: str) -> None:
    with pytest.raises(UnknownFieldError) as caught:
        Template(f"{{{field}}}").fill(ROW)
    assert f'no field "{field}" (its fields: text, n, yes, no, list, deep, with.dot, with)' in str(caught.value)


def test_of_long_names_only_the_beginning_is_shown() -> None:
    """As when JSON is taken for the header of a table."""
    with pytest.raises(UnknownFieldError) as caught:
        Template("{x}").fill({"a" * 5000: 1, "b" * 5000: 2})
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("template", ["{", "a } b", "{a{b}", "{}", "{ }", "no field", "", "{{only}}"])
def test_a_template_that_makes_no_sense_is_refused_before_any_row(template: str) -> None:
    with pytest.raises(UsageError):
        Template(template)


@settings(deadline=None)  # the machine may be busy
@given(st.text(), st.text())
def test_escaped_text_comes_out_as_it_was_and_values_are_not_read_as_templates(words: str, value: str) -> None:
    escaped = words.replace("{", "{{").replace("}", "}}")
    assert Template(f"{escaped}{{v}}{escaped}").fill({"v": value}) == words + value + words
