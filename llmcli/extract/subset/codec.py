"""One place in an answer: the schema that the provider enforces there, and the way between its values and the user's.

wire     a schema in the provider's subset
encode   the user's value -> what a faithful model would answer
decode   what came back -> the user's value. Never stricter than it must be: what has not the expected form is
         passed on as it is, for the user's schema to refuse with a better message.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from llmcli.errors import InvalidOutputError

# How many readings of an ambiguous answer are tried before it is given up.
MOST_READINGS = 2000

WireSchema = dict[str, Any]


class CannotCompileError(Exception):
    """The strict subset cannot express the schema; `pointer` is where in it. To be tried: a looser way of asking."""

    def __init__(self, reason: str, pointer: str = "") -> None:
        super().__init__(f"at {pointer or 'the root'}: {reason}")
        self.reason = reason
        self.pointer = pointer


class DecodeError(InvalidOutputError):
    """What came back is not in the form asked for; `pointer` says where in it."""

    def __init__(self, reason: str, pointer: str) -> None:
        super().__init__(f"the answer is not in the form asked for: at {pointer or 'the root'}, {reason}")
        self.reason = reason
        self.pointer = pointer


class EncodeError(ValueError):
    """A value of the user's that was not asked for in this form."""


@dataclass
class Reading:
    """One reading of an answer; counts how often it had to guess."""

    guesses: int = 0

    @property
    def exhausted(self) -> bool:
        return self.guesses > MOST_READINGS

    def guess(self, at: str) -> None:
        self.guesses += 1
        if self.exhausted:
            raise DecodeError("it can be read in too many ways", at)


class Emit(Protocol):
    """Writes the schema of a part: the schema itself, or a reference to it."""

    def __call__(self, codec: Codec, /) -> WireSchema: ...


@dataclass(eq=False)
class Codec:
    """`note` is told to the model; `name` is what a definition of it is called."""

    note: str = field(default="", kw_only=True)
    name: str = field(default="", kw_only=True)

    def wire(self, emit: Emit) -> WireSchema:
        raise NotImplementedError

    def encode(self, value: Any) -> Any:
        return value

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        return answer

    def parts(self) -> Iterator[Codec]:
        """The codecs that this one is made of."""
        yield from ()

    def described(self, schema: WireSchema) -> WireSchema:
        return {**schema, "description": self.note} if self.note else schema


@dataclass(eq=False)
class Impossible(Codec):
    """No value at all; never part of a schema that is sent."""


@dataclass(eq=False)
class Leaf(Codec):
    """A value of one simple type, sent as it is."""

    type: str
    keywords: dict[str, Any] = field(default_factory=dict)

    def wire(self, emit: Emit) -> WireSchema:
        return self.described({"type": self.type, **self.keywords})


@dataclass(eq=False)
class Link(Codec):
    """A part that was still being made when it was needed: how recursion is written."""

    target: Codec | None = None

    @property
    def made(self) -> Codec:
        assert self.target is not None, "a link is used only once all is built"
        return self.target

    def encode(self, value: Any) -> Any:
        return self.made.encode(value)

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        return self.made.decode(answer, at, reading)

    def parts(self) -> Iterator[Codec]:
        yield self.made


def resolved(codec: Codec) -> Codec:
    while isinstance(codec, Link):
        codec = codec.made
    return codec
