"""Source.align: where a quote stands in the source, in characters of the source, or that it does not."""

# ruff: noqa: RUF001 - characters that look like others are what this is about

from __future__ import annotations

import random
import time
import unicodedata

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from llmcli.extract.quoting.alignment import Match, Source, align_in
from llmcli.extract.quoting.folding import fold
from llmcli.extract.quoting.fuzzy import best_place

INVOICE = """\
ACME Steel\u00a0GmbH\t\tInvoice  No. 2026-0417
Bahnhofstraße 12, 8001 Zürich

Pos   Article                    Qty     Price
  1   Screws, 4 × 40 mm           200      18.40
  2   Washers “M4” – zinc-
      plated                      200       6.10
  3   Screws, 4 × 40 mm            50       4.60

Net amount                                 29.10
VAT 8.1 %                                   2.36
Total amount due within 30 days            31.46 CHF
The supplier retains ownership of the delivered goods until full payment has been received.
"""

LOG = "\n".join(
    f"2026-11-20T09:{minute:02}:07Z {'ERROR' if minute % 7 else 'INFO'} worker-{minute % 3} job {minute}: timed out"
    for minute in range(60)
)


def found(source: str, quote: str) -> tuple[str, str] | None:
    """How the quote was found, and what stands there."""
    match = Source(source).align(quote)
    if match is None:
        return None
    assert source[match.start : match.end] == match.text
    return match.method, match.text


@given(st.text(min_size=1), st.data())
def test_every_part_of_a_text_is_found_exactly(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    quote = text[start : data.draw(st.integers(start + 1, len(text)))].strip()
    assume(quote)
    match = Source(text).align(quote, near=start)
    assert match is not None
    assert (match.method, match.score, text[match.start : match.end]) == ("exact", 1.0, quote)


@given(st.text(min_size=1), st.text())
def test_offsets_of_any_match_are_offsets_into_the_source(text: str, quote: str) -> None:
    match = Source(text, threshold=0.1).align(quote)
    assert match is None or (match.text == text[match.start : match.end] and 0 <= match.start < match.end <= len(text))


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_folding_twice_is_folding_once_for_single_characters_and_offsets_lead_back(text: str) -> None:
    folded = fold(text)
    for at in range(len(folded.text)):
        start, end = folded.source_span(at, at + 1)
        assert 0 <= start < end <= len(text)
        assert folded.text[at] in fold(text[start:end]).text
        assert folded.folded_at(start) <= at


@given(st.text(alphabet="aé ßﬁ-\n\u00ad“Ａ", min_size=1), st.data())
def test_a_part_folded_is_found_where_it_was(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    assume(fold(part).text.strip())
    assume(fold(part).text.strip() in fold(text).text)
    match = Source(text).align(fold(part).text)
    assert match is not None
    assert fold(match.text).text.strip() == fold(part).text.strip()


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("acme steel gmbh invoice no. 2026-0417", "ACME Steel\u00a0GmbH\t\tInvoice  No. 2026-0417"),
        ("BAHNHOFSTRASSE 12", "Bahnhofstraße 12"),
        ("Zu\u0308rich", "Zürich"),
        ('Washers "M4" - zinc-plated 200', "Washers “M4” – zinc-\n      plated                      200"),
        ("zincplated", "zinc-\n      plated"),
        ("Net amount 29.10", "Net amount                                 29.10"),
        ("Ｎｅｔ amount", "Net amount"),
        ("total\u00ad amount\ndue", "Total amount due"),
    ],
)
def test_white_space_case_and_typography_do_not_matter(quote: str, expected: str) -> None:
    assert found(INVOICE, quote) == ("normalized", expected)


def test_ligatures_soft_hyphens_and_decomposed_letters_of_the_source_are_found() -> None:
    assert found("the ﬁnal oﬃce", "final office") == ("normalized", "ﬁnal oﬃce")
    assert found("over\u00adtime pay", "overtime") == ("normalized", "over\u00adtime")
    decomposed = unicodedata.normalize("NFD", "Müller zahlt später")
    assert found(decomposed, "Müller zahlt") == ("normalized", unicodedata.normalize("NFD", "Müller zahlt"))


@pytest.mark.parametrize(
    ("quote", "expected"),
    [
        ("The suplier retains ownership of delivered goods", "The supplier retains ownership of the delivered goods"),
        ("until full payment was received", "until full payment has been received"),
        ("Washers M4 zinc plated", "Washers “M4” – zinc-\n      plated"),
        ("Total amount due in 30 days: 31.46 CHF", "Total amount due within 30 days            31.46 CHF"),
    ],
)
def test_a_quote_with_small_mistakes_is_found_with_a_score(quote: str, expected: str) -> None:
    match = Source(INVOICE, threshold=0.75).align(quote)
    assert match is not None
    assert (match.method, match.text) == ("fuzzy", expected)
    assert 0.75 <= match.score < 1


@pytest.mark.parametrize(
    "quote",
    [
        "The customer may return the goods within fourteen days",
        "Total amount due within 30 days 31.64 CHF",  # another figure
        "VAT 7.7 %",
        "xyz",
        "",
        "  \n\t ",
        "\u00ad\u200b",
    ],
)
def test_what_is_not_there_is_not_found(quote: str) -> None:
    assert found(INVOICE, quote) is None


def test_the_threshold_is_the_least_score() -> None:
    quote = "The suplier retains ownership of delivered goods"
    match = Source(INVOICE).align(quote)
    assert match is not None
    assert Source(INVOICE, threshold=match.score - 0.001).align(quote) == match
    assert Source(INVOICE, threshold=match.score + 0.001).align(quote) is None


def test_repeated_quotes_go_to_successive_places_and_then_stay_at_the_last() -> None:
    source, near, starts = Source(INVOICE), 0, []
    for _ in range(3):
        match = source.align("Screws, 4 × 40 mm", near)
        assert match is not None
        starts.append(match.start)
        near = match.end
    first, last = INVOICE.index("Screws"), INVOICE.rindex("Screws")
    assert starts == [first, last, last]


@pytest.mark.parametrize("quote", ["TIMED OUT", "job  30: timed out", "joB 3"])
def test_the_place_nearest_behind_near_comes_first_when_folded_too(quote: str) -> None:
    source, near, starts = Source(LOG), 0, []
    while (match := source.align(quote, near)) and match.start not in starts:
        assert match.method == "normalized"
        starts.append(match.start)
        near = match.end
    assert starts == sorted(starts)
    assert len(starts) == (60 if quote == "TIMED OUT" else 1)


def test_a_place_amid_a_word_counts_only_if_there_is_no_other() -> None:
    assert Source("Anna paid 150 or 15").align("15") == Match(17, 19, "exact", 1.0, "15")
    assert Source("Annabel and Ann").align("Ann") == Match(12, 15, "exact", 1.0, "Ann")
    assert Source("Annabel").align("Ann") == Match(0, 3, "exact", 1.0, "Ann")
    assert Source("合計金額 金額").align("金額") == Match(2, 4, "exact", 1.0, "金額")


@pytest.mark.parametrize("quote", ["job 30: timed out", "JOB 30: timed out", "jab 30; timed out"])
def test_only_what_is_within_counts(quote: str) -> None:
    source, at = Source(LOG), LOG.index("job 30: timed out")
    within = source.align(quote, within=(at, at + 17))
    assert within is not None
    assert (within.start, within.end) == (at, at + 17)
    assert source.align(quote, within=(at + 6, len(LOG))) is None
    assert source.align(quote, within=(0, at)) is None
    assert source.align(quote, within=(5, 5)) is None


def test_of_several_sources_the_best_way_counts_then_the_first_from_near_on() -> None:
    sources = [Source("The Total is 5."), Source("the total is 5."), Source("nothing")]
    assert align_in(sources, "the total") == (1, Match(0, 9, "exact", 1.0, "the total"))
    assert align_in(sources, "is 5") == (0, Match(10, 14, "exact", 1.0, "is 5"))
    assert align_in(sources, "is 5", near=(1, 0)) == (1, Match(10, 14, "exact", 1.0, "is 5"))
    assert align_in(sources, "THE TOTAL IS", near=(1, 3)) == (1, Match(0, 12, "normalized", 1.0, "the total is"))
    assert align_in(sources, "absent words here") is None


def distance(one: str, other: str) -> int:
    column = list(range(len(one) + 1))
    for row, char in enumerate(other, 1):
        above, column[0] = column[0], row
        for at, mine in enumerate(one, 1):
            above, column[at] = column[at], min(column[at] + 1, column[at - 1] + 1, above + (mine != char))
    return column[-1]


@given(st.text("abc", min_size=1, max_size=12), st.text("abc", max_size=20))
def test_the_best_place_is_that_of_the_least_edit_distance(quote: str, text: str) -> None:
    start, end, least = best_place(quote, text)
    assert distance(quote, text[start:end]) == least
    everywhere = (distance(quote, text[low:high]) for low in range(len(text) + 1) for high in range(low, len(text) + 1))
    assert least == min(everywhere)


def report(characters: int, seed: int) -> str:
    """Running text with typography, of words with frequencies as in a language."""
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdefghijklmnoprstu", k=rng.randint(2, 9))) for _ in range(20_000)]
    weights = [1 / (rank + 5) for rank in range(len(words))]
    text: list[str] = []
    length = 0
    while length < characters:
        paragraph = " ".join(rng.choices(words, weights, k=2000)).replace("ar ", "“ﬁ”\n", 40).replace("us ", "ß – ", 40)
        text.append(paragraph)
        length += len(paragraph) + 2
    return "\n\n".join(text)


def test_a_thousand_quotes_against_two_megabytes_take_a_moment() -> None:
    text, rng = report(2_000_000, 1), random.Random(2)
    source, near, right = Source(text), 0, 0
    started = time.process_time()
    for number, place in enumerate(sorted(rng.randrange(len(text) - 200) for _ in range(1000))):
        quote = text[place : place + rng.randint(40, 160)].strip()
        if number % 20 == 0:
            quote = " ".join(quote.upper().split())
        elif number % 50 == 1:
            quote = quote[:15] + "#" + quote[16:30] + quote[31:]
        match = source.align(quote, near)
        if match is not None and abs(match.start - place) < 5:
            right += 1
            near = match.end
    assert right > 990
    assert time.process_time() - started < 10  # 1 s on a quiet machine
