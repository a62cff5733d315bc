"""What the schemas at a place say together of an object: its properties, and what else may be in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from llmcli.extract import pointer
from llmcli.extract.schema.references import References
from llmcli.extract.subset.facts import Facts, Group
from llmcli.extract.subset.place import Place, closed, keywords_at, place_of

if TYPE_CHECKING:
    from jsonschema_rs import Validator

ANYTHING = Place(())


@dataclass(frozen=True)
class Property:
    name: str
    place: Place
    required: bool


@dataclass(frozen=True)
class Others:
    """What values properties of other names have: those whose name has `pattern`, or, with None, all others."""

    pattern: str | None
    place: Place


@dataclass(frozen=True)
class ObjectFacts:
    """`names` is what other names must be. `left_open` is whether the schema allows others but says nothing of them."""

    properties: tuple[Property, ...]
    others: tuple[Others, ...]
    names: Place | None
    left_open: bool


def object_facts(references: References, facts: Facts) -> ObjectFacts:
    members = facts.members
    required = {name for _, member in members for name in member.get("required", ())}
    known = dict.fromkeys(name for _, member in members for name in member.get("properties", {}))
    loose = [name for group in facts.dropped for name in _names_in(references, group)]
    names = dict.fromkeys((*known, *sorted(required - known.keys()), *loose))
    properties = tuple(Property(name, _place_of_property(references, facts, name), name in required) for name in names)
    others = tuple(_others(references, facts, bool(properties)))
    naming = tuple(pointer.join(where, "propertyNames") for where, member in members if "propertyNames" in member)
    spoken = any("additionalProperties" in member or "unevaluatedProperties" in member for _, member in members)
    return ObjectFacts(
        properties,
        others,
        place_of(references, naming) if naming else None,
        left_open=(bool(properties) or any(each.pattern is not None for each in others)) and not spoken,
    )


def _place_of_property(references: References, facts: Facts, name: str) -> Place:
    found: list[str] = []
    for where, member in facts.members:
        inner = [pointer.join(where, "properties", name)] if name in member.get("properties", {}) else []
        patterns = member.get("patternProperties", {})
        inner += (pointer.join(where, "patternProperties", each) for each in patterns if matches(each, name))
        if not inner and "additionalProperties" in member:
            inner = [pointer.join(where, "additionalProperties")]
        found += inner
    if not found:
        found = _pointers_to(facts, "unevaluatedProperties")
    return place_of(references, tuple(found)) if found else ANYTHING


def _others(references: References, facts: Facts, has_properties: bool) -> Iterator[Others]:
    patterns = [
        Others(pattern, place_of(references, (pointer.join(where, "patternProperties", pattern),)))
        for where, member in facts.members
        for pattern in member.get("patternProperties", {})
    ]
    yield from patterns
    rest = _pointers_to(facts, "additionalProperties") or _pointers_to(facts, "unevaluatedProperties")
    if rest:
        if all(references.schemas[where] is not False for where in rest):
            yield Others(None, place_of(references, tuple(rest)))
    elif not patterns and not has_properties:
        yield Others(None, ANYTHING)


def _pointers_to(facts: Facts, key: str) -> list[str]:
    return [pointer.join(where, key) for where, member in facts.members if key in member]


def _names_in(references: References, group: Group) -> Iterator[str]:
    """The properties that alternatives speak of which are not spelled out."""
    for branch in group.branches:
        for where in closed(references, branch) if branch else ():
            yield from keywords_at(references, where).get("properties", {})


def matches(pattern: str, text: str) -> bool:
    """Whether `pattern`, a regular expression as JSON Schema has them, is found in `text`."""
    return _validator(pattern).is_valid(text)


@lru_cache(maxsize=256)
def _validator(pattern: str) -> Validator:
    import jsonschema_rs

    schema: dict[str, Any] = {"pattern": pattern}
    return jsonschema_rs.Draft202012Validator(schema)
