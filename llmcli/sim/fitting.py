"""A value that fits a JSON Schema, always the same one: what the simulator puts into a tool's arguments.

Knows types, const, enum, default, examples, anyOf, oneOf, allOf, internal $ref, bounds of numbers, texts and
arrays, patterns, and the usual formats. Of an object it gives the required properties, or all of them if none is
required.
"""

from __future__ import annotations

from typing import Any

from llmcli.sim.json_schema import problem
from llmcli.sim.matching import text_matching

Schema = dict[str, Any]

_DEEPEST = 8
_FORMATS = {
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "date-time": "2026-01-31T12:00:00Z",
    "duration": "PT1H",
    "email": "sim@example.com",
    "hostname": "example.com",
    "uri": "https://example.com/",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def arguments_for(schema: Schema) -> dict[str, Any]:
    """An object that fits the schema of a tool's input; an empty one if that is no schema."""
    if problem(schema) is not None:
        return {}
    value = _value(schema, schema, "value", 0)
    return value if isinstance(value, dict) else {}


def _value(schema: object, root: Schema, name: str, depth: int) -> Any:
    if not isinstance(schema, dict) or depth > _DEEPEST:
        return None if schema is False else name
    schema = _resolved(schema, root)
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    for key in ("enum", "examples"):
        if isinstance(schema.get(key), list) and schema[key]:
            return schema[key][0]
    for key in ("anyOf", "oneOf"):
        if isinstance(schema.get(key), list) and schema[key]:
            rest = {other: value for other, value in schema.items() if other != key}
            return _value(_merged([rest, _simplest(schema[key], root)], root), root, name, depth + 1)
    return _of_type(schema, root, name, depth)


def _resolved(schema: Schema, root: Schema) -> Schema:
    """The schema with its $ref and allOf put in place, one level deep."""
    parts = [schema]
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference.startswith("#"):
        target: object = root
        for key in reference[1:].split("/")[1:]:
            target = target.get(key.replace("~1", "/").replace("~0", "~")) if isinstance(target, dict) else None
        parts.append(target if isinstance(target, dict) else {})
    if isinstance(schema.get("allOf"), list):
        parts += [part for part in schema["allOf"] if isinstance(part, dict)]
    if len(parts) == 1:
        return schema
    rest = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
    return _merged([rest, *(_resolved(part, root) for part in parts[1:])], root)


def _merged(parts: list[Schema], root: Schema) -> Schema:
    merged: Schema = {}
    for part in parts:
        properties = {**merged.get("properties", {}), **part.get("properties", {})}
        required = [*merged.get("required", []), *part.get("required", [])]
        merged = {**merged, **part}
        if properties:
            merged["properties"] = properties
        if required:
            merged["required"] = list(dict.fromkeys(required))
    return merged


def _simplest(choices: list[Any], root: Schema) -> Schema:
    """The first choice that does not refer to something else, which could go on without end."""
    schemas = [choice for choice in choices if isinstance(choice, dict)]
    plain = [choice for choice in schemas if "$ref" not in choice and choice.get("type") != "null"]
    return (plain or schemas or [{}])[0]


def _of_type(schema: Schema, root: Schema, name: str, depth: int) -> Any:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if kind is None:
        kind = "object" if "properties" in schema else "array" if "items" in schema else "string"
    match kind:
        case "object":
            properties = schema.get("properties") or {}
            wanted = [key for key in schema.get("required") or properties if isinstance(key, str)]
            return {key: _value(properties.get(key, {}), root, key, depth + 1) for key in wanted}
        case "array":
            fewest = schema.get("minItems", 1 if schema.get("maxItems", 1) else 0)
            return [_value(schema.get("items", {}), root, name, depth + 1) for _ in range(min(fewest, 100))]
        case "integer" | "number":
            return _number(schema, whole=kind == "integer")
        case "boolean":
            return True
        case "null":
            return None
    return _text(schema, name)


def _number(schema: Schema, *, whole: bool) -> float:
    low, high = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf") or 1
    if "exclusiveMinimum" in schema:
        low = schema["exclusiveMinimum"] + (step if whole or "multipleOf" in schema else 0.5)
    if "exclusiveMaximum" in schema and low is None:
        high = schema["exclusiveMaximum"] - (step if whole or "multipleOf" in schema else 0.5)
    number: float = low if low is not None else high if high is not None and high < 1 else 1
    if "multipleOf" in schema:
        number = (-(-number // step) if low is not None or number > 0 else number // step) * step
    return int(-(-number // 1)) if whole else number


def _text(schema: Schema, name: str) -> str:
    if schema.get("format") in _FORMATS:
        return _FORMATS[schema["format"]]
    if isinstance(schema.get("pattern"), str):
        matching = text_matching(schema["pattern"])
        if matching is not None:
            return matching
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    text = f"sim {name}".ljust(shortest, "x")
    return text if longest is None else text[:longest]
