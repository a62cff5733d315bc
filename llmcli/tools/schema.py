"""Whether a tool's input_schema is one: the mistakes that can be known here, before a provider is paid to find them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
# Where a schema holds schemas (JSON Schema 2020-12, core, section 10.2 and 10.3).
_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("anyOf", "oneOf", "allOf", "prefixItems")
_SINGLES = ("items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames")


def fault_of(schema: Any) -> str | None:
    """What is wrong with `schema` as the JSON Schema of an object; None if nothing is seen to be."""
    if not isinstance(schema, dict):
        return "it is not an object"
    if schema.get("type") != "object":
        return 'its "type" is not "object"'
    try:
        json.dumps(schema, allow_nan=False)
        return next(_faults(schema, ""), None)
    except TypeError:  # TOML knows dates
        return "a date or time in it is not JSON; write it as a string"
    except ValueError:
        return "JSON has no infinite numbers, and no NaN"
    except RecursionError:
        return "it is nested too deeply"


def _faults(schema: Any, where: str) -> Iterator[str]:
    """The faults of `schema`, which is found at `where`, and of those in it."""
    if isinstance(schema, bool):
        return
    if not isinstance(schema, dict):
        yield f'"{where}" is not a schema'
        return
    types = schema.get("type", [])
    for name in types if isinstance(types, list) else [types]:
        if name not in _TYPES:
            yield f'"{_at(where, "type")}" is {json.dumps(name)}, not one of {", ".join(_TYPES)}'
    required = schema.get("required", [])
    if not isinstance(required, list) or not all(isinstance(name, str) for name in required):
        yield f'"{_at(where, "required")}" is not a list of names'
    for key in _MAPS:
        inner = schema.get(key, {})
        if not isinstance(inner, dict):
            yield f'"{_at(where, key)}" is not an object'
            continue
        for name, each in inner.items():
            yield from _faults(each, _at(where, f"{key}.{name}"))
    for key in _LISTS:
        several = schema.get(key, [])
        if not isinstance(several, list):
            yield f'"{_at(where, key)}" is not a list'
            continue
        for number, each in enumerate(several):
            yield from _faults(each, _at(where, f"{key}[{number}]"))
    for key in _SINGLES:
        # Before 2020-12, `items` could be a list.
        if key in schema and not (key == "items" and isinstance(schema[key], list)):
            yield from _faults(schema[key], _at(where, key))


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
