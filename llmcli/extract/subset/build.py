"""From the user's schema to codecs, place by place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from llmcli.extract import json_value, pointer
from llmcli.extract.schema.user import UserSchema
from llmcli.extract.subset import notes
from llmcli.extract.subset.bounds import bounds_of
from llmcli.extract.subset.build_lists import build_list
from llmcli.extract.subset.build_objects import build_object
from llmcli.extract.subset.codec import CannotCompileError, Codec, Impossible, Leaf, Link
from llmcli.extract.subset.dialect import Dialect
from llmcli.extract.subset.facts import Facts, facts_of, implied_types, is_any
from llmcli.extract.subset.place import Place, chosen
from llmcli.extract.subset.unions import Branch, Union
from llmcli.extract.subset.values import Choice, JsonText

if TYPE_CHECKING:
    from jsonschema_rs import Validator

# A schema as large as this takes seconds to compile, and no provider is known to take it.
MOST_PLACES = 10_000
# Each is compared with every other one.
MOST_ALTERNATIVES = 500

Key = tuple[Place, int]
_ORDER = {name: number for number, name in enumerate(("object", "array", "string", "integer", "number", "boolean"))}


class Builder:
    """Builds each place once.

    `excluded` are places known to hold no value. Where the provider knows no recursion, a definition that holds itself
    is spelled out `levels` times.
    """

    def __init__(
        self,
        user: UserSchema,
        dialect: Dialect,
        excluded: frozenset[Place],
        validator_of: Callable[[Codec], Validator],
        levels: int = 1,
    ) -> None:
        self.user = user
        self.references = user.references
        self.dialect = dialect
        self.relaxations: dict[tuple[str, str], None] = {}
        self.links: dict[Place, Link] = {}
        self._excluded = excluded
        self._levels = levels
        self._validator_of = validator_of
        self._done: dict[Key, Codec] = {}
        self._closed: dict[Place, Codec] = {}
        self._recursions = 0
        self._built = 0
        self._under_way: dict[Key, Link] = {}

    def relax(self, where: str, text: str) -> None:
        self.relaxations[(where, text)] = None

    def build(self, place: Place, level: int = 0) -> Codec:
        """The codec of `place`; a link to it if it is still being built around this one."""
        if place in self._excluded:
            return Impossible()
        if place in self._closed:
            return self._closed[place]
        key = (place, level)
        if key in self._done:
            self._recursions += 1
            return self._done[key]
        if key in self._under_way:
            self._recursions += 1
            return self._recur(place, level)
        return self._build_once(key)

    def _build_once(self, key: Key) -> Codec:
        place, level = key
        self._built += 1
        if self._built > MOST_PLACES:
            raise CannotCompileError(f"it is made of more than {MOST_PLACES} parts", place.where)
        before = self._recursions
        link = self._under_way[key] = Link()
        codec = link.target = self._build(place, level)
        codec.name = codec.name or name_of(place)
        del self._under_way[key]
        # What holds no recursion is the same on every level of one.
        if self._recursions == before:
            self._closed[place] = codec
        else:
            self._done[key] = codec
        return codec

    def _recur(self, place: Place, level: int) -> Codec:
        if self.dialect.recursion:
            return self.links.setdefault(place, self._under_way[(place, level)])
        if level + 1 < self._levels:
            return self.build(place, level + 1)
        what = f"not deeper than {self._levels} levels; what is below, as JSON text"
        self.relax(place.where, what)
        return JsonText(note="JSON text: the same again, one level further down.")

    def _build(self, place: Place, level: int) -> Codec:
        facts = facts_of(self.references, place)
        if facts.impossible:
            return Impossible()
        if facts.values is not None:
            return self._choice(facts, place)
        if facts.groups:
            return self._alternatives(facts, place, level)
        types = facts.types
        if types is None:
            types = implied_types(facts)
            if types is not None:
                self.relax(place.where, f"no type is given: asked for as {' or '.join(sorted(types))}")
        if types is None or is_any(types):
            return self._json_text(facts, place)
        names = sorted(types, key=lambda name: _ORDER.get(name, len(_ORDER)))
        if len(names) == 1:
            return self._of_type(names[0], facts, place, level)
        branches = [(place.of_type(name), self.build(place.of_type(name), level)) for name in names]
        return self._union(branches, facts, place, level)

    def _of_type(self, name: str, facts: Facts, place: Place, level: int) -> Codec:
        if name == "object":
            return build_object(self, facts, place, level)
        if name == "array":
            return build_list(self, facts, place, level)
        bounds = bounds_of(name, facts, self.dialect)
        return Leaf(name, bounds.keywords, note=self.note(facts, place, bounds.told))

    def _choice(self, facts: Facts, place: Place) -> Codec:
        allowed = [value for value in facts.values or () if self._accepts(place, value)]
        if not allowed:
            return Impossible()
        choice = Choice(tuple(allowed), self.dialect.typed_enums, note=self.note(facts, place, []))
        if choice.is_text:
            self.relax(place.where, "the values are written as JSON text")
            choice.note = " ".join(filter(None, [choice.note, "JSON text."]))
        return choice

    def _alternatives(self, facts: Facts, place: Place, level: int) -> Codec:
        group = facts.groups[0]
        if pointer.last(group.where) == "oneOf":
            self.relax(group.where, "that no more than one of the alternatives fits is not enforced")
        around = replace(place, dropped=frozenset(each.key for each in facts.dropped))
        places = [chosen(self.references, around, group.key, branch) for branch in group.branches]
        return self._union([(each, self.build(each, level)) for each in places], facts, place, level)

    def _union(self, built: list[tuple[Place, Codec]], facts: Facts, place: Place, level: int) -> Codec:
        possible = [(each, codec) for each, codec in built if not isinstance(codec, Impossible)]
        if not possible:
            return Impossible()
        if len(possible) == 1:
            return self.build(replace(possible[0][0], told=place.told), level)
        branches = [branch for each, codec in possible for branch in self._branches(each, codec)]
        if len(branches) > MOST_ALTERNATIVES:
            raise CannotCompileError(
                f"it has {len(branches)} alternatives, and {MOST_ALTERNATIVES} are allowed", place.where
            )
        note = self.note(facts, place, [])
        texts = [each.codec for each in branches if isinstance(each.codec, JsonText)]
        if texts:  # which is all the others too
            return JsonText(note=" ".join(filter(None, [note, texts[0].note])))
        return Union(branches, self._validator_of, place.where, note=note)

    def _branches(self, place: Place, codec: Codec) -> Iterator[Branch]:
        """The branches of a union in a union are its own, unless something is told of them together."""
        if isinstance(codec, Union) and not codec.note:
            for each in codec.branches:
                yield Branch(each.codec, partial(_both, partial(self._accepts, place), each.accepts))
        else:
            yield Branch(codec, partial(self._accepts, place))

    def _accepts(self, place: Place, value: object) -> bool:
        kind = json_value.type_of(value)
        if place.only is not None and place.only != kind and (place.only, kind) != ("number", "integer"):
            return False
        return self.user.fits(value, place.pointers)

    def _json_text(self, facts: Facts, place: Place) -> Codec:
        self.relax(place.where, "any JSON value, written as JSON text")
        text = "Any JSON value, written as JSON text."
        return JsonText(note=" ".join(filter(None, [self.note(facts, place, []), text])))

    def note(self, facts: Facts, place: Place, told: list[tuple[str, str]]) -> str:
        """What the model is told of `place`: annotations, then the rules that are not enforced, which it also notes."""
        told = [*told, *notes.general(self.references, facts, place)]
        for where, words in told:
            self.relax(where, f"not enforced: {words}")
        return " ".join([*notes.annotations_of(facts, place.told), *notes.rules(words for _, words in told)])


def _both(one: Callable[[object], bool], other: Callable[[object], bool], value: object) -> bool:
    return one(value) and other(value)


def name_of(place: Place) -> str:
    """What a definition of `place` is called: as the user calls its own, or the property."""
    for where in reversed(place.pointers):
        steps = pointer.split(where)
        if len(steps) > 1 and steps[-2] in ("$defs", "definitions", "properties"):
            return steps[-1]
    return "part"
