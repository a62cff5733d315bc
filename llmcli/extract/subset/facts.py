"""What the schemas at a place say together: types, values, alternatives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

from llmcli.extract import pointer
from llmcli.extract.json_value import TYPES, identity
from llmcli.extract.schema.keywords import Draft
from llmcli.extract.schema.references import References
from llmcli.extract.subset.place import Place, keywords_at

# More combinations of alternatives than these are not spelled out.
MOST_COMBINATIONS = 32

_IMPLIED = {
    "object": ("properties", "required", "additionalProperties", "patternProperties", "propertyNames", "minProperties",
               "maxProperties", "dependentRequired", "dependentSchemas", "dependencies", "unevaluatedProperties"),
    "array": ("items", "prefixItems", "contains", "minItems", "maxItems", "uniqueItems", "additionalItems",
              "unevaluatedItems"),
    "string": ("minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}  # fmt: skip
# Keywords that give a value a shape; alternatives without any of them only test one.
_SHAPES = ("type", "enum", "const", "properties", "patternProperties", "items", "prefixItems", "$ref", "$dynamicRef")


@dataclass(frozen=True)
class Group:
    """Alternatives: `where` they stand, and in which schema; which schemas apply with each; which may give shape."""

    where: str
    owner: str
    branches: tuple[tuple[str, ...], ...]
    shaping: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        return (self.owner, self.where)


@dataclass(frozen=True)
class Facts:
    """`members` are the keywords of each schema with its pointer. `types` is None if nothing speaks of types.

    `values` are all that an enum or const allows, None without one. `dropped` are alternatives that are only told.
    """

    members: tuple[tuple[str, dict[str, Any]], ...]
    impossible: bool
    types: frozenset[str] | None
    values: tuple[Any, ...] | None
    groups: tuple[Group, ...]
    dropped: tuple[Group, ...]


def facts_of(references: References, place: Place) -> Facts:
    members = tuple((where, keywords_at(references, where)) for where in place.pointers)
    groups = [group for where, member in members for group in _groups(where, member, references.draft)]
    open_groups = [group for group in groups if group.key not in place.settled]
    shaping = [group for group in open_groups if group.key not in place.dropped and _shapes(references, group)]
    while prod(len(group.branches) for group in shaping) > MOST_COMBINATIONS and len(shaping) > 1:
        shaping.remove(max(shaping, key=lambda group: len(group.branches)))
    return Facts(
        members,
        impossible=any(member.get("not") in ({}, True) for _, member in members),
        types=_types(members, place),
        values=_values(members),
        groups=tuple(shaping),
        dropped=tuple(group for group in open_groups if group not in shaping),
    )


def _types(members: tuple[tuple[str, dict[str, Any]], ...], place: Place) -> frozenset[str] | None:
    found: frozenset[str] | None = None
    for _, member in members:
        if "type" in member:
            named = member["type"] if isinstance(member["type"], list) else [member["type"]]
            wide = frozenset(named) | ({"integer"} if "number" in named else frozenset())
            found = wide if found is None else found & wide
    if place.only is not None:
        return frozenset({place.only})
    if found is not None and "number" in found:
        found -= {"integer"}
    return found


def implied_types(facts: Facts) -> frozenset[str] | None:
    """The types that the keywords are about, for a schema that names none."""
    keys = {key for _, member in facts.members for key in member}
    found = frozenset(name for name, about in _IMPLIED.items() if keys & set(about))
    return found or None


def is_any(types: frozenset[str] | None) -> bool:
    return types is None or types >= frozenset(TYPES) - {"integer"}


def _values(members: tuple[tuple[str, dict[str, Any]], ...]) -> tuple[Any, ...] | None:
    for _, member in members:
        if "const" in member:
            return (member["const"],)
    enums = [member["enum"] for _, member in members if "enum" in member]
    if not enums:
        return None
    return tuple({identity(value): value for value in min(enums, key=len)}.values())


def _groups(where: str, member: dict[str, Any], draft: Draft) -> Iterator[Group]:
    for key in ("anyOf", "oneOf"):
        if key in member:
            each = tuple(pointer.join(where, key, number) for number in range(len(member[key])))
            yield Group(pointer.join(where, key), where, tuple((one,) for one in each), each)
    if "if" in member and ("then" in member or "else" in member):
        condition = pointer.join(where, "if")
        then = (pointer.join(where, "then"),) if "then" in member else ()
        otherwise = (pointer.join(where, "else"),) if "else" in member else ()
        yield Group(condition, where, ((condition, *then), otherwise), (*then, *otherwise))
    for key in ("dependencies",) if draft == "7" else ("dependencies", "dependentSchemas"):
        for name, inner in member.get(key, {}).items():
            if isinstance(inner, dict | bool):
                at = pointer.join(where, key, name)
                yield Group(at, where, ((at,), ()), (at,))


def _shapes(references: References, group: Group) -> bool:
    """Whether there is more to the alternatives than a test of a value whose shape is known."""
    return len(group.branches) == 1 or any(_has_shape(references, where) for where in group.shaping)


def _has_shape(references: References, where: str) -> bool:
    member = keywords_at(references, where)
    if references.schemas.get(where) is False or any(key in member for key in _SHAPES):
        return True
    if references.draft == "7" and references.reference_of(where) is not None:
        return True
    inner = (
        pointer.join(where, key, n) for key in ("anyOf", "oneOf", "allOf") for n in range(len(member.get(key, ())))
    )
    return any(_has_shape(references, each) for each in inner)
