"""Codecs of alternatives: the one is chosen that the user's schema agrees with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from llmcli.extract import pointer
from llmcli.extract.json_value import shown
from llmcli.extract.schema.user import is_valid
from llmcli.extract.subset.codec import Codec, DecodeError, Emit, EncodeError, Reading, WireSchema

if TYPE_CHECKING:
    from jsonschema_rs import Validator


@dataclass(eq=False)
class Branch:
    """`accepts` is whether a value of the user's is one of this branch, by the user's schema.

    With a `tag`, the answer is an object with one property of that name: without it, it might be another branch's.
    """

    codec: Codec
    accepts: Callable[[Any], bool]
    tag: str = ""

    def wire(self, emit: Emit) -> WireSchema:
        inner = emit(self.codec)
        if not self.tag:
            return inner
        return {
            "type": "object",
            "properties": {self.tag: inner},
            "required": [self.tag],
            "additionalProperties": False,
        }

    def encode(self, value: Any) -> Any:
        answer = self.codec.encode(value)
        return {self.tag: answer} if self.tag else answer


@dataclass(eq=False)
class Union(Codec):
    """`validator_of` gives the validator of a codec's own answers, once all is built.

    `where` is the place of the alternatives in the user's schema.
    """

    branches: list[Branch]
    validator_of: Callable[[Codec], Validator]
    where: str = ""
    _validators: dict[int, Validator] = field(default_factory=dict, init=False, repr=False)

    def parts(self) -> Iterator[Codec]:
        yield from (each.codec for each in self.branches)

    def wire(self, emit: Emit) -> WireSchema:
        inner = [each.wire(emit) for each in self.branches]
        unique = [each for number, each in enumerate(inner) if each not in inner[:number]]
        if len(unique) == 1:
            return self.described(unique[0]) if "$ref" not in unique[0] else unique[0]
        return self.described({"anyOf": unique})

    def encode(self, value: Any) -> Any:
        problem: EncodeError | None = None
        for branch in self.branches:
            if branch.accepts(value):
                try:
                    return branch.encode(value)
                except EncodeError as error:
                    problem = error
        raise problem or EncodeError(f"{shown(value)} fits none of the alternatives")

    def decode(self, answer: Any, at: str, reading: Reading) -> Any:
        if isinstance(answer, dict) and len(answer) == 1:
            tag, inner = next(iter(answer.items()))
            for branch in self.branches:
                if branch.tag and branch.tag == tag:
                    return branch.codec.decode(inner, pointer.join(at, tag), reading)
        return self._read(answer, at, reading)

    def _read(self, answer: Any, at: str, reading: Reading) -> Any:
        """The first reading that the user's schema agrees with, of those in form first; else any reading at all."""
        found = _NOTHING
        for in_form in (True, False):
            for branch, value in self._readings(answer, at, reading, in_form=in_form):
                if branch.accepts(value):
                    return value
                found = value if found is _NOTHING else found
        if found is _NOTHING:
            raise DecodeError(f"{shown(answer)} fits none of the alternatives", at)
        return found

    def _readings(self, answer: Any, at: str, reading: Reading, *, in_form: bool) -> Iterator[tuple[Branch, Any]]:
        for branch in self.branches:
            if in_form and (branch.tag or not self._is_in_form(branch, answer)):
                continue
            reading.guess(at)
            try:
                yield branch, branch.codec.decode(answer, at, reading)
            except DecodeError:
                if reading.exhausted:
                    raise

    def _is_in_form(self, branch: Branch, answer: Any) -> bool:
        validator = self._validators.get(id(branch))
        if validator is None:
            validator = self._validators[id(branch)] = self.validator_of(branch.codec)
        return is_valid(validator, answer)


_NOTHING = object()
