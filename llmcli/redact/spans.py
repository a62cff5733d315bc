"""Where something was found, and what happens when two findings overlap."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import NamedTuple

Detector = Callable[[str], Iterator[tuple[int, int]]]
"""Yields start and end of every finding; they may overlap. Its time is linear in the length of the text."""


class Finding(NamedTuple):
    """`text[start:end]` is to be hidden, as `kind`."""

    start: int
    end: int
    kind: str


@cache
def compiled(pattern: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    """`pattern`, compiled when it is first needed: start-up must not pay for what is rarely used."""
    return re.compile(pattern, flags)


def first(char: str, not_after: str = r"0-9A-Za-z.\-") -> str:
    """The expression of a first character, of class `char`, that does not stand right behind one of `not_after`.

    The class comes before the condition, since `re` then skips fast to where it occurs. The default is ASCII, for
    Chinese and Japanese put no space before a number; the n of an escaped line break, as in JSON, does not count.
    """
    return rf"{char}(?:(?<![{not_after}]{char})|(?<=\\[nrt]{char}))"


def words(text: str) -> tuple[str, ...]:
    """The words of `text`: a long list of them reads better so."""
    return tuple(text.split())


def places(text: str, word: str) -> Iterator[int]:
    """Where `word` begins in `text`: much faster than an expression."""
    at = text.find(word)
    while at >= 0:
        yield at
        at = text.find(word, at + len(word))


def lower(text: str) -> str:
    """`text` in small letters, with every character where it was: İ alone would become two."""
    return text.replace("İ", "I").lower()


def joined(lowered: str, at: int, word: str) -> bool:
    """Whether the `word` at `at` is part of a longer one. Where words are not spaced, every word stands alone."""
    if word[0] > "\u2e80":
        return False
    return lowered[at - 1 : at].isalpha() or lowered[at + len(word) : at + len(word) + 1].isalpha()


def settle(findings: Iterable[Finding], length: int) -> list[Finding]:
    """`findings` without overlaps, in order of position: the longest wins, among equals the one named first.

    What sticks out of a winner is kept as a finding of its own, so that nothing found is ever left in the open.
    """
    covered = bytearray(length)
    settled = []
    for start, end, kind in sorted(findings, key=lambda each: each.start - each.end):
        here = start
        while here < end:
            taken = covered.find(1, here, end)
            stop = end if taken < 0 else taken
            if here < stop:
                settled.append(Finding(here, stop, kind))
                covered[here:stop] = b"\x01" * (stop - here)
            free = covered.find(0, stop, end)
            here = end if free < 0 else free
    return sorted(settled)
