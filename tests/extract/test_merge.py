"""Merger: the records of a document, each once, in the order of the document, from chunks that overlap."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from llmcli.extract.document.chunks import Chunk, split
from llmcli.extract.document.merge import Found, Key, Merger

ROWS = [f"row {number:03} of the table\n" for number in range(40)]


def chunk_at(number: int, start: int, own_start: int, end: int, source: str) -> Chunk:
    return Chunk(number, start, own_start, end, (start, end), source)


SOURCE = "".join(ROWS)
WIDTH = len(ROWS[0])
# Rows 0 to 9, and 7 to 19: the overlap is 7 to 9.
FIRST = chunk_at(1, 0, 0, 10 * WIDTH, SOURCE)
SECOND = chunk_at(2, 7 * WIDTH, 10 * WIDTH, 20 * WIDTH, SOURCE)


def at_row(record: Any, row: float, rows: float = 1) -> Found:
    return Found(record, (int(row * WIDTH), int((row + rows) * WIDTH)))


def merge(per_chunk: Sequence[Sequence[Found]], chunks: Sequence[Chunk], key: Key | None = None) -> list[Found]:
    """All records that come out."""
    merger = Merger(key)
    found = [each for chunk, records in zip(chunks, per_chunk, strict=True) for each in merger.add(chunk, records)]
    return [*found, *merger.finish()]


def merged(first: Sequence[Found], second: Sequence[Found], **options: Any) -> list[Any]:
    return [found.record for found in merge([first, second], [FIRST, SECOND], **options)]


@given(
    st.lists(st.sampled_from("abc"), min_size=40, max_size=40), st.integers(10, 100), st.integers(0, 50), st.booleans()
)
def test_every_row_of_a_document_comes_once_and_in_order(
    letters: list[str], max_tokens: int, overlap: int, keyed: bool
) -> None:
    """Many rows are equal; spans tell them apart."""
    rows = [f"{letter} {number if keyed else ''}\n".ljust(12) for number, letter in enumerate(letters)]
    text = "".join(rows)
    chunks = split(text, max_tokens, overlap_tokens=min(overlap, max_tokens // 2))
    spans = [(number * 12, number * 12 + 12) for number in range(len(rows))]
    per_chunk = [
        [
            Found({"row": rows[number]}, span)
            for number, span in enumerate(spans)
            if chunk.start <= span[0] and span[1] <= chunk.end
        ]
        for chunk in chunks
    ]
    seen = {found.span for records in per_chunk for found in records}
    found = merge(per_chunk, chunks, (lambda record: record["row"]) if keyed else None)
    assert [one.span for one in found] == sorted(span for span in seen if span)


@given(st.integers(1, 200), st.integers(80, 300))
def test_without_spans_rows_that_differ_come_once_and_in_order(count: int, max_tokens: int) -> None:
    text = "".join(f"row {number:05}\n" for number in range(count))
    chunks = split(text, max_tokens)
    found = merge([[Found(line) for line in chunk.text.splitlines()] for chunk in chunks], chunks)
    assert [one.record for one in found] == text.splitlines()


def test_equal_records_whose_spans_overlap_are_one() -> None:
    assert merged([at_row("a", 7)], [at_row("a", 7.5)]) == ["a"]


def test_equal_records_at_different_places_are_two() -> None:
    assert merged([at_row("a", 5)], [at_row("a", 12)]) == ["a", "a"]
    assert merged([at_row("a", 7), at_row("a", 8)], [at_row("a", 7), at_row("a", 8)]) == ["a", "a"]


def test_a_record_quoted_differently_within_the_overlap_is_one() -> None:
    assert merged([at_row("a", 7)], [at_row("a", 9)]) == ["a"]


def test_equal_records_with_the_same_words_at_two_places_of_the_overlap_are_two() -> None:
    source = "the same line of text\n" * 20
    width = len(source) // 20
    chunks = [chunk_at(1, 0, 0, 10 * width, source), chunk_at(2, 7 * width, 10 * width, 20 * width, source)]
    records = [[Found("a", (7 * width, 8 * width))], [Found("a", (9 * width, 10 * width))]]
    assert [found.record for found in merge(records, chunks)] == ["a", "a"]


def test_records_of_neighbours_that_do_not_overlap_are_never_one() -> None:
    apart = chunk_at(2, 10 * WIDTH, 10 * WIDTH, 20 * WIDTH, SOURCE)
    found = merge([[Found("a")], [Found("a")]], [FIRST, apart])
    assert [one.record for one in found] == ["a", "a"]


def test_a_record_cut_by_the_edge_of_its_chunk_gives_way_to_the_whole_one() -> None:
    cut: dict[str, Any] = {"no": 1, "total": None, "tags": []}
    whole = {"no": 1, "total": 5}
    assert merged([at_row(cut, 9)], [at_row(whole, 9, 2)]) == [whole]
    assert merged([at_row(whole, 6, 2)], [at_row(cut, 7)]) == [whole]
    assert merged([Found("x"), Found(cut)], [Found("x"), Found(whole), Found("y")]) == ["x", whole, "y"]


def test_records_that_differ_in_a_value_or_share_too_little_are_two() -> None:
    assert len(merged([at_row({"no": 1, "total": 4}, 9)], [at_row({"no": 1, "total": 5}, 9)])) == 2
    assert len(merged([at_row({"no": 1}, 9)], [at_row({"no": 1, "a": 1, "b": 2}, 9)])) == 2
    assert len(merged([at_row({"no": None}, 9)], [at_row({"no": 1}, 9)])) == 2
    assert len(merged([at_row(True, 9)], [at_row(1, 9)])) == 2


def test_what_stands_twice_in_the_overlap_stays_twice_and_a_third_that_only_one_chunk_saw_stays() -> None:
    twice = [at_row("a", 8), at_row("a", 8)]
    assert merged(twice, twice) == ["a", "a"]
    assert merged(twice, [*twice, at_row("a", 8)]) == ["a", "a", "a"]


def test_records_of_one_chunk_stay_though_they_are_equal() -> None:
    assert merged([at_row("a", 1), at_row("a", 1)], []) == ["a", "a"]


def test_without_spans_a_run_at_the_seam_is_one() -> None:
    assert merged([Found("a"), Found("b"), Found("c")], [Found("b"), Found("c"), Found("d")]) == ["a", "b", "c", "d"]
    assert merged([Found("a"), Found("b")], [Found("c"), Found("a")]) == ["a", "b", "c", "a"]


def test_a_run_may_mix_records_with_and_without_spans() -> None:
    first = [at_row("a", 6), Found("b"), at_row("c", 9)]
    assert merged(first, [Found("b"), at_row("c", 9), at_row("d", 12)]) == ["a", "b", "c", "d"]


def test_what_only_the_second_chunk_saw_in_the_overlap_comes_in_its_place() -> None:
    assert merged([at_row("a", 7), at_row("c", 9)], [at_row("b", 8), at_row("c", 9), at_row("d", 11)]) == list("abcd")


def by_no(record: Any) -> Any:
    return record.get("no")


def test_the_same_key_is_one_record_wherever_it_is() -> None:
    one, other = {"no": 1, "total": 5}, {"no": 2, "total": 5}
    assert merged([at_row(one, 1), at_row(one, 3)], [at_row(other, 12), at_row(one, 15)], key=by_no) == [one, other]


def test_of_one_key_the_first_stays_but_for_a_fuller_copy() -> None:
    poor, full, other = {"no": 1, "total": None}, {"no": 1, "total": 5}, {"no": 1, "total": 6}
    chunks = [FIRST, SECOND]
    assert merge([[at_row(poor, 8)], [at_row(full, 12)]], chunks, by_no) == [at_row(full, 12)]
    assert merge([[at_row(full, 8)], [at_row(poor, 12)]], chunks, by_no) == [at_row(full, 8)]
    assert merge([[at_row(full, 8)], [at_row(other, 12)]], chunks, by_no) == [at_row(full, 8)]


def test_records_without_the_key_are_told_apart_by_place() -> None:
    nameless = {"total": 5}
    assert merged([at_row(nameless, 8)], [at_row(nameless, 8), at_row(nameless, 12)], key=by_no) == [nameless] * 2


def test_a_key_that_only_the_fuller_copy_has_is_known_from_then_on() -> None:
    cut, whole = {"total": 5}, {"total": 5, "no": 1}
    assert merged([at_row(cut, 9)], [at_row(whole, 9), at_row(whole, 15)], key=by_no) == [whole]
    fuller, third = {"total": 5, "no": 1, "date": "May"}, chunk_at(3, 20 * WIDTH, 20 * WIDTH, 30 * WIDTH, SOURCE)
    found = merge([[at_row(cut, 9)], [at_row(whole, 9)], [at_row(fuller, 21)]], [FIRST, SECOND, third], by_no)
    assert [one.record for one in found] == [fuller]


def test_records_come_out_once_no_later_chunk_can_change_them() -> None:
    merger = Merger()
    assert merger.add(FIRST, [at_row("a", 1), at_row("b", 8)]) == []
    assert [found.record for found in merger.add(SECOND, [at_row("b", 8), at_row("c", 15)])] == ["a"]
    assert [found.record for found in merger.finish()] == ["b", "c"]


def test_a_chunk_that_failed_leaves_the_others_in_order() -> None:
    third = chunk_at(3, 18 * WIDTH, 20 * WIDTH, 30 * WIDTH, SOURCE)
    merger = Merger()
    records = [*merger.add(FIRST, [at_row("a", 9)]), *merger.add(third, [at_row("a", 25)]), *merger.finish()]
    assert [found.span for found in records] == [at_row("a", 9).span, at_row("a", 25).span]
