"""Records that stand in a prompt are the data of an answer, as far as its schema takes them."""

from __future__ import annotations

import base64
import json
import time

import pytest

from llmcli.messages import DocumentPart, Message, TextPart, Tool
from llmcli.sim.engine import answer
from llmcli.sim.reading import data_for

from .schemas import PEOPLE, PERSON, TEXT, closed, drawn, nullable, read, request, valid

RECORDS = '{"name": "Ann", "age": 3, "extra": true}\n  {"name": "Bob"}  \r\n{"title": "no"}\n{"name": 5}\n{"name": "Cy"'
ANN, BOB = {"name": "Ann", "age": 3}, {"name": "Bob", "age": None}


def test_the_first_record_that_fits_is_the_answer() -> None:
    """Unknown properties are dropped, a missing one that may be null is null, and records that do not fit are not."""
    assert read(PERSON, f"A document:\n{RECORDS}\nwhat is in it?") == ANN
    assert read(PERSON, '{"title": "x"}\n{"name": "Bob"}') == BOB
    assert read(nullable(PERSON), RECORDS) == ANN


def test_an_array_takes_all_records_that_fit() -> None:
    """In their order; also at the top, deeper down, and beside others, which stay as empty as they may."""
    assert read(PEOPLE, RECORDS) == {"people": [ANN, BOB]}
    assert read({"type": "array", "items": PERSON}, RECORDS) == [ANN, BOB]
    other = {"type": "array", "items": TEXT}
    deep = closed(
        {"data": PEOPLE["properties"]["people"], "n": {"type": "integer"}, "notes": other, "x": nullable(TEXT)}
    )
    nested = closed({"result": nullable(deep)}, defs={"person": PERSON})
    assert read(nested, RECORDS) == {"result": {"data": [ANN, BOB], "n": 1, "notes": [], "x": None}}
    titles = closed(
        {"people": {"type": "array", "items": PERSON}, "titles": {"type": "array", "items": closed({"title": TEXT})}}
    )
    assert read(titles, RECORDS) == {"people": [ANN, BOB], "titles": [{"title": "no"}]}
    few = {"type": "array", "items": PERSON, "maxItems": 1}
    assert read(few, RECORDS) == [ANN]


def test_a_whole_answer_goes_before_its_parts() -> None:
    """An object of the answer's own shape is taken as it is."""
    assert read(PEOPLE, f'{RECORDS}\n{{"people": [{{"name": "Dee", "age": 1}}]}}') == {
        "people": [{"name": "Dee", "age": 1}]
    }


def test_choices_keep_as_much_as_they_can() -> None:
    """Of two kinds of record that both fit, the one that drops less is meant."""
    kinds = {"anyOf": [closed({"name": TEXT}), closed({"name": TEXT, "city": TEXT})]}
    records = '{"name": "a", "city": "b"}\n{"name": "c"}'
    assert read({"type": "array", "items": kinds}, records) == [{"name": "a", "city": "b"}, {"name": "c"}]


def test_values_must_fit() -> None:
    """A record breaks no rule of the schema: types, bounds, formats, patterns, enums."""
    schema = closed(
        {
            "n": {"type": "integer", "minimum": 1, "multipleOf": 2},
            "d": {"type": "string", "format": "date"},
            "e": {"enum": ["x", 1]},
            "p": {"type": "string", "pattern": "^a"},
        }
    )
    good = {"n": 4, "d": "2026-02-28", "e": 1, "p": "ab"}
    for wrong in ({"n": 3}, {"n": 0}, {"n": True}, {"d": "2026-02-30"}, {"e": True}, {"p": "b"}, {"p": None}):
        found = read(schema, f"{json.dumps({**good, **wrong})}\n{json.dumps(good)}")
        assert json.dumps(found) == json.dumps(good)
    assert read(closed({"n": {"type": "integer"}}, []), '{"n": null}\n{"n": 4.0}') == {"n": 4.0}


def test_what_may_be_missing_may_be_null() -> None:
    """An optional property that cannot be null is left out if it is; one that a record does not know, always."""
    optional = closed({"name": TEXT, "n": {"type": "integer"}}, ["name"])
    assert read(optional, '{"name": "a", "n": null}') == {"name": "a"}
    loose = {"type": "object", "properties": {"name": TEXT}}
    assert read(loose, '{"name": "a", "extra": 1}') == {"name": "a"}
    assert read({**loose, "additionalProperties": True}, '{"name": "a", "b": 1}') == {"name": "a", "b": 1}
    assert read({"type": "object", "additionalProperties": {"type": "integer"}}, '{"a": 1, "b": "x"}') == {"a": 1}


@pytest.mark.parametrize(
    "line",
    ['{"name": NaN}', '{"name": "\\ud800"}', '{"name": 1e999}', '{"name": "x"} and more', '{"a":' * 10_000 + "}"],
)
def test_lines_that_are_no_records_are_passed_over(line: str) -> None:
    """What is no JSON by its rules cannot get into an answer."""
    assert read(closed({"name": {}}), f'{line}\n{{"name": "Bob"}}') == {"name": "Bob"}


def test_records_are_read_from_all_turns_of_the_user() -> None:
    """Files and earlier turns too, but nothing that the model said."""
    assert read(PERSON, '{"name": "Ann", "age": 3}', '{"name": "no"}', "again, please") == ANN
    data = base64.b64encode(b'{"name": "Bob"}').decode()
    message = Message("user", (DocumentPart("a.txt", "text/plain", data), TextPart("read it")))
    assert data_for(PERSON, (message,)) == BOB
    assert read(PERSON, "hi", '{"name": "no"}', "and?") == {"name": "sim name", "age": 1}


def test_what_is_read_is_valid_by_chance() -> None:
    """Data with more in it than asked for, and read back, fit again."""
    for seed in range(200):
        schema = drawn(seed, bounds=True, optional=True, recursive=False)
        data = read(schema, "hi")
        found = read(schema, "\n".join([json.dumps({**data, "unknown": [1]}), json.dumps({"p0": None})]))
        assert valid(schema, found), (seed, schema, found)


def test_large_documents_are_read_fast() -> None:
    """5,000 records in 10 MB: every one, in time that grows with their number."""
    lines = [json.dumps({"name": f"N{number}", "age": number, "text": "x" * 1950}) for number in range(5000)]
    started = time.process_time()
    found = read(PEOPLE, "\n".join(lines))
    assert [person["age"] for person in found["people"]] == list(range(5000))
    assert time.process_time() - started < 5


def test_arguments_of_calls_are_read_too() -> None:
    """A tool that is forced, or ordered without arguments, is called with what stands in the document."""
    tools = (Tool("save", "", PEOPLE),)
    [call] = answer(request(RECORDS, tools=tools, tool_choice="save")).tool_calls
    assert call.arguments == {"people": [ANN, BOB]}
    [call] = answer(request(f"sim:call=save\n{RECORDS}", tools=tools)).tool_calls
    assert call.arguments == {"people": [ANN, BOB]}
