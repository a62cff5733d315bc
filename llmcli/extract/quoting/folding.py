"""A text without what a copyist may change, and the way back to where each character of it was.

Folded away are: case, white space (a run is one space), Unicode's compatibility forms (NFKC: ligatures, full width,
superscripts), the forms of quotation marks and dashes, soft hyphens and other characters without width, and hyphens
between letters, with the line break behind them if any: `co-operate`, `co-⏎operate` and `cooperate` are one.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

_QUOTES = dict.fromkeys("‘’‚‛′‹›`´", "'") | dict.fromkeys("“”„‟″«»", '"')  # noqa: RUF001 - that they look alike is the point
_DASHES = dict.fromkeys("‐‑‒–—―−﹘﹣－", "-")  # noqa: RUF001 - that they look alike is the point
# Characters that only say how the text is to be laid out.
_WIDTHLESS = dict.fromkeys(
    "\u00ad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufe0e\ufe0f\ufeff", ""
)
_FORMS = {**_QUOTES, **_DASHES, **_WIDTHLESS}

_LETTER = r"[^\W\d_]"
_HYPHENS = "-\u2010\u2011" + "".join(_WIDTHLESS)


@dataclass(frozen=True)
class Folded:
    """The folded text; a spot is where it is not as long as the source: both begin there, and the source's end."""

    text: str
    _spots: array[int]
    _source_starts: array[int]
    _source_ends: array[int]
    _spot_ends: array[int]

    def source_span(self, start: int, end: int) -> tuple[int, int]:
        """The part of the source that `start` to `end` of the folded text, which is not empty, stands for."""
        return self._at(start)[0], self._at(end - 1)[1]

    def _at(self, at: int) -> tuple[int, int]:
        """The part of the source that one folded character stands for."""
        spot = bisect_right(self._spots, at) - 1
        if spot < 0:
            return at, at + 1
        if at < self._spot_ends[spot]:
            return self._source_starts[spot], self._source_ends[spot]
        there = self._source_ends[spot] + at - self._spot_ends[spot]
        return there, there + 1

    def folded_at(self, source_at: int) -> int:
        """Where in the folded text the source's character is, or the next that was not folded away."""
        spot = bisect_right(self._source_starts, source_at) - 1
        if spot < 0:
            return min(source_at, len(self.text))
        if source_at < self._source_ends[spot]:
            return self._spots[spot]
        return min(self._spot_ends[spot] + source_at - self._source_ends[spot], len(self.text))


def fold(text: str) -> Folded:
    """The text folded. In spots, which are found first, it changes its length; everywhere else it does not."""
    forms = {char: folded_character(char) for char in set(text)}
    spots, starts, ends, spot_ends = (array("Q") for _ in range(4))
    parts: list[str] = []
    last = length = 0
    for found in _spot_pattern(forms).finditer(text):
        start, end = found.span()
        instead = _folded_spot(found[0], forms)
        parts += (text[last:start], instead)
        length += start - last
        for column, value in ((spots, length), (starts, start), (ends, end), (spot_ends, length + len(instead))):
            column.append(value)
        length += len(instead)
        last = end
    parts.append(text[last:])
    table = {ord(char): form for char, form in forms.items() if form != char and len(form) == 1}
    return Folded("".join(parts).translate(table), spots, starts, ends, spot_ends)


@lru_cache(maxsize=1 << 16)
def folded_character(char: str) -> str:
    if char.isspace():
        return " "
    if char in _FORMS:
        return _FORMS[char]
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", char).casefold())
    return "".join(_FORMS.get(one, " " if one.isspace() else one) for one in folded)


def _spot_pattern(forms: dict[str, str]) -> re.Pattern[str]:
    """What changes its length: hyphens between letters, runs of white space, marks, and some single characters."""
    longer = "".join(map(re.escape, sorted(char for char, form in forms.items() if len(form) != 1)))
    white = "".join(map(re.escape, sorted(char for char, form in forms.items() if form == " ")))
    marks = [char for char in forms if unicodedata.combining(char)]
    alternatives = [rf"(?<={_LETTER})[{_HYPHENS}]+(?:[ \t\r]*\n[ \t]*)?(?={_LETTER})"]
    if white:
        alternatives.append(rf"[{white}]{{2,}}")
    if marks:
        some = "".join(map(re.escape, sorted(marks)))
        alternatives.append(rf"[^{some}{white}][{some}]+")
    if longer:
        alternatives.append(rf"[{longer}]")
    return re.compile("|".join(alternatives))


def _folded_spot(spot: str, forms: dict[str, str]) -> str:
    if spot.isspace():
        return " "
    if spot[0] in _HYPHENS:
        return ""
    if len(spot) == 1:
        return forms[spot]
    return "".join(map(folded_character, unicodedata.normalize("NFKC", spot)))
