"""Codecs of arrays: many items of one kind, or tuples whose items each have a place of their own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from llmcli.extract import pointer
from llmcli.extract.json_value import shown
from llmcli.extract.subset.codec import Codec, DecodeError, Emit, EncodeError, Reading, WireSchema
from llmcli.extract.subset.objects import Object


@dataclass(eq=False)
class List(Codec):
    item: Codec
    keywords: dict[str, Any] = field(default_factory=dict)

    def parts(self) -> Iterator[Codec]:
        yield self.item

    def wire(self, emit: Emit) -> WireSchema:
        return self.described({"type": "array", "items": emit(self.item), **self.keywords})

    def encode(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise EncodeError(f"{shown(value)} is no array")
        return [self.item.encode(each) for each in value]

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        if not isinstance(answer, list):
            return answer
        return [self.item.decode(each, pointer.join(at, n), reading) for n, each in enumerate(answer)]


REST = "rest"


@dataclass(eq=False)
class Tuple(Codec):
    """An array as an object: `item_0`, `item_1` and so on, then the others as a list under `rest`."""

    items: Object
    length: int
    rest: List | None

    def parts(self) -> Iterator[Codec]:
        yield self.items

    def wire(self, emit: Emit) -> WireSchema:
        return self.described({**self.items.wire(emit)})

    def encode(self, value: Any) -> Any:
        if not isinstance(value, list):
            raise EncodeError(f"{shown(value)} is no array")
        named = {f"item_{number}": each for number, each in enumerate(value[: self.length])}
        if self.rest is not None:
            named[REST] = value[self.length :]
        elif len(value) > self.length:
            raise EncodeError(f"{len(value)} items, {self.length} were asked for")
        return self.items.encode(named)

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        if not isinstance(answer, dict):
            return answer
        named = self.items.decode(answer, at, reading)
        value: list[Any] = []
        for number in range(self.length):
            name = f"item_{number}"
            if name in named:
                if len(value) < number:
                    raise DecodeError(f"{name} is there, but not every item before it", at)
                value.append(named.pop(name))
        rest = named.pop(REST, [])
        if named or not isinstance(rest, list):
            raise DecodeError(f"{shown(named or rest)} is no item", at)
        if rest and len(value) < self.length:
            raise DecodeError(f"there are more items in {REST}, but not every one before them", at)
        return value + rest
