"""What a JSON Schema says of one place of the data, after its $ref and allOf are put together.

A Shape is one place; `anyOf` and `oneOf` remain as groups of choices, each of which narrows it to another Shape.
Shapes are made once for each place of a schema, also of one that refers to itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

JsonSchema = dict[str, Any]

# Keywords that say nothing of a place by themselves: put in place, or for people.
_ASIDE = frozenset(
    {"$ref", "allOf", "anyOf", "oneOf", "$defs", "definitions", "title", "description", "$schema", "$id", "$comment"}
)
_LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
_UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
_TIGHTER: dict[str, Callable[[Any, Any], Any]] = {**dict.fromkeys(_LOWER, max), **dict.fromkeys(_UPPER, min)}
_LATEST = ("multipleOf", "format", "items", "prefixItems", "uniqueItems", "not")


class Shape:
    """One place: `types` in the order given, None for any; `values` are the only ones allowed, if not None.

    `closed` are the only properties allowed, if not None. `rules` are the other keywords, each at its tightest.
    `core` tells places that say the same from others.
    """

    __slots__ = (
        "additional",
        "closed",
        "core",
        "done",
        "examples",
        "groups",
        "parts",
        "patterns",
        "possible",
        "properties",
        "required",
        "rules",
        "types",
        "value_keys",
        "values",
    )

    def __init__(
        self, parts: list[JsonSchema], groups: list[list[Any]], done: list[list[Any]], *, possible: bool
    ) -> None:
        self.parts, self.groups, self.done, self.possible = parts, groups, done, possible
        self.core = tuple(map(id, parts))
        self.types: list[str] | None = None
        self.values: list[Any] | None = None
        self.examples: list[Any] = []
        self.properties: dict[str, Any] = {}
        self.required: dict[str, None] = {}
        self.closed: set[str] | None = None
        self.additional: list[JsonSchema] = []
        self.patterns: list[str] = []
        self.rules: dict[str, Any] = {}
        for part in parts:
            self._add(part)
        if self.closed is not None:
            self.properties = {name: inner for name, inner in self.properties.items() if name in self.closed}
        self.value_keys = None if self.values is None else {key_of(value) for value in self.values}

    def _add(self, part: JsonSchema) -> None:
        kind = part.get("type")
        if kind is not None:
            self.types = _both(self.types, [kind] if isinstance(kind, str) else kind)
        for allowed in (part.get("enum"), [part["const"]] if "const" in part else None):
            if allowed is not None:
                keys = {key_of(value) for value in allowed}
                self.values = allowed if self.values is None else [one for one in self.values if key_of(one) in keys]
        self.examples += [part["default"]] if "default" in part else []
        self.examples += part.get("examples") or []
        for name, inner in (part.get("properties") or {}).items():
            self.properties[name] = {"allOf": [self.properties[name], inner]} if name in self.properties else inner
        self.required.update(dict.fromkeys(part.get("required") or ()))
        more = part.get("additionalProperties")
        if more is False:
            own = set(part.get("properties") or ())
            self.closed = own if self.closed is None else self.closed & own
        elif isinstance(more, dict) or more is True:
            self.additional.append({} if more is True else more)
        if "pattern" in part:
            self.patterns.append(part["pattern"])
        for keyword, tighter in _TIGHTER.items():
            if keyword in part:
                known = self.rules.get(keyword)
                self.rules[keyword] = part[keyword] if known is None else tighter(known, part[keyword])
        for keyword in _LATEST:
            if keyword in part:
                self.rules[keyword] = part[keyword]


class Shapes:
    """The shapes of one schema, whose `$ref` point into it."""

    def __init__(self, root: JsonSchema) -> None:
        self._root = root
        self._known: dict[tuple[Any, ...], Shape] = {}
        self._of: dict[int, Shape] = {}
        self._branches: dict[int, list[Shape]] = {}
        self._kept: list[Any] = []  # what was looked up by its id must not go away

    def of(self, schema: Any) -> Shape:
        """The shape of a place with this schema."""
        found = self._of.get(id(schema))
        if found is None:
            self._kept.append(schema)
            found = self._of[id(schema)] = self._put_together([], [], [], schema)
        return found

    def branches(self, shape: Shape) -> list[Shape]:
        """What the first group of choices makes of a shape, one for each choice."""
        found = self._branches.get(id(shape))
        if found is None:
            first, *rest = shape.groups
            done = [*shape.done, first]
            found = [self._put_together(shape.parts, rest, done, choice) for choice in first]
            self._branches[id(shape)] = found
        return found

    def _put_together(
        self, parts: list[JsonSchema], groups: list[list[Any]], done: list[list[Any]], schema: Any
    ) -> Shape:
        reached: list[JsonSchema] = []
        possible = self._reach(schema, reached)
        parts = _unique([*parts, *(part for part in reached if not part.keys() <= _ASIDE)])
        fresh = [part[key] for part in reached for key in ("anyOf", "oneOf") if isinstance(part.get(key), list)]
        groups = [group for group in _unique([*groups, *fresh]) if not any(group is one for one in done)]
        key = (possible, tuple(map(id, parts)), tuple(map(id, groups)), tuple(map(id, done)))
        if key not in self._known:
            self._known[key] = Shape(parts, groups, done, possible=possible)
        return self._known[key]

    def _reach(self, schema: Any, reached: list[JsonSchema]) -> bool:
        """Collects the schemas that all hold at a place; False if one of them allows nothing."""
        if not isinstance(schema, dict):
            return schema is not False
        if any(schema is one for one in reached):
            return True
        reached.append(schema)
        possible = True
        if isinstance(schema.get("$ref"), str):
            possible = self._reach(self.target(schema["$ref"]), reached)
        for inner in schema.get("allOf") or ():
            possible = self._reach(inner, reached) and possible
        return possible

    def target(self, reference: str) -> Any:
        """What a `$ref` points at; nothing is said of what it does not find."""
        found: Any = self._root
        for step in pointer(reference):
            if isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                found = found.get(step) if isinstance(found, dict) else None
        return found


def pointer(reference: str) -> Iterator[str]:
    """The steps of an internal reference such as `#/$defs/a~1b`."""
    _, _, path = reference.partition("#")
    if "%" in path:
        from urllib.parse import unquote  # not at the top: `-m sim` starts without it

        path = unquote(path)
    return (step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:])


def key_of(value: Any) -> Any:
    """Something hashable that is equal for equal JSON values: true is not 1, but 1.0 is."""
    if isinstance(value, dict | list):
        import json  # not at the top: `-m sim` starts without it

        return json.dumps(value, sort_keys=True), dict
    return value, isinstance(value, bool)


def _both(known: list[str] | None, more: list[str]) -> list[str]:
    if known is None:
        return list(more)
    both = [kind for kind in known if kind in more or (kind == "integer" and "number" in more)]
    return [*both, "integer"] if "number" in known and "integer" in more and "integer" not in both else both


def _unique(things: list[Any]) -> list[Any]:
    return list({id(thing): thing for thing in things}.values())
