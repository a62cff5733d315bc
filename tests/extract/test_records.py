"""RecordReader: every element as soon as it is complete, however the answer is split, wrapped or broken."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcli.extract.answer.elements import Element
from llmcli.extract.answer.extent import DEEPEST, Extent
from llmcli.extract.answer.records import Ending, RecordReader
from llmcli.extract.json_value import parse as parse_json

TEXTS = st.text() | st.text(alphabet='",:{}[]\\ a')
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS
NAMES = st.text().filter(lambda name: name != "records")
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3))
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=4)


def read(answer: str, cuts: list[int] | None = None, **options: Any) -> tuple[list[Element], Ending]:
    """What a reader makes of an answer in pieces, by default of one character each."""
    places = range(1, len(answer)) if cuts is None else sorted(cut % (len(answer) + 1) for cut in cuts)
    reader = RecordReader(**options)
    elements: list[Element] = []
    for start, end in zip([0, *places], [*places, len(answer)], strict=True):
        elements += reader.feed(answer[start:end])
    return elements, reader.finish()


def values(answer: str, **options: Any) -> list[Any]:
    """The values; of a broken element, its text in a tuple."""
    elements, _ = read(answer, **options)
    return [(element.text,) if element.problem else element.value for element in elements]


@given(st.lists(VALUES), st.lists(st.integers(0)), st.sampled_from([None, 2]), st.booleans(), st.booleans())
def test_any_array_is_read_whole_and_in_order_however_it_is_split(
    records: list[Any], cuts: list[int], indent: int | None, ascii_only: bool, wrapped: bool
) -> None:
    answer = json.dumps({"records": records} if wrapped else records, indent=indent, ensure_ascii=ascii_only)
    elements, ending = read(answer, cuts)
    assert [element.value for element in elements] == records
    assert [element.problem for element in elements] == [None] * len(records)
    assert ending == Ending(whole=True, found=True)


@given(
    st.lists(OBJECTS.filter(bool), min_size=1),
    st.lists(st.integers(0)),
    st.sampled_from(["\n", "\r\n", "", " ", ", ", ",\n"]),
)
def test_objects_one_after_the_other_are_read(records: list[dict[str, Any]], cuts: list[int], separator: str) -> None:
    elements, ending = read(separator.join(map(json.dumps, records)), cuts)
    assert [element.value for element in elements] == records
    assert ending == Ending(whole=True, found=True)


@given(st.lists(OBJECTS, min_size=1), st.data())
def test_a_cut_answer_gives_the_elements_before_the_cut(records: list[dict[str, Any]], data: st.DataObject) -> None:
    answer = json.dumps({"records": records})
    cut = data.draw(st.integers(len('{"records": ['), len(answer) - 3))
    elements, ending = read(answer[:cut])
    ends = [len(json.dumps({"records": records[: number + 1]})) - len("]}") for number in range(len(records))]
    assert [element.value for element in elements] == records[: sum(end <= cut for end in ends)]
    assert not ending.whole


@given(st.text(alphabet='{}[],:"\\ \nau1-`'), st.lists(st.integers(0)))
def test_the_outcome_is_the_same_for_every_split_of_any_text(answer: str, cuts: list[int]) -> None:
    assert read(answer, cuts) == read(answer, [])


def test_an_element_comes_out_with_its_last_character() -> None:
    reader = RecordReader()
    assert reader.feed('{"records": [{"a": [1, {"b": "}"}]') == []
    assert [element.value for element in reader.feed("}")] == [{"a": [1, {"b": "}"}]}]
    assert [element.value for element in reader.feed(', {"c": 2}, {"d"')] == [{"c": 2}]


def test_a_cut_may_fall_within_an_escape_or_a_pair_of_surrogates() -> None:
    records = [{"a": 'x}", {"b": ["] \\'}, {'\\"}': "\U0001f600}\n}"}]
    answer = json.dumps({"records": records})
    for cut in range(len(answer)):
        assert [element.value for element in read(answer, [cut])[0]] == records


def test_prose_and_fences_around_the_answer_are_passed_over() -> None:
    answer = (
        'Sure! Here are the records [as requested] in the form {name} or {"x"}, see [1]:\n\n'
        '```json\n{"records": [{"a": 1}, {"a": 2}]}\n```\n\nNote: I left {"these"} out [2].\n[3] is a footnote.'
    )
    assert values(answer, objects=True) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ('Result: [{"a": 1}]', [{"a": 1}]),
        ('```json\n[{"a": 1}]\n```\nand\n```json\n[{"a": 2}]\n```', [{"a": 1}, {"a": 2}]),
        ('{"count": 2, "tags": ["x"], "records": [{"a": 1}], "note": "}{", "more": [{"no": 1}]}', [{"a": 1}]),
        ('{"records": []}', []),
        ('{"records": [{"a": 1}]} as in {"a": 9} and [{"a": 9}]', [{"a": 1}]),
        ('Not {} but: {"a": 1} {}', [{"a": 1}, {}]),
        ("[]", []),
        ('["a", 1, -2.5e3, null, true, ["b"]]', ["a", 1, -2500.0, None, True, ["b"]]),
        ('- {"a": 1}\n- {"a": 2}\n', [{"a": 1}, {"a": 2}]),
        ('{"a": {"records": [1]}}\n{"a": 2}', [{"a": {"records": [1]}}, {"a": 2}]),
        ('{"records": [{"a": 1}]}\n{"records": [{"a": 2}]}', [{"a": 1}, {"a": 2}]),
    ],
)
def test_the_forms_that_answers_come_in(answer: str, expected: list[Any]) -> None:
    assert values(answer) == expected
    assert read(answer)[1].whole


def test_the_key_of_the_array_can_be_another() -> None:
    assert values('{"rows": [1, 2]}', key="rows") == [1, 2]
    assert values('{"records": [1, 2]}', key="rows") == [{"records": [1, 2]}]


BROKEN = [
    ("a quote not escaped", '{"a": "the "big" one"}'),
    ("a quote not escaped, odd", '{"a": "5" wide"}'),
    ("quotes around a comma", '{"a": "he said "yes", and left"}'),
    ("a brace in quotes not escaped", '{"a": "the "{" sign"}'),
    ("a text that is not closed", '{"a": "foo}'),
    ("a text that is not closed, before another key", '{"a": "foo, "b": 1}'),
    ("a brace missing", '{"a": 1'),
    ("two braces missing", '{"a": {"b": 1'),
    ("a bracket missing", '{"a": [1, 2}'),
    ("no number", '{"a": NaN}'),
    ("out of range", '{"a": 1e999}'),
    ("a comma too many", '{"a": 1,}'),
    ("single quotes", "{'a': 'x'}"),
    ("a comment", '{"a": 1 /* one */}'),
    ("an elision", "..."),
    ("a raw line break", '{"a": "x\ny"}'),
    ("an escape that is none", '{"a": "\\x"}'),
]


@pytest.mark.parametrize("broken", [text for _, text in BROKEN], ids=[name for name, _ in BROKEN])
@pytest.mark.parametrize("separator", [", ", ",\n  "], ids=["one line", "lines"])
def test_a_broken_element_does_not_swallow_the_next_and_is_said_in_its_place(broken: str, separator: str) -> None:
    answer = '{"records": [' + separator.join(['{"n": 1}', broken, '{"n": "2"}', '{"n": 3}']) + "]}"
    elements, ending = read(answer)
    assert [element.value for element in elements] == [{"n": 1}, None, {"n": "2"}, {"n": 3}]
    assert [element.problem is None for element in elements] == [True, False, True, True]
    assert elements[1].text == broken
    assert ending.whole


BALANCED = [text for name, text in BROKEN if "missing" not in name and "not closed" not in name]


@pytest.mark.parametrize("broken", [text for text in BALANCED if text.startswith("{")])
def test_the_end_of_a_broken_element_is_found_without_help_from_what_follows(broken: str) -> None:
    assert Extent().feed(f"{broken}, [1], 2]") == len(broken)


@pytest.mark.parametrize("broken", BALANCED)
def test_a_broken_element_at_the_end_does_not_hide_the_end(broken: str) -> None:
    elements, ending = read('{"records": [{"n": 1}, ' + broken + "]} Bye.")
    assert [element.problem is None for element in elements] == [True, False]
    assert ending == Ending(whole=True, found=True)


@pytest.mark.parametrize("answer", ['[{"a": 1} {"a": 2}]', '[{"a": 1}}, {"a": 2},]', '[, {"a": 1},, {"a": 2}]'])
def test_what_is_wrong_between_elements_loses_none_of_them(answer: str) -> None:
    elements, ending = read(answer)
    assert [element.value for element in elements] == [{"a": 1}, {"a": 2}]
    assert ending.whole


@pytest.mark.parametrize("answer", ["", "There are no records.", "I cannot {help} [here].", "{"])
def test_an_answer_without_json_is_told_from_an_empty_array(answer: str) -> None:
    assert read(answer) == ([], Ending(whole=False, found=False))


@pytest.mark.parametrize("bracket", ["[", '{"a":', '[{"a":'])
@pytest.mark.parametrize("start", ["", '{"records": [', '{"records": [{"a": 1}, '])
def test_a_depth_bomb_is_no_whole_answer(start: str, bracket: str) -> None:
    elements, ending = read(start + bracket * 100_000, [100, 5000])
    assert [element.value for element in elements] == [{"a": 1}] * start.count("1")
    assert not ending.whole


def test_a_depth_bomb_takes_no_memory() -> None:
    reader = RecordReader()
    tracemalloc.start()
    try:
        for _ in range(100):
            reader.feed("[" * 1000)
        reader.finish()
        assert tracemalloc.get_traced_memory()[1] < 50_000  # half a byte a bracket
    finally:
        tracemalloc.stop()


def test_an_element_that_is_too_deep_is_broken_and_the_next_is_read() -> None:
    deep = "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)
    deepest = "[" * DEEPEST + "]" * DEEPEST
    elements, _ = read(f'[{deep}, {deepest}, {{"a": 1}}]')
    assert [element.problem for element in elements] == ["nested deeper than 256 levels", None, None]


def test_numbers_are_what_json_has() -> None:
    for text in ("NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000):
        with pytest.raises(ValueError, match=r"JSON has no|too large a number|digits"):
            parse_json(text)
    assert parse_json("[1, 1.5, 1e3, 1e-999]") == [1, 1.5, 1000.0, 0.0]


def test_the_value_may_be_read_by_another_parser() -> None:
    def refuse(text: str) -> Any:
        raise ValueError("refused")

    assert [element.problem for element in read('[{"a": 1}]', parse=refuse)[0]] == ["refused"]


def invoices(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield {
            "invoice": f"INV-{number:05}",
            "customer": {"name": f"Müller & Söhne {number}", "city": "Zürich", "tags": ["a", "b"]},
            "note": 'He said: "pay by {date}" \\ [soon]\n' * 8,
            "lines": [{"sku": f"S-{line}", "text": "Screws, 4 mm - 40 µm", "price": 1.25 * line} for line in range(24)],
        }


def test_ten_megabytes_in_small_pieces_take_linear_time_and_the_memory_of_an_element() -> None:
    records = list(invoices(5000))
    answer = json.dumps({"records": records}, ensure_ascii=False)
    assert len(answer) > 9_000_000
    reader = RecordReader()
    started = time.process_time()
    count = 0
    for at in range(0, len(answer), 20):
        for element in reader.feed(answer[at : at + 20]):
            assert element.value == records[count]
            count += 1
    assert (count, reader.finish().whole) == (5000, True)
    assert time.process_time() - started < 20  # 2 s on a quiet machine; quadratic time would be minutes


def test_memory_does_not_grow_with_the_answer() -> None:
    record = json.dumps(next(invoices(1)))
    reader = RecordReader()
    reader.feed('{"records": [')
    tracemalloc.start()
    try:
        for _ in range(100):
            for at in range(0, len(record), 50):
                reader.feed(record[at : at + 50])
            reader.feed(",")
        assert tracemalloc.get_traced_memory()[1] < 30 * len(record)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "answer",
    ['{"records": [' + " \n" * 500_000, '{"records": [{"a": "' + "}\\n{" * 250_000, "{" + "\n" * 1_000_000],
    ids=["white space", "a long text", "a bracket and white space"],
)
def test_an_answer_without_end_takes_linear_time(answer: str) -> None:
    reader = RecordReader()
    started = time.process_time()
    for at in range(0, len(answer), 20):
        assert reader.feed(answer[at : at + 20]) == []
    reader.finish()
    assert time.process_time() - started < 5
