"""Codecs of single values: one of a list, and anything at all as JSON text."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any

from llmcli.extract import json_value
from llmcli.extract.subset.codec import Codec, Emit, EncodeError, Reading, WireSchema

_SCALARS = ("null", "boolean", "integer", "number", "string")


@dataclass(eq=False)
class Choice(Codec):
    """One of `values`. If one of them is a list or an object, the model writes them all as JSON text."""

    values: tuple[Any, ...]
    typed: bool = True
    answers: tuple[Any, ...] = field(init=False)
    _values: dict[Hashable, Any] = field(init=False, repr=False)
    _folded: dict[str, list[Any]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        simple = all(json_value.type_of(value) in _SCALARS for value in self.values)
        self.answers = self.values if simple else tuple(json_value.write(value) for value in self.values)
        pairs = list(zip(self.answers, self.values, strict=True))
        self._values = {json_value.identity(answer): value for answer, value in pairs}
        self._folded = {}
        for answer, value in pairs:
            if isinstance(answer, str):
                self._folded.setdefault(_fold(answer), []).append(value)

    @property
    def is_text(self) -> bool:
        return self.answers is not self.values

    def wire(self, emit: Emit) -> WireSchema:
        types = types_of(self.answers)
        schema: WireSchema = {"enum": list(self.answers)}
        if len(types) == 1:
            schema = {"type": types[0], **schema}
        elif self.typed:
            schema = {"type": types, **schema}
        return self.described(schema)

    def encode(self, value: Any) -> Any:
        key = json_value.identity(value)
        for answer, each in zip(self.answers, self.values, strict=True):
            if json_value.identity(each) == key:
                return answer
        raise EncodeError(f"{json_value.shown(value)} is none of the values asked for")

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        """Providers do not promise the case of letters: it is repaired if there is one value it can be."""
        found = self._values.get(json_value.identity(answer), _NOTHING)
        if found is not _NOTHING:
            return found
        alike = self._folded.get(_fold(answer), []) if isinstance(answer, str) else []
        return alike[0] if len(alike) == 1 else answer


_NOTHING = object()


def _fold(text: str) -> str:
    return text.strip().casefold()


def types_of(values: Iterable[Any]) -> list[str]:
    """The JSON types of `values`, without integer beside number."""
    types = dict.fromkeys(json_value.type_of(value) for value in values)
    if "number" in types:
        types.pop("integer", None)
    return list(types)


@dataclass(eq=False)
class JsonText(Codec):
    """Any JSON value, which the model writes as JSON text."""

    def wire(self, emit: Emit) -> WireSchema:
        return self.described({"type": "string"})

    def encode(self, value: Any) -> Any:
        return json_value.write(value)

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        """Models also write a plain text where JSON text was asked for: it is then meant as a string."""
        if not isinstance(answer, str):
            return answer
        try:
            return json_value.parse(answer)
        except ValueError:
            return answer
