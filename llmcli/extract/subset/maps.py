"""Codecs of objects whose properties have no fixed names: a list of keys and values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from llmcli.extract import pointer
from llmcli.extract.json_value import shown
from llmcli.extract.subset.codec import Codec, DecodeError, Emit, EncodeError, Reading, WireSchema
from llmcli.extract.subset.object_facts import matches


@dataclass(eq=False)
class Entries:
    """The values of all keys that have `pattern`, or, with None, of all keys that have no other's."""

    pattern: str | None
    key: Codec
    value: Codec


@dataclass(eq=False)
class Map(Codec):
    """An object as a list of `{"key": …, "value": …}`; what a value is may depend on its key."""

    entries: list[Entries]

    def parts(self) -> Iterator[Codec]:
        for each in self.entries:
            yield each.key
            yield each.value

    def wire(self, emit: Emit) -> WireSchema:
        pairs = [self._pair(each, emit) for each in self.entries]
        return self.described({"type": "array", "items": pairs[0] if len(pairs) == 1 else {"anyOf": pairs}})

    def _pair(self, entries: Entries, emit: Emit) -> WireSchema:
        return {
            "type": "object",
            "properties": {"key": emit(entries.key), "value": emit(entries.value)},
            "required": ["key", "value"],
            "additionalProperties": False,
        }

    def encode(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise EncodeError(f"{shown(value)} is no object")
        return [self._encode_pair(key, inner) for key, inner in value.items()]

    def _encode_pair(self, key: str, value: Any) -> Any:
        entries = self._entries_of(key)
        if entries is None:
            raise EncodeError(f"property {shown(key)} was not asked for")
        return {"key": entries.key.encode(key), "value": entries.value.encode(value)}

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        if not isinstance(answer, list):
            return answer
        value: dict[str, Any] = {}
        for number, pair in enumerate(answer):
            place = pointer.join(at, number)
            if not isinstance(pair, dict) or pair.keys() != {"key", "value"} or not isinstance(pair["key"], str):
                raise DecodeError(f"{shown(pair)} is no pair of key and value", place)
            key, inner = self._decode_pair(pair, place, reading)
            if key in value:
                raise DecodeError(f"the key {shown(key)} is there twice", place)
            value[key] = inner
        return value

    def _decode_pair(self, pair: dict[str, Any], at: str, reading: Reading) -> tuple[str, Any]:
        entries = self._entries_of(pair["key"]) or self.entries[-1]
        key = entries.key.decode(pair["key"], pointer.join(at, "key"), reading)
        return str(key), entries.value.decode(pair["value"], pointer.join(at, "value"), reading)

    def _entries_of(self, key: str) -> Entries | None:
        named = (each for each in self.entries if each.pattern is not None and matches(each.pattern, key))
        return next(named, None) or next((each for each in self.entries if each.pattern is None), None)
