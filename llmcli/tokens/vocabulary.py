"""Counting with a real vocabulary: OpenAI's, from splintr-rs, which carries it in its wheel (`llmcli[tokens]`).

A text is encoded in pieces, so that memory does not grow with it. Pieces are cut where the vocabulary's pattern splits
a text anyway, before a line that is not empty or between two words, so that their counts add up to that of the whole.
Where a text has no such place within WINDOW characters of a piece's end, as in Chinese, it is cut all the same, which
adds a token or two for each CHUNK_CHARACTERS.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from splintr import AnyTokenizer

CHUNK_CHARACTERS = 1 << 18
WINDOW = 1024

# Not before a slash, which the pattern takes together with the line end before it.
_BOUNDARY = re.compile(r"(?<=\n)(?=[ \t]*[!-.0-~])|(?<=[A-Za-z])(?= [A-Za-z])")


class Vocabulary:
    """Counts with one of the vocabularies of splintr, which is loaded when it is first needed."""

    def __init__(self, name: str) -> None:
        self.method = f"splintr {name}"
        self._name = name

    @property
    def _encoder(self) -> AnyTokenizer:
        return _loaded(self._name)

    def count(self, text: str) -> int:
        return sum(len(self._encode(text[start:end])) for start, end in pieces(text))

    def first(self, text: str, tokens: int) -> str:
        """The first so many tokens. A character of which only a part is among them is left out."""
        left = tokens
        for start, end in pieces(text):
            ids = self._encode(text[start:end])
            if len(ids) > left:
                return text[: start + len(self._fitting(ids, left, tail=False))]
            left -= len(ids)
        return text

    def last(self, text: str, tokens: int) -> str:
        """The last so many tokens, likewise."""
        left = tokens
        for start, end in pieces_from_end(text):
            ids = self._encode(text[start:end])
            if len(ids) > left:
                return text[end - len(self._fitting(ids, left, tail=True)) :]
            left -= len(ids)
        return text

    def _fitting(self, ids: list[int], most: int, *, tail: bool) -> str:
        """What the first or last `most` tokens stand for; less, if that by itself would be more tokens."""
        for size in range(most, 0, -1):
            chosen = ids[len(ids) - size :] if tail else ids[:size]
            text = self._encoder.decode_bytes(chosen).decode("utf-8", "ignore")
            if len(self._encode(text)) <= most:
                return text
        return ""

    def _encode(self, text: str) -> list[int]:
        """The tokens of a text as ordinary text: what looks like a control token is none."""
        try:
            return self._encoder.encode_ordinary(text)
        except UnicodeEncodeError:  # half of a surrogate pair, as JSON may have it
            return self._encoder.encode_ordinary(text.encode("utf-8", "replace").decode())


@cache
def _loaded(name: str) -> AnyTokenizer:
    from splintr import Tokenizer

    return Tokenizer.from_pretrained(name)


def installed() -> bool:
    """Whether splintr is there; it is not loaded."""
    from importlib.util import find_spec

    return find_spec("splintr") is not None


def pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where the pieces of `text` start and end, in order."""
    start = 0
    while len(text) - start > CHUNK_CHARACTERS:
        end = start + CHUNK_CHARACTERS
        window = text[end - WINDOW : end]
        # The first and last character are there to be looked at only.
        found = [match.start() for match in _BOUNDARY.finditer(window)]
        end = end - WINDOW + found[-1] if found else end
        yield start, end
        start = end
    if start < len(text):
        yield start, len(text)


def pieces_from_end(text: str) -> Iterator[tuple[int, int]]:
    """The same, beginning with the last piece."""
    end = len(text)
    while end > CHUNK_CHARACTERS:
        start = end - CHUNK_CHARACTERS
        found = _BOUNDARY.search(text, start, start + WINDOW)
        start = found.start() if found else start
        yield start, end
        end = start
    if end:
        yield 0, end
