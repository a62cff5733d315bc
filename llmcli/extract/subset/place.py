"""A place in a value, known by all the schemas of the document that apply there at once.

A reference, the members of an `allOf` and the keywords beside them all speak of one value. So a place is the set of
their pointers; there are finitely many of those, however the schema recurs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from llmcli.extract import pointer
from llmcli.extract.schema.references import References

_ANNOTATIONS = ("title", "description", "examples", "default")
# Keywords that say nothing of a value beyond the places that they lead to.
_QUIET = {"$ref", "$dynamicRef", "allOf", "$comment", "$schema", "$id", "$defs", "definitions", "discriminator"}


Settled = tuple[str, str]


@dataclass(frozen=True)
class Place:
    """`settled` are the alternatives that were chosen among, each with the schema it is in; `only` is a type chosen.

    `dropped` are alternatives that are not spelled out. `told` are the pointers whose description stands around this
    place already.
    """

    pointers: tuple[str, ...]
    settled: frozenset[Settled] = frozenset()
    only: str | None = None
    told: frozenset[str] = frozenset()
    dropped: frozenset[Settled] = frozenset()

    @property
    def where(self) -> str:
        return self.pointers[0] if self.pointers else ""

    def of_type(self, name: str) -> Place:
        return replace(self, only=name, told=frozenset(self.pointers))


def place_of(references: References, pointers: tuple[str, ...]) -> Place:
    return Place(closed(references, pointers))


def chosen(references: References, place: Place, group: Settled, branch: tuple[str, ...]) -> Place:
    """`place` with `branch` chosen among the alternatives of `group`; what held only these is left out."""
    settled = place.settled | {group}
    around = tuple(where for where in place.pointers if not _is_settled(references, where, settled))
    pointers = closed(references, (*around, *branch))
    return Place(
        pointers,
        frozenset(each for each in settled if each[0] in pointers),
        place.only,
        frozenset(place.pointers).intersection(pointers),
        frozenset(each for each in place.dropped if each[0] in pointers),
    )


def _is_settled(references: References, where: str, settled: frozenset[Settled]) -> bool:
    """Whether the schema at `where` says nothing but alternatives that are chosen among."""
    schema = references.schemas[where]
    groups = {key for key in ("anyOf", "oneOf") if (where, pointer.join(where, key)) in settled}
    return isinstance(schema, dict) and set(schema) <= {*_QUIET, *_ANNOTATIONS, *groups}


def closed(references: References, pointers: tuple[str, ...]) -> tuple[str, ...]:
    """All that applies where `pointers` do; what only leads on, or says nothing, is left out if anything is left."""
    found: dict[str, None] = {}
    pending = list(reversed(pointers))
    while pending:
        where = pending.pop()
        if where in found:
            continue
        found[where] = None
        schema = references.schemas[where]
        target = references.target_of(where)
        inner = [] if target is None else [target]
        if isinstance(schema, dict) and "allOf" in schema and not (references.draft == "7" and inner):
            inner += (pointer.join(where, "allOf", number) for number in range(len(schema["allOf"])))
        pending += reversed(inner)
    said = tuple(where for where in found if not _says_nothing(references, where))
    return said or tuple(found)[:1]


def _says_nothing(references: References, where: str) -> bool:
    schema = references.schemas[where]
    if isinstance(schema, bool):
        return schema
    return set(schema) <= _QUIET


def keywords_at(references: References, where: str) -> dict[str, Any]:
    """The keywords of the schema at `where` that count; `{"not": {}}` for a schema that is false."""
    schema = references.schemas[where]
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    if references.draft == "7" and "$ref" in schema:
        return {key: schema[key] for key in _ANNOTATIONS if key in schema}
    return schema
