"""Data that fit a JSON Schema, always the same: what the simulator answers with when nothing else is to be had.

Of an object it gives the required properties, or all of them if none is required. Of choices it takes the first that
is not null. Where a schema comes back to itself, it takes the shortest way out.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from llmcli.sim.accepting import Acceptor, is_number
from llmcli.sim.formats import EXAMPLES
from llmcli.sim.matching import text_matching
from llmcli.sim.shapes import Shape, Shapes

if TYPE_CHECKING:
    from fractions import Fraction

_DEEP = 6
_DEEPEST = 60
_MANY = 2000
_MOST_ITEMS = 100_000
_MOST_SHAPES = 20_000
_ENDLESS = 10**9
_KINDS = ("object", "array", "string", "integer", "number", "boolean", "null")


class Maker:
    """Makes data for one schema."""

    def __init__(self, shapes: Shapes) -> None:
        self._shapes = shapes
        self._strict = Acceptor(shapes, lenient=False)
        self._heights: dict[int, int] = {}
        self._measured: set[int] = set()
        self._open: list[tuple[int, ...]] = []
        self._made = 0

    def make(self, schema: Any, name: str = "value") -> Any:
        """Data for a place of the schema; `name` is the property's, for texts are made of it.

        An empty object where nothing fits, such as a schema that comes back to itself without a way out.
        """
        shape = self._shapes.of(schema)
        self._made = 0
        if id(shape) not in self._measured:
            self._measured.add(id(shape))
            self._measure(shape)
        if self._height(shape) >= _ENDLESS:
            return {}
        return self._value(shape, name, closing=False)

    def _value(self, shape: Shape, name: str, *, closing: bool) -> Any:
        self._made += 1
        depth = len(self._open)
        closing = closing or depth > _DEEP or self._made > _MANY or (bool(shape.core) and shape.core in self._open)
        for value in (*shape.examples, *(shape.values or ())):
            if self._strict.fits(value, shape):
                return copy.deepcopy(value)
        if depth > _DEEPEST:
            return None
        self._open.append(shape.core)
        try:
            if shape.groups:
                return self._value(self._branch(shape, closing=closing), name, closing=closing)
            return self._of_kind(self._kind(shape, closing=closing), shape, name, closing=closing)
        finally:
            self._open.pop()

    def _branch(self, shape: Shape, *, closing: bool) -> Shape:
        branches = self._shapes.branches(shape)
        shortest = min(branches, key=self._height)
        if closing:
            return shortest
        fine = (
            branch
            for branch in branches
            if self._height(branch) < _ENDLESS and branch.types != ["null"] and branch.core not in self._open
        )
        return next(fine, shortest)

    def _kind(self, shape: Shape, *, closing: bool) -> str:
        kinds = shape.types
        if kinds is None:
            return "object" if shape.properties else "array" if "items" in shape.rules else "string"
        if closing and "null" in kinds:
            return "null"
        return next((kind for kind in kinds if kind != "null" and self._as(kind, shape) < _ENDLESS), "null")

    def _of_kind(self, kind: str, shape: Shape, name: str, *, closing: bool) -> Any:
        match kind:
            case "object":
                return self._object(shape, closing=closing)
            case "array":
                return self._array(shape, name, closing=closing)
            case "integer" | "number":
                return _number(shape.rules, whole=kind == "integer")
            case "boolean":
                return True
            case "null":
                return None
        return _text(shape, name)

    def _object(self, shape: Shape, *, closing: bool) -> dict[str, Any]:
        names = [*(name for name in shape.properties if name in shape.required), *shape.required]
        if not names and not closing:
            names = [name for name, one in shape.properties.items() if self._height(self._shapes.of(one)) < _ENDLESS]
        more = shape.additional[0] if shape.additional else True
        return {
            name: self._value(self._shapes.of(shape.properties.get(name, more)), name, closing=closing)
            for name in dict.fromkeys(names)
        }

    def _array(self, shape: Shape, name: str, *, closing: bool) -> list[Any]:
        first = [self._shapes.of(schema) for schema in shape.rules.get("prefixItems", ())]
        rest = self._shapes.of(shape.rules.get("items", True))
        fewest = shape.rules.get("minItems", 0)
        wanted = len(first) or 1
        again = bool(rest.core) and rest.core in self._open
        if closing or again or self._height(rest) >= _ENDLESS:
            wanted = 0
        number = min(max(fewest, min(wanted, shape.rules.get("maxItems", wanted))), _MOST_ITEMS)
        inner = (first[at] if at < len(first) else rest for at in range(number))
        return [self._value(one, name, closing=closing) for one in inner]

    # How deep the shallowest data of each shape are; those that nothing finite fits stay endless.

    def _height(self, shape: Shape) -> int:
        return self._heights.get(id(shape), _ENDLESS)

    def _measure(self, root: Shape) -> None:
        order = self._all(root)
        changed = True
        while changed:
            changed = False
            for shape in reversed(order):
                height = self._current(shape)
                if height < self._height(shape):
                    self._heights[id(shape)] = height
                    changed = True

    def _all(self, root: Shape) -> list[Shape]:
        found = {id(root): root}
        pending = [root]
        while pending and len(found) < _MOST_SHAPES:
            shape = pending.pop()
            rules = shape.rules
            schemas = [*shape.properties.values(), *shape.additional, *rules.get("prefixItems", ())]
            inner = [self._shapes.of(schema) for schema in (*schemas, rules.get("items", True))]
            for one in [*inner, *(self._shapes.branches(shape) if shape.groups else ())]:
                if id(one) not in found:
                    found[id(one)] = one
                    pending.append(one)
        return list(found.values())

    def _current(self, shape: Shape) -> int:
        if not shape.possible or shape.values == []:
            return _ENDLESS
        if shape.values:
            return 0
        if shape.groups:
            return min(map(self._height, self._shapes.branches(shape)))
        return min((self._as(kind, shape) for kind in shape.types or _KINDS), default=_ENDLESS)

    def _as(self, kind: str, shape: Shape) -> int:
        """How deep the shallowest data of this type are."""
        rules = shape.rules
        inner: list[Any] = []
        if kind == "object":
            inner = [shape.properties.get(name, True) for name in shape.required]
            if shape.closed is not None and not shape.closed.issuperset(shape.required):
                return _ENDLESS
        if kind == "array" and rules.get("minItems", 0):
            inner = [*rules.get("prefixItems", ())][: rules["minItems"]]
            inner += [rules.get("items", True)] if rules["minItems"] > len(inner) else []
        heights = [self._height(self._shapes.of(schema)) for schema in inner]
        return min(_ENDLESS, 1 + max(heights)) if heights else 0


def _number(rules: dict[str, Any], *, whole: bool) -> float:
    if not rules:
        return 1
    if "multipleOf" not in rules and not whole:
        return _decimal(rules)
    from fractions import Fraction  # not at the top: `-m sim` starts without it

    step = Fraction(str(rules.get("multipleOf", 1)))
    lows = [Fraction(str(rules[key])) for key in ("minimum", "exclusiveMinimum") if key in rules]
    highs = [Fraction(str(rules[key])) for key in ("maximum", "exclusiveMaximum") if key in rules]
    start = max(lows) if lows else min([Fraction(1), *highs])
    count = start // step
    near = (0, 1, 2) if lows or start % step == 0 or start < 0 else (1, 0)
    numbers = [(count + more) * step for more in (*near, -1)]
    if whole and step.denominator > 1:
        numbers += [number * step.denominator for number in numbers]
    fitting = (one for one in numbers if (not whole or one.denominator == 1) and is_number(_plain(one), rules))
    return _plain(next(fitting, start))


def _plain(number: Fraction) -> float:
    return int(number) if number.denominator == 1 else float(number)


def _decimal(rules: dict[str, Any]) -> float:
    low = max((rules[key] for key in ("minimum", "exclusiveMinimum") if key in rules), default=None)
    high = min((rules[key] for key in ("maximum", "exclusiveMaximum") if key in rules), default=None)
    try:
        between = [] if low is None else [low, low + 0.5, low * 2]
        between += [] if high is None else [1, high, high - 0.5, high * 2]
        between += [] if low is None or high is None else [(low + high) / 2]
    except OverflowError:  # a whole number that is larger than any with a fraction
        between = [end * factor for factor in (1, 2) for end in (low, high) if end is not None]
    return next((number for number in (*between, 1) if is_number(number, rules)), 1)


def _text(shape: Shape, name: str) -> str:
    rules = shape.rules
    shortest, longest = rules.get("minLength", 0), rules.get("maxLength")
    if rules.get("format") in EXAMPLES:
        return EXAMPLES[rules["format"]]
    if shape.patterns:
        matching = text_matching(shape.patterns[-1], shortest, longest)
        if matching is not None:
            return matching
    text = f"sim {name}".ljust(shortest, "x")
    return text if longest is None else text[:longest]
