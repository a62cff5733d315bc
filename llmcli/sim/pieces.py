"""What an answer consists of, token by token: reasoning, then text, then calls of tools."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from llmcli.messages import ToolCallPart
from llmcli.sim import tokens

Kind = Literal["reasoning", "text", "call"]

_FILLER_START = "The"
_FILLER = " quick brown fox jumps over the lazy dog. The"


class Piece(NamedTuple):
    """One token. Of a call it is a bit of the JSON of its arguments; `call` says of which one."""

    kind: Kind
    text: str
    call: ToolCallPart | None = None


def filler(number: int) -> Iterator[str]:
    """Text of exactly that many tokens, made as it is read."""
    return itertools.islice(itertools.chain([_FILLER_START], itertools.cycle(tokens.split(_FILLER))), number)


def until_stop(pieces: Iterator[str], stops: tuple[str, ...], found: Callable[[str], None]) -> Iterator[str]:
    """`pieces` up to the first stop sequence, which `found` is told.

    Holds back only as much text as a sequence is long.
    """
    hold = max(map(len, stops)) - 1
    held: deque[str] = deque()
    length = 0
    for piece in pieces:
        held.append(piece)
        length += len(piece)
        text = "".join(held)
        hits = [(text.index(stop), stop) for stop in stops if stop in text]
        if hits:
            at, stop = min(hits)
            found(stop)
            yield from tokens.split(text[:at])
            return
        while held and length - len(held[0]) >= hold:
            length -= len(held[0])
            yield held.popleft()
    yield from held
