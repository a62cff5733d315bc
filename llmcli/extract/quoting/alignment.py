"""Where in a source a quote stands that a model says it has copied from there.

Three ways are tried, and the first that finds it counts: exactly; folded, as `folding.py` says; and fuzzily, by edit
distance in the folded text. A fuzzy match forgives words, never figures: the digits of the quote must be in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from llmcli.extract.quoting.folding import Folded, fold
from llmcli.extract.quoting.fuzzy import WordIndex, best_place, is_unparted

Method = Literal["exact", "normalized", "fuzzy"]
Span = tuple[int, int]

METHODS: tuple[Method, ...] = ("exact", "normalized", "fuzzy")

THRESHOLD = 0.8
# Below this, a likeness may be chance; above that, the search costs too much, and a record's quote is not so long.
SHORTEST_FUZZY = 8
LONGEST_FUZZY = 4000
# How many places within words are passed over before one of them is taken, and from what length on none is: so much
# text is not within words by chance.
_MOST_WITHIN_WORDS = 200
_LONG_ENOUGH = 40

_NO_DIGIT = re.compile(r"\D+")


@dataclass(frozen=True)
class Match:
    """A part of the source, as offsets in characters; `score` is from 0 to 1, 1 unless the match is fuzzy.

    `text` is what stands there.
    """

    start: int
    end: int
    method: Method
    score: float
    text: str


_Way = Callable[[str, int, int, int], Match | None]


def align_in(sources: Sequence[Source], quote: str, near: tuple[int, int] = (0, 0)) -> tuple[int, Match] | None:
    """Where a quote stands in several texts: in which, and where. The best way counts, then the first from `near` on.

    `near` is a number in `sources` and an offset in that one.
    """
    order = [*range(near[0], len(sources)), *range(near[0])]
    for method in METHODS:
        found = []
        for number in order:
            match = sources[number].align(quote, near[1] if number == near[0] else 0, methods=(method,))
            if match:
                found.append((number, match))
        if found:
            return max(found, key=lambda one: one[1].score)
    return None


class Source:
    """A text that quotes are looked for in. What that takes beyond the text itself is built when first needed."""

    def __init__(self, text: str, *, threshold: float = THRESHOLD) -> None:
        self.text = text
        self.threshold = threshold

    def align(
        self,
        quote: str,
        near: int = 0,
        within: Span | None = None,
        *,
        methods: Sequence[Method] = METHODS,
    ) -> Match | None:
        """Where the quote stands; None if it does not, or is blank.

        Of several places that are alike, the first from `near` on, else the last before it: pass the end of the match
        before, and quotes that are repeated go to successive places. A place that does not begin or end amid a word
        comes before one that does. `within` is the part of the source that counts, such as a chunk.
        """
        quote = quote.strip()
        low, high = within or (0, len(self.text))
        if not quote or low >= high:
            return None
        for method in methods:
            match = self._ways[method](quote, min(max(near, low), high), low, high)
            if match:
                return match
        return None

    @cached_property
    def _folded(self) -> Folded:
        return fold(self.text)

    @cached_property
    def _index(self) -> WordIndex:
        return WordIndex(self._folded.text)

    @cached_property
    def _ways(self) -> dict[Method, _Way]:
        return {"exact": self._exact, "normalized": self._normalized, "fuzzy": self._fuzzy}

    def _exact(self, quote: str, near: int, low: int, high: int) -> Match | None:
        at = _find(self.text, quote, near, low, high)
        return None if at is None else self._match(at, at + len(quote), "exact", 1.0)

    def _normalized(self, quote: str, near: int, low: int, high: int) -> Match | None:
        folded, quote = self._folded, fold(quote).text.strip()
        if not quote:
            return None
        at = _find(folded.text, quote, *map(folded.folded_at, (near, low, high)))
        return None if at is None else self._match(*folded.source_span(at, at + len(quote)), "normalized", 1.0)

    def _fuzzy(self, quote: str, near: int, low: int, high: int) -> Match | None:
        folded, quote = self._folded, fold(quote).text.strip()
        if not SHORTEST_FUZZY <= len(quote) <= LONGEST_FUZZY:
            return None
        near, low, high = map(folded.folded_at, (near, low, high))
        best: tuple[float, int, int] = (self.threshold, 0, 0)
        for window_start, window_end in self._index.likely(quote, low, high, near):
            start, end, distance = best_place(quote, folded.text[window_start:window_end])
            score = 1 - distance / max(len(quote), end - start)
            place = folded.text[window_start + start : window_start + end]
            if (score > best[0] or (not best[2] and score == best[0])) and _has_figures(place, quote):
                best = (score, window_start + start, window_start + end)
        score, start, end = best
        if not end:
            return None
        return self._match(*folded.source_span(start, end), "fuzzy", round(score, 4))

    def _match(self, start: int, end: int, method: Method, score: float) -> Match:
        """A match without the white space around it."""
        text = self.text[start:end]
        start += len(text) - len(text.lstrip())
        text = text.strip()
        return Match(start, start + len(text), method, score, text)


def _find(text: str, quote: str, near: int, low: int, high: int) -> int | None:
    """Where `quote` stands: the first from `near` on, else the last before; amid words only if there is no other."""
    within_words: list[int] = []
    at = text.find(quote, near, high)
    while at >= 0 and len(within_words) < _MOST_WITHIN_WORDS:
        if not _is_within_words(text, at, at + len(quote)):
            return at
        within_words.append(at)
        at = text.find(quote, at + 1, high)
    at = text.rfind(quote, low, min(high, near + len(quote) - 1))
    while at >= 0 and len(within_words) < 2 * _MOST_WITHIN_WORDS:
        if not _is_within_words(text, at, at + len(quote)):
            return at
        within_words.append(at)
        at = text.rfind(quote, low, at + len(quote) - 1)
    return within_words[0] if within_words else None


def _is_within_words(text: str, start: int, end: int) -> bool:
    return end - start < _LONG_ENOUGH and (_parts_word(text, start) or _parts_word(text, end))


def _parts_word(text: str, at: int) -> bool:
    """Whether the characters on both sides are of one word, in a script that parts words."""
    if not 0 < at < len(text):
        return False
    before, after = text[at - 1], text[at]
    return before.isalnum() and after.isalnum() and not is_unparted(before) and not is_unparted(after)


def _has_figures(place: str, quote: str) -> bool:
    """Whether the digits of the quote are in `place`, in order."""
    digits = iter(_NO_DIGIT.sub("", place))
    return all(digit in digits for digit in _NO_DIGIT.sub("", quote))
