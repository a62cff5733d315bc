"""Where in a long text a quote stands that was not copied exactly.

First an index tells which parts of the text share the quote's rarer words; then its best place in these is
found by edit distance, with Myers' bit-parallel algorithm (A fast bit-vector algorithm for approximate string
matching, JACM 46, 1999), where a whole column of the table is one integer, however long the quote.
"""

from __future__ import annotations

import re
from collections import defaultdict

_BLOCK_CHARACTERS = 2048
_MOST_PLACES = 4
_RAREST_WORDS = 24
# Words in more than this share of the parts say nothing about where, unless there is nothing else.
_COMMON_SHARE = 0.1

_WORD = re.compile(r"\w+")
# Scripts that do not part words: pairs of characters stand for words.
_UNPARTED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff]"
)


class WordIndex:
    """Which parts of a text have which words."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parts = range(0, len(text), _BLOCK_CHARACTERS)
        parts_of: defaultdict[str, list[int]] = defaultdict(list)
        for number, start in enumerate(self._parts):
            for word in set(_words(text[start : start + _BLOCK_CHARACTERS])):
                parts_of[word].append(number)
        self._parts_of = dict(parts_of)

    def likely(self, quote: str, low: int, high: int, near: int) -> list[tuple[int, int]]:
        """Windows of the text, between `low` and `high`, in which the quote may stand; the likeliest first.

        Of those alike, the first at or behind `near` comes first.
        """
        votes = self._votes(quote)
        margin = len(quote) + len(quote) // 4
        windows = []
        for part in sorted(votes, key=lambda part: (-votes[part], _distance(self._parts[part], near))):
            start = max(low, self._parts[part] - margin)
            end = min(high, self._parts[part] + _BLOCK_CHARACTERS + margin)
            if end > start:
                windows.append((start, end))
            if len(windows) == _MOST_PLACES:
                break
        return windows

    def _votes(self, quote: str) -> dict[int, float]:
        """How much each part has in common with the quote: a rare word counts for more."""
        known = sorted((len(parts), word) for word in set(_words(quote)) if (parts := self._parts_of.get(word)))
        common = max(len(self._parts) * _COMMON_SHARE, 8)
        telling = [word for parts, word in known[:_RAREST_WORDS] if parts <= common]
        votes: defaultdict[int, float] = defaultdict(float)
        for word in telling or [word for _, word in known[:3]]:
            parts = self._parts_of[word]
            for part in parts:
                votes[part] += 1 + 1 / len(parts)
        return votes


def _distance(part: int, near: int) -> tuple[bool, int]:
    return part + _BLOCK_CHARACTERS < near, abs(part - near)


def _words(text: str) -> list[str]:
    words: list[str] = _WORD.findall(text)
    if text.isascii() or not _UNPARTED.search(text):
        return words
    out: list[str] = []
    for word in words:
        if _UNPARTED.search(word):
            out += (word[at : at + 2] for at in range(len(word) - 1))
        else:
            out.append(word)
    return out


def is_unparted(char: str) -> bool:
    """Whether the character is of a script that does not part words."""
    return _UNPARTED.match(char) is not None


def best_place(quote: str, text: str) -> tuple[int, int, int]:
    """Start, end and edit distance of the part of `text` that is most like `quote`."""
    end, distance = _nearest_end(quote, text)
    length, _ = _nearest_end(quote[::-1], text[max(0, end - 2 * len(quote)) : end][::-1], anchored=True)
    return end - length, end, distance


def _nearest_end(quote: str, text: str, *, anchored: bool = False) -> tuple[int, int]:
    """Where the best match of `quote` ends and its distance; if `anchored`, of those that begin where `text` does."""
    size = len(quote)
    full = (1 << size) - 1
    top = 1 << (size - 1)
    positions: defaultdict[str, int] = defaultdict(int)
    for at, char in enumerate(quote):
        positions[char] |= 1 << at
    plus, minus, distance = full, 0, size
    best, best_end = size, 0
    for end, char in enumerate(text, 1):
        match = positions.get(char, 0)
        zero = (((match & plus) + plus) ^ plus) | match | minus
        more = minus | (full & ~(zero | plus))
        less = plus & zero
        if more & top:
            distance += 1
        elif less & top:
            distance -= 1
        more = (more << 1) | anchored
        plus = full & ((less << 1) | ~(zero | more))
        minus = more & zero & full
        if distance < best:
            best, best_end = distance, end
    return best_end, best
