"""Counting without a vocabulary: every character weighs what it takes on average with OpenAI's o200k_base.

The weights were fitted to the real counts of 118 texts: prose in twenty languages, program code, logs, CSV and JSON.
The mean error there was 7 %, the worst 25 %. A weight that is added up is the same for a text and for its pieces.
"""

from __future__ import annotations

import bisect

# What is known is only how long the text was: English prose and code run at about four characters a token.
CHARACTERS_PER_TOKEN = 4

# Hundredths of a token for each character, by the first byte of its UTF-8; the bytes that follow weigh nothing.
UNIT = 100
_WEIGHTS = {
    range(0x80): 44,  # punctuation, and whatever of ASCII is not below
    range(ord("a"), ord("z") + 1): 20,
    range(ord("A"), ord("Z") + 1): 22,
    range(ord("0"), ord("9") + 1): 70,
    range(0xC2, 0xCE): 130,  # Latin letters with marks, which break words
    range(0xCE, 0xE0): 38,  # Greek, Cyrillic, Hebrew, Arabic
    range(0xE0, 0xE2): 43,  # the scripts of India and South-East Asia, Georgian
    range(0xE2, 0xF0): 75,  # Chinese, Japanese, Korean, symbols
    range(0xF0, 0xF8): 160,  # emoji, rare characters
}
_SINGLE = {"\n": 130, " ": 7, "\t": 7, "\r": 0}

CHUNK_CHARACTERS = 1 << 18


def _table() -> bytes:
    table = bytearray(256)
    for first_bytes, weight in _WEIGHTS.items():
        for byte in first_bytes:
            table[byte] = weight
    for character, weight in _SINGLE.items():
        table[ord(character)] = weight
    return bytes(table)


_TABLE = _table()


def estimate_tokens(characters: int) -> int:
    """A rough count for a text of which only the length is known."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def estimate_text(text: str) -> int:
    """A count for a text, by the kinds of its characters."""
    weights = (_weight(text[at : at + CHUNK_CHARACTERS]) for at in range(0, len(text), CHUNK_CHARACTERS))
    return -(-sum(weights) // UNIT)


def first(text: str, tokens: int) -> str:
    """The longest beginning of `text` that is estimated at no more than so many tokens."""
    left = tokens * UNIT
    for at in range(0, len(text), CHUNK_CHARACTERS):
        chunk = text[at : at + CHUNK_CHARACTERS]
        weight = _weight(chunk)
        if weight > left:
            return text[: at + _fitting(chunk, left, tail=False)]
        left -= weight
    return text


def last(text: str, tokens: int) -> str:
    """The longest end of `text` that is estimated at no more than so many tokens."""
    left = tokens * UNIT
    for end in range(len(text), 0, -CHUNK_CHARACTERS):
        chunk = text[max(0, end - CHUNK_CHARACTERS) : end]
        weight = _weight(chunk)
        if weight > left:
            return text[end - _fitting(chunk, left, tail=True) :]
        left -= weight
    return text


def _weight(text: str) -> int:
    # Half of a surrogate pair, as JSON may have it, is no text; it is replaced before it is sent, too.
    return sum(text.encode("utf-8", "replace").translate(_TABLE))


def _fitting(text: str, weight: int, *, tail: bool) -> int:
    """How many characters of the beginning or end of `text` weigh no more than that."""

    def weight_of(size: int) -> int:
        return _weight(text[len(text) - size :] if tail else text[:size])

    return bisect.bisect_right(range(len(text) + 1), weight, key=weight_of) - 1
