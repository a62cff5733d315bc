"""The user's schema in a provider's strict subset, with the way back.

compiled = compile_schema(user, "openai")
compiled.schema                       # goes into the request
value = compiled.decode(answer)       # back in the user's form
user.problems(value)                  # always: the provider enforces less than the user asked for
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from llmcli.extract.schema.keywords import Schema
from llmcli.extract.schema.user import UserSchema
from llmcli.extract.subset.build import Builder
from llmcli.extract.subset.codec import (
    CannotCompileError,
    Codec,
    DecodeError,
    EncodeError,
    Impossible,
    Reading,
    resolved,
)
from llmcli.extract.subset.dialect import DIALECTS, Dialect, DialectName
from llmcli.extract.subset.emit import Emitter, validator_of
from llmcli.extract.subset.inhabited import empty_codecs
from llmcli.extract.subset.limits import fault_of
from llmcli.extract.subset.lists import List
from llmcli.extract.subset.objects import Field, Object
from llmcli.extract.subset.place import Place, place_of
from llmcli.extract.subset.plain import plain_schema
from llmcli.extract.subset.settle import settle

__all__ = ["CannotCompileError", "Compiled", "DecodeError", "EncodeError", "Relaxation", "compile_schema"]

VALUE = "value"
RECORDS = "records"

# How often a definition that holds itself is spelled out where the provider knows no recursion: the first that fits.
LEVELS_OF_RECURSION = (4, 3, 2, 1)


@dataclass(frozen=True)
class Relaxation:
    """`pointer` is a place in the user's schema, `text` how it is told otherwise there, or what is not enforced."""

    pointer: str
    text: str


@dataclass(frozen=True)
class Compiled:
    """`schema` is sent. `decode` raises DecodeError and nothing else, `encode` EncodeError for what does not fit."""

    schema: Schema
    relaxations: tuple[Relaxation, ...]
    _decode: Callable[[Any], Any]
    _encode: Callable[[Any], Any]

    def decode(self, answer: Any) -> Any:
        """What came back, in the user's form; to be validated against the user's schema."""
        try:
            return self._decode(answer)
        except RecursionError:
            raise DecodeError("it is nested too deeply", "") from None

    def encode(self, value: Any) -> Any:
        """What a faithful model would answer for `value`."""
        try:
            return self._encode(value)
        except RecursionError:
            raise EncodeError("it is nested too deeply") from None


def compile_schema(user: UserSchema, dialect: DialectName, *, records: bool = False) -> Compiled:
    """`user` in the subset of `dialect`; with `records`, many values of it as `{"records": […]}`.

    Raises CannotCompileError. "json" is no subset: the schema as it is.
    """
    if dialect == "json":
        schema, decode, encode = plain_schema(user, RECORDS if records else None)
        return Compiled(schema, (), decode, encode)
    try:
        return _compile(user, DIALECTS[dialect], records=records)
    except RecursionError:
        raise CannotCompileError("it is nested too deeply") from None


def _compile(user: UserSchema, dialect: Dialect, *, records: bool) -> Compiled:
    """The first way of writing it that is within the provider's limits."""
    place = place_of(user.references, ("",))
    excluded, is_recursive = _without_values(user, dialect, place)
    fault = None
    for levels in LEVELS_OF_RECURSION if is_recursive and not dialect.recursion else (1,):
        for lists in (False, True) if dialect.optionals is not None else (False,):
            builder = Builder(user, dialect, excluded, validator_of, levels)
            codec = builder.build(place)
            if isinstance(codec, Impossible):
                raise CannotCompileError("no value can be valid", place.where)
            root = _root(codec, records=records)
            told = settle(root, dialect, lists=lists)
            schema = Emitter(root).document()
            fault = fault_of(schema, dialect)
            if fault is None:
                relaxations = _relaxations([*builder.relaxations, *told])
                return Compiled(schema, relaxations, _decoder(root, codec), _encoder(root, codec))
    raise CannotCompileError(fault or "")


def _relaxations(pairs: list[tuple[str, str]]) -> tuple[Relaxation, ...]:
    return tuple(sorted((Relaxation(*pair) for pair in dict.fromkeys(pairs)), key=lambda each: each.pointer))


def _without_values(user: UserSchema, dialect: Dialect, place: Place) -> tuple[frozenset[Place], bool]:
    """Which places can have no finite value, and whether there is recursion at all."""
    excluded: frozenset[Place] = frozenset()
    while True:
        builder = Builder(user, replace(dialect, recursion=True), excluded, validator_of)
        codec = builder.build(place)
        empty = empty_codecs(codec)
        found = {each for each, link in builder.links.items() if id(resolved(link)) in empty}
        if found <= excluded:
            return excluded, bool(builder.links)
        excluded |= found


def _root(codec: Codec, *, records: bool) -> Object:
    """`codec`, which must be an object of its own to be a root, or an object around it."""
    if records:
        return Object([Field(RECORDS, RECORDS, List(codec), "never")])
    if isinstance(codec, Object):
        return codec
    return Object([Field(VALUE, VALUE, codec, "never")])


def _decoder(root: Object, codec: Codec) -> Callable[[Any], Any]:
    def decode(answer: Any) -> Any:
        value = root.decode(answer, "", Reading())
        if root is codec:
            return value
        name = root.fields[0].name
        if not isinstance(value, dict) or value.keys() != {name}:
            raise DecodeError(f'an object with the one property "{name}" was asked for', "")
        return value[name]

    return decode


def _encoder(root: Object, codec: Codec) -> Callable[[Any], Any]:
    return lambda value: root.encode(value if root is codec else {root.fields[0].name: value})
