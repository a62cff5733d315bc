"""The simulator's tokenizer: deterministic, reversible, about as coarse as the vendors' own.

Every count that the simulator reports comes from here, so that usage, `max_tokens` and the counting
endpoints agree with each other. The pieces of a text, joined, are the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmcli.messages import Message

_PIECE = re.compile(r" ?\w{1,8}| ?[^\w\s]{1,3}|\s{1,8}")

# Vendors wrap every turn in a few tokens of their own, and the whole prompt once more.
REQUEST_OVERHEAD = 3
TURN_OVERHEAD = 4


def split(text: str) -> Iterator[str]:
    """The tokens of `text` in order, one at a time."""
    return (match.group() for match in _PIECE.finditer(text))


def count(text: str) -> int:
    """How many tokens `text` is."""
    return sum(1 for _ in _PIECE.finditer(text))


def count_input(messages: tuple[Message, ...], system: str | None = None) -> int:
    """How many tokens a prompt is: its text and the fixed overhead of each turn."""
    total = REQUEST_OVERHEAD
    if system:
        total += TURN_OVERHEAD + count(system)
    return total + sum(TURN_OVERHEAD + count(message.text) for message in messages)
