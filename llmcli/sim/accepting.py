"""Whether data fit a schema, and what has to be left out or put in to make them fit.

Knows what `shapes.py` knows, and all keywords of numbers, texts, arrays and objects but those for rare cases:
contains, dependent…, if, patternProperties, propertyNames, unevaluated….
"""

from __future__ import annotations

from typing import Any, Final

from llmcli.sim.formats import is_of_format
from llmcli.sim.matching import compiled
from llmcli.sim.shapes import Shape, Shapes, key_of


class _Nothing:
    """The type of NOTHING."""


NOTHING: Final = _Nothing()
"""What does not fit comes out as this."""


class Acceptor:
    """Takes data for one schema. A lenient one leaves out properties that are unknown, or null where they are optional
    and may not be null; and puts in a null for what is missing but required.
    """

    def __init__(self, shapes: Shapes, *, lenient: bool) -> None:
        self._shapes = shapes
        self._lenient = lenient
        self._open: set[tuple[int, int]] = set()

    def take(self, value: Any, shape: Shape) -> Any:
        """The value as it fits, or NOTHING."""
        if not shape.possible or not of_type(value, shape.types):
            return NOTHING
        if shape.value_keys is not None and key_of(value) not in shape.value_keys:
            return NOTHING
        excluded = shape.rules.get("not")
        if excluded is not None and Acceptor(self._shapes, lenient=False).fits(value, self._shapes.of(excluded)):
            return NOTHING
        if shape.groups:
            return self._choice(value, shape)
        match value:
            case bool() | None:
                return value
            case str():
                return value if _is_text(value, shape) else NOTHING
            case int() | float():
                return value if is_number(value, shape.rules) else NOTHING
            case list():
                return self._array(value, shape)
            case dict():
                return self._object(value, shape)
        return NOTHING

    def fits(self, value: Any, shape: Shape) -> bool:
        """Whether the value fits, as it is or leniently."""
        return self.take(value, shape) is not NOTHING

    def _choice(self, value: Any, shape: Shape) -> Any:
        """By the first choice that fits, or of those that leave something out the one that leaves out least."""
        here = (id(shape), id(value))
        if here in self._open:  # choices that refer to each other in a circle
            return NOTHING
        self._open.add(here)
        best: Any = NOTHING
        for branch in self._shapes.branches(shape):
            found = self.take(value, branch)
            if found is not NOTHING and (best is NOTHING or _kept(found, value) > _kept(best, value)):
                best = found
            if best is not NOTHING and not (self._lenient and isinstance(best, dict)):
                break
        self._open.discard(here)
        return best

    def _array(self, value: list[Any], shape: Shape) -> Any:
        rules = shape.rules
        if not rules.get("minItems", 0) <= len(value) <= rules.get("maxItems", len(value)):
            return NOTHING
        if rules.get("uniqueItems") and len({key_of(item) for item in value}) < len(value):
            return NOTHING
        first = [self._shapes.of(schema) for schema in rules.get("prefixItems", ())]
        rest = self._shapes.of(rules.get("items", True))
        found = [self.take(item, first[at] if at < len(first) else rest) for at, item in enumerate(value)]
        return NOTHING if any(item is NOTHING for item in found) else found

    def _object(self, value: dict[str, Any], shape: Shape) -> Any:
        found: dict[str, Any] = {}
        for name, schema in shape.properties.items():
            inner = self._shapes.of(schema)
            if name in value:
                taken = self.take(value[name], inner)
                if taken is NOTHING:
                    if self._lenient and value[name] is None and name not in shape.required:
                        continue
                    return NOTHING
            elif name not in shape.required:
                continue
            elif not self._lenient or not self.fits(taken := None, inner):
                return NOTHING
            found[name] = taken
        for name in value.keys() - shape.properties.keys():
            taken = self._more(name, value[name], shape)
            if taken is not NOTHING:
                found[name] = taken
            elif not self._lenient:
                return NOTHING
        size = len(found)
        bounds = shape.rules.get("minProperties", 0), shape.rules.get("maxProperties", size)
        whole = all(name in found for name in shape.required)
        return found if whole and bounds[0] <= size <= bounds[1] else NOTHING

    def _more(self, name: str, value: Any, shape: Shape) -> Any:
        """A property that the schema does not name."""
        if shape.closed is not None and name not in shape.closed:
            return NOTHING
        for schema in shape.additional:
            if not self.fits(value, self._shapes.of(schema)):
                return NOTHING
        unknown = shape.properties and not shape.additional and name not in shape.required
        return NOTHING if self._lenient and unknown else value


def of_type(value: Any, types: list[str] | None) -> bool:
    """Whether a value is of one of these types."""
    if types is None:
        return True
    match value:
        case None:
            return "null" in types
        case bool():
            return "boolean" in types
        case str():
            return "string" in types
        case int():
            return "integer" in types or "number" in types
        case float():
            return "number" in types or ("integer" in types and value.is_integer())
        case list():
            return "array" in types
    return "object" in types


def is_number(value: float, rules: dict[str, Any]) -> bool:
    """Whether a number is within these bounds."""
    step = rules.get("multipleOf")
    if step is not None:
        from fractions import Fraction  # not at the top: `-m sim` starts without it

        if Fraction(str(value)) % Fraction(str(step)) != 0:
            return False
    return (
        rules.get("minimum", value) <= value <= rules.get("maximum", value)
        and ("exclusiveMinimum" not in rules or value > rules["exclusiveMinimum"])
        and ("exclusiveMaximum" not in rules or value < rules["exclusiveMaximum"])
    )


def _is_text(value: str, shape: Shape) -> bool:
    rules = shape.rules
    if not rules.get("minLength", 0) <= len(value) <= rules.get("maxLength", len(value)):
        return False
    tests = [compiled(pattern) for pattern in shape.patterns]
    return all(test is None or test.search(value) for test in tests) and is_of_format(value, rules.get("format", ""))


def _kept(found: Any, value: Any) -> int:
    return len(found.keys() & value.keys()) if isinstance(found, dict) else 0
