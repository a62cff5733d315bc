"""Where a JSON Schema holds schemas, by draft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from llmcli.extract import pointer

Draft = Literal["7", "2020-12"]
Schema = dict[str, Any] | bool

# In both drafts: keywords with one schema, a list of them, or one under every name.
_SINGLE = ("additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then")
_LISTS = ("allOf", "anyOf", "oneOf")
_NAMED = ("definitions", "dependencies", "patternProperties", "properties")
_ONLY_7: dict[str, tuple[str, ...]] = {"single": ("additionalItems",), "list": ("items",), "named": ()}
_ONLY_2020: dict[str, tuple[str, ...]] = {
    "single": ("unevaluatedItems", "unevaluatedProperties", "contentSchema"),
    "list": ("prefixItems",),
    "named": ("$defs", "dependentSchemas"),
}


def _all(kind: str, both: tuple[str, ...]) -> dict[Draft, frozenset[str]]:
    # `$defs` in a draft-7 schema is no keyword there, but everyone means it as one.
    sevens = (*_ONLY_7[kind], "$defs") if kind == "named" else _ONLY_7[kind]
    return {"7": frozenset(both + sevens), "2020-12": frozenset(both + _ONLY_2020[kind])}


SINGLE = _all("single", _SINGLE)
LISTS = _all("list", _LISTS)
NAMED = _all("named", _NAMED)


def inner_schemas(schema: Schema, where: str, draft: Draft) -> Iterator[tuple[str, Schema]]:
    """The schemas directly in `schema`, which is at `where`, each with its pointer."""
    if isinstance(schema, bool):
        return
    for key, value in schema.items():
        if key in SINGLE[draft] and isinstance(value, dict | bool):
            yield pointer.join(where, key), value
        if key in LISTS[draft] and isinstance(value, list):
            yield from ((pointer.join(where, key, number), each) for number, each in enumerate(value))
        if key in NAMED[draft] and isinstance(value, dict):
            named = ((pointer.join(where, key, name), each) for name, each in value.items())
            yield from (pair for pair in named if isinstance(pair[1], dict | bool))
