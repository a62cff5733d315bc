"""Whether a JSON Schema is one at all: its keywords of the right types, as draft 2020-12 has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from llmcli.patterns import compiled

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_DEEPEST = 100


def problem(schema: object, depth: int = 0) -> tuple[object] | None:
    """The first value in `schema` that may not be there, in a tuple of its own, or None if all is well."""
    if isinstance(schema, bool):
        return None
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return (schema,) if depth <= _DEEPEST else ("nested too deeply",)
    for keyword, value in schema.items():
        test = _PLAIN.get(keyword)
        if test is not None and not test(value):
            return (value,)
        for inner in _inner(keyword, value):
            found = problem(inner, depth + 1)
            if found is not None:
                return found
    return None


def _inner(keyword: str, value: Any) -> list[object]:
    """The schemas that a keyword holds; a value that should hold some and does not is given as it is."""
    if keyword in ("items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else"):
        return [value]
    if keyword in ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"):
        return list(value.values())
    if keyword in ("anyOf", "oneOf", "allOf", "prefixItems"):
        return list(value)
    return []


def _is_type(value: object) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and all(isinstance(name, str) and name in _TYPES for name in names)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_names(value: object) -> bool:
    if not isinstance(value, list) or not all(isinstance(name, str) for name in value):
        return False
    return len(set(value)) == len(value)


def _is_pattern(value: object) -> bool:
    if not isinstance(value, str):
        return False
    try:
        compiled(value)
    except ValueError:
        return bool(re.search(r"\\[pPuc]|\(\?<", value))  # ECMA 262 has what Python has not
    return True


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_list(value: object) -> bool:
    return isinstance(value, list)


def _is_full_list(value: object) -> bool:
    return isinstance(value, list) and bool(value)


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


_PLAIN: dict[str, Callable[[object], bool]] = {
    "type": _is_type,
    "required": _is_names,
    "pattern": _is_pattern,
    "multipleOf": lambda value: _is_number(value) and value > 0,  # type: ignore[operator]
    **dict.fromkeys(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"), _is_object),
    **dict.fromkeys(("anyOf", "oneOf", "allOf", "prefixItems"), _is_full_list),
    **dict.fromkeys(("enum", "examples"), _is_list),
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"), _is_number),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"), _is_count),
    **dict.fromkeys(("$ref", "$id", "$anchor", "$comment", "title", "description", "format"), _is_text),
    **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly"), _is_flag),
}
