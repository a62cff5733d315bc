"""Codecs of objects: named properties, some of which may be left out, and pairs of names and values for the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from llmcli.extract import pointer
from llmcli.extract.json_value import shown
from llmcli.extract.subset.codec import Codec, DecodeError, Emit, EncodeError, Reading, WireSchema
from llmcli.extract.subset.maps import Map

# How a property that may be left out is told to be: it may really be left out; null means so; an object with one
# marker means so; or it is a list with no item or one.
Absence = Literal["never", "omitted", "null", "marker", "list"]


@dataclass(eq=False)
class Field:
    """A property: what the user calls it, what it is called in the answer, and how its absence is written.

    `where` is its place in the user's schema.
    """

    name: str
    key: str
    codec: Codec
    absence: Absence
    where: str = ""
    marker: str = "absent"
    # Absent means null by the schema's own default, so an answer of null stays null.
    null_default: bool = False

    def wire(self, emit: Emit) -> WireSchema:
        inner = emit(self.codec)
        match self.absence:
            case "never" | "omitted":
                return inner
            case "null":
                return inner if self.null_default else or_null(inner)
            case "marker":
                note = "Stands for a property that is left out; null is a value of its own."
                mark = closed_object({self.marker: {"type": "boolean", "enum": [True]}}, [self.marker])
                return _either(inner, {**mark, "description": note})
            case "list":
                return {
                    "type": "array",
                    "items": inner,
                    "description": "A list of one item, or empty if there is none.",
                }

    def absent(self) -> Any:
        return {"null": None, "marker": {self.marker: True}, "list": []}[self.absence]

    def encode(self, value: Any) -> Any:
        inner = self.codec.encode(value)
        return [inner] if self.absence == "list" else inner

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        """The value, or ABSENT."""
        if self.absence == "null" and answer is None and not self.null_default:
            return ABSENT
        if self.absence == "marker" and isinstance(answer, dict) and answer == {self.marker: True}:
            return ABSENT
        if self.absence == "list" and isinstance(answer, list) and len(answer) <= 1:
            return self.codec.decode(answer[0], pointer.join(at, 0), reading) if answer else ABSENT
        if self.absence == "list" and isinstance(answer, list):
            raise DecodeError(f"{len(answer)} items where one at most was asked for", at)
        return self.codec.decode(answer, at, reading)


ABSENT = object()


def or_null(inner: WireSchema) -> WireSchema:
    """`inner`, or null; briefly where that can be said."""
    if inner.get("type") not in ("string", "integer", "number", "boolean"):
        return _either(inner, {"type": "null"})
    schema = {**inner, "type": [inner["type"], "null"]}
    return {**schema, "enum": [*schema["enum"], None]} if "enum" in schema else schema


def _either(inner: WireSchema, other: WireSchema) -> WireSchema:
    """Both; what is told of `inner` moves to the outside, where it speaks of the whole property."""
    if "$ref" in inner:
        return {"anyOf": [inner, other]}
    body = {key: value for key, value in inner.items() if key != "description"}
    schema: WireSchema = {"anyOf": [*(body["anyOf"] if set(body) == {"anyOf"} else [body]), other]}
    return {**schema, "description": inner["description"]} if "description" in inner else schema


def closed_object(properties: WireSchema, required: list[str]) -> WireSchema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


@dataclass(eq=False)
class Object(Codec):
    """Named properties; those of other names, if there may be any, as pairs under `others_key`."""

    fields: list[Field]
    others: Map | None = None
    others_key: str = ""
    _by_name: dict[str, Field] = field(init=False, repr=False)
    _by_key: dict[str, Field] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._by_name = {each.name: each for each in self.fields}
        self._by_key = {each.key: each for each in self.fields}

    def parts(self) -> Iterator[Codec]:
        yield from (each.codec for each in self.fields)
        if self.others is not None:
            yield self.others

    def wire(self, emit: Emit) -> WireSchema:
        properties = {each.key: each.wire(emit) for each in self.fields}
        required = [each.key for each in self.fields if each.absence != "omitted"]
        if self.others is not None:
            properties[self.others_key] = emit(self.others)
            required.append(self.others_key)
        return self.described(closed_object(properties, required))

    def encode(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise EncodeError(f"{shown(value)} is no object")
        answer = {}
        for each in self.fields:
            if each.name in value:
                answer[each.key] = each.encode(value[each.name])
            elif each.absence != "omitted":
                if each.absence == "never":
                    raise EncodeError(f"property {shown(each.name)} is missing")
                answer[each.key] = each.absent()
        rest = {name: inner for name, inner in value.items() if name not in self._by_name}
        if self.others is not None:
            answer[self.others_key] = self.others.encode(rest)
        elif rest:
            raise EncodeError(f"property {shown(next(iter(rest)))} was not asked for")
        return answer

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        if not isinstance(answer, dict):
            return answer
        value: dict[str, Any] = {}
        for key, inner in answer.items():
            place = pointer.join(at, key)
            if self.others is not None and key == self.others_key:
                self._add_others(value, self.others.decode(inner, place, reading), place)
                continue
            each = self._by_key.get(key)
            decoded = inner if each is None else each.decode(inner, place, reading)
            if decoded is not ABSENT:
                value[key if each is None else each.name] = decoded
        return value

    def _add_others(self, value: dict[str, Any], others: Any, at: str) -> None:
        if not isinstance(others, dict):
            raise DecodeError(f"{shown(others)} is no list of keys and values", at)
        for name, inner in others.items():
            if name in self._by_name:
                raise DecodeError(f"{shown(name)} has a place of its own", at)
            value[name] = inner
