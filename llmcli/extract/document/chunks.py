"""A long document in chunks that fit a number of tokens, cut where it is best, each saying the end of the one before.

The own parts of the chunks (`own_start` to `end`) follow each other without a gap: every character is in exactly one.
Before its own part a chunk repeats the end of the own part before it (`start` to `own_start`): the overlap. So no
character is in more than two chunks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from llmcli.extract.document.boundaries import beginning, cut
from llmcli.tokens import estimate_text
from llmcli.tokens.heuristic import CHARACTERS_PER_TOKEN

Count = Callable[[str], int]

OVERLAP_SHARE = 0.1
_FULL = 0.95  # a chunk this full is not measured again
_MOST_GUESSES = 8


@dataclass(frozen=True)
class Chunk:
    """A piece of `source`. `number` counts from 1; `start`, `own_start` and `end` are offsets in characters.

    `byte_range` is where start and end are in the UTF-8 text.
    """

    number: int
    start: int
    own_start: int
    end: int
    byte_range: tuple[int, int]
    source: str = field(repr=False)

    @property
    def text(self) -> str:
        return self.source[self.start : self.end]

    @property
    def overlap(self) -> tuple[int, int]:
        """The part that the chunk before ends with too."""
        return self.start, self.own_start

    @property
    def blank(self) -> bool:
        """Whether there is nothing to read in its own part."""
        return not self.source[self.own_start : self.end].strip()


def split(
    text: str, max_tokens: int, *, overlap_tokens: int | None = None, count: Count = estimate_text
) -> list[Chunk]:
    """Chunks of at most `max_tokens` as `count` counts them, which must grow with the text.

    The overlap is a tenth of that unless said otherwise, and less where it would begin amid a line or word. A single
    character that takes more than `max_tokens` is a chunk all the same. An empty text has no chunks.
    """
    overlap_tokens = int(max_tokens * OVERLAP_SHARE) if overlap_tokens is None else overlap_tokens
    if max_tokens < 1 or not 0 <= overlap_tokens <= max_tokens // 2:
        raise ValueError(f"overlap of {overlap_tokens} in chunks of {max_tokens} tokens: half at most")
    ruler = _Ruler(text, count)
    chunks: list[Chunk] = []
    start = own_start = own_byte = 0
    while own_start < len(text):
        end = ruler.end(start, own_start, max_tokens)
        if end == own_start:  # the overlap leaves no room
            start, end = own_start, max(ruler.end(own_start, own_start, max_tokens), own_start + 1)
        own_end_byte = own_byte + utf8_length(text[own_start:end])
        bytes_of = (own_byte - utf8_length(text[start:own_start]), own_end_byte)
        chunks.append(Chunk(len(chunks) + 1, start, own_start, end, bytes_of, text))
        start = ruler.overlap_start(own_start, end, overlap_tokens)
        own_start, own_byte = end, own_end_byte
    return chunks


def utf8_length(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))


class _Ruler:
    """Measures out tokens, with few counts: how many characters a token takes is learnt on the way."""

    def __init__(self, text: str, count: Count) -> None:
        self._text = text
        self._count = count
        self._characters_per_token = float(CHARACTERS_PER_TOKEN)

    def end(self, start: int, own_start: int, tokens: int) -> int:
        """Where the chunk from `start` is best cut, behind `own_start`; `own_start` if nothing fits."""
        most = self._furthest(start, tokens)
        while own_start < most < len(self._text):
            end = cut(self._text, own_start, most)
            if end == most or self._count(self._text[start:end]) <= tokens:
                return end
            most = end - 1  # a count of a shorter text may be higher by one
        return max(most, own_start)

    def _furthest(self, start: int, tokens: int) -> int:
        """An end that fits, nearly the furthest."""
        rest = len(self._text) - start
        fits, too_long = 0, rest + 1
        size = int(tokens * self._characters_per_token)
        for guess in range(_MOST_GUESSES + rest.bit_length()):
            size = min(max(size, fits + 1), too_long - 1)
            if size <= fits:
                break
            counted = self._count(self._text[start : start + size])
            if counted > tokens:
                too_long = size
            else:
                fits = size
                if counted >= tokens * _FULL:
                    break
            if guess < _MOST_GUESSES:
                size = int(size * tokens * (1 + _FULL) / 2 / max(counted, 1))
            else:
                size = (fits + too_long) // 2
        if 0 < fits < rest:
            self._characters_per_token = fits / tokens
        return start + fits

    def overlap_start(self, own_start: int, end: int, tokens: int) -> int:
        """Where the overlap before `end` begins, within the part from `own_start`."""
        size = int(tokens * self._characters_per_token)
        while size > 0:
            least = max(own_start, end - size)
            counted = self._count(self._text[least:end])
            if counted <= tokens:
                return beginning(self._text, least, end)
            size = min(end - least - 1, int(size * tokens / counted))
        return end
