"""split: chunks that fit, cut where it is best, every character in the own part of exactly one."""

from __future__ import annotations

import json
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcli.extract.document.chunks import Chunk, split
from llmcli.tokens import estimate_text

BITS = st.sampled_from(
    [
        *(
            "word",
            "two words",
            "a sentence. Another one! ",
            "\n",
            "\n\n",
            "\r\n",
            "# Heading\n",
            "TITLE\n\n",
            "\f",
            "\t",
        ),
        *("日本語。", "e\u0301", "👩‍👩‍👧", "👍🏽", "🇨🇭🇩🇪", "x" * 30, "{} \n", "a,b,c\n", " ", "각", "…", "ß", "\u0300"),
    ]
)
TEXTS = st.lists(BITS).map("".join)


def words(text: str) -> int:
    """A count that is not proportional to the length."""
    return len(text.split()) + text.count("\n") + text.count("x")


def check(text: str, chunks: list[Chunk], max_tokens: int, count: object = estimate_text) -> None:
    assert callable(count)
    assert "".join(text[chunk.own_start : chunk.end] for chunk in chunks) == text
    assert [chunk.number for chunk in chunks] == list(range(1, len(chunks) + 1))
    for chunk in chunks:
        assert chunk.start <= chunk.own_start < chunk.end
        assert chunk.text == text[chunk.start : chunk.end]
        assert count(chunk.text) <= max_tokens or chunk.end - chunk.start == 1
        first, last = chunk.byte_range
        assert text.encode()[first:last].decode() == chunk.text
    for one, next_one in pairwise(chunks):
        assert one.own_start <= next_one.start
        assert one.end == next_one.own_start


@given(TEXTS, st.integers(1, 60), st.integers(0, 50))
def test_own_parts_follow_without_a_gap_and_every_chunk_fits(text: str, max_tokens: int, overlap: int) -> None:
    overlap = min(overlap, max_tokens // 2)
    check(text, split(text, max_tokens, overlap_tokens=overlap), max_tokens)
    check(text, split(text, max_tokens, overlap_tokens=overlap, count=words), max_tokens, words)
    for one, next_one in pairwise(split(text, max_tokens, overlap_tokens=overlap)):
        assert estimate_text(text[slice(*next_one.overlap)]) <= overlap
        assert next_one.overlap[1] == one.end


@pytest.mark.parametrize("character", ["e\u0301", "👩‍👩‍👧", "👍🏽", "\r\n", "\u1112\u1161\u11ab", "🇨🇭", "நி"])
@pytest.mark.parametrize("max_tokens", range(10, 16))
def test_no_character_is_parted_from_its_marks(character: str, max_tokens: int) -> None:
    """Where there is nothing better to cut at."""
    between = "-" if character == "🇨🇭" else ""  # flags in a row are told apart by counting only
    for chunk in split((character + between) * 300, max_tokens, overlap_tokens=4):
        assert chunk.text.replace(character, "").strip("-") == ""


def test_a_count_that_is_higher_for_a_shorter_text_is_kept_to() -> None:
    def uneven(text: str) -> int:
        return len(text) + 9 * (len(text) % 2 == 0)

    text = "abcdefg " * 500
    check(text, split(text, 40, count=uneven), 40, uneven)


def test_a_text_that_fits_is_one_chunk_and_an_empty_one_none() -> None:
    assert [(chunk.start, chunk.end, chunk.overlap) for chunk in split("hello", 10)] == [(0, 5, (0, 0))]
    assert split("", 10) == []


@pytest.mark.parametrize(("max_tokens", "overlap"), [(0, 0), (10, 6), (10, -1)])
def test_an_overlap_that_leaves_no_room_is_refused(max_tokens: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="overlap"):
        split("text", max_tokens, overlap_tokens=overlap)


PARAGRAPH = "The quick brown fox jumps over the lazy dog. It was not amused. " * 4


@pytest.mark.parametrize(
    "heading",
    [
        "# Results",
        "### 3.1 Results",
        "RESULTS AND DISCUSSION",
        "3. Results",
        "Results\n=======",
        "Results\n---",
        "Article IV Results",
    ],
)
def test_chunks_begin_at_headings(heading: str) -> None:
    section = f"{heading}\n\n{PARAGRAPH}\n\n{PARAGRAPH}\n\n"
    chunks = split(section * 40, 300, overlap_tokens=0)
    assert len(chunks) > 10
    assert all(chunk.text.startswith(heading) for chunk in chunks)


def test_without_headings_chunks_begin_at_paragraphs_and_overlap_by_whole_ones() -> None:
    paragraph = PARAGRAPH.replace(". ", ".\n") + "\n"
    text = paragraph * 60
    chunks = split(text, 700, overlap_tokens=150)
    assert len(chunks) > 4
    for chunk in chunks[1:]:
        assert text[chunk.own_start - 2 : chunk.own_start] == "\n\n"
        assert text[slice(*chunk.overlap)] == paragraph * 2


def test_a_paragraph_that_is_too_long_is_cut_between_sentences_else_words() -> None:
    for chunk in split("It is done. " * 500, 100)[:-1]:
        assert chunk.text.endswith("It is done. ")
        assert chunk.text.startswith("It is done. ")
    for chunk in split("blah " * 500, 100)[:-1]:
        assert chunk.text.endswith("blah ")
    for chunk in split("これは文です。" * 100, 50)[:-1]:
        assert chunk.text.endswith("文です。")


@pytest.mark.parametrize("length", [20, 300, 700, 900])
def test_a_line_of_json_lines_or_csv_that_fits_is_never_cut(length: int) -> None:
    rows = [json.dumps({"id": number, "text": "It is so. But " * (length // 14)}) + "\n" for number in range(100)]
    table = [f"{number},Smith & Co,{'x ' * (length // 2)},12.50\n" for number in range(100)]
    for lines in (rows, table):
        text = "".join(lines)
        starts = {text.index(line) for line in lines} | {len(text)}
        for chunk in split(text, 300):
            assert {chunk.start, chunk.own_start, chunk.end} <= starts


def test_a_line_longer_than_a_chunk_is_cut_but_not_the_lines_around_it() -> None:
    text = "short,1\n" * 20 + "y" * 5000 + "\n" + "short,2\n" * 20
    chunks = split(text, 300)
    assert len(chunks) < 8
    check(text, chunks, 300)


def test_a_page_of_a_text_that_was_a_document_is_not_cut_if_it_fits() -> None:
    pages = [f"Page {number}\n{PARAGRAPH}\n{PARAGRAPH}\f" for number in range(30)]
    text = "".join(pages)
    assert all(text[chunk.end - 1] == "\f" for chunk in split(text, 400))


def test_a_chunk_of_white_space_is_known_as_blank() -> None:
    assert [chunk.blank for chunk in split("word " + " " * 100, 8, overlap_tokens=0)][-1]
    assert not split("word", 8)[0].blank


@pytest.mark.parametrize("max_tokens", [200, 8000])
@pytest.mark.parametrize(
    "text",
    [
        f"# Title\n\n{PARAGRAPH}\n\n" * 38_000,
        "id,name,12.50\n" * 700_000,
        "請求書の合計は五百円です。" * 770_000,
        "x" * 10_000_000,
    ],
    ids=["markdown", "csv", "japanese", "one word"],
)
def test_ten_megabytes_are_split_in_a_moment(text: str, max_tokens: int) -> None:
    started = time.process_time()
    chunks = split(text, max_tokens)
    assert time.process_time() - started < 15  # 1 s on a quiet machine
    assert sum(chunk.end - chunk.own_start for chunk in chunks) == len(text)
    assert len(chunks) < 2.6 * estimate_text(text) / max_tokens + 1
