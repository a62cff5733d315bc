"""Schemas of every kind, and values of them, for hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any] | bool
Draw = Callable[[st.SearchStrategy[Any]], Any]

NAMES = st.sampled_from(
    ["a", "b", "c", "kind", "value", "key", "item_0", "absent", "other_properties", "größe", "x y", ""]
)
DEFINITIONS = ("node", "leaf", "Other")
_SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.sampled_from([0.5, 1.0]), st.sampled_from(
    ["", "a", "A", "b", "null", "1", '"a"', "true", "{}", "2020-01-01"]))  # fmt: skip
ANY = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(NAMES, inner, max_size=2)),
    max_leaves=4,
)
_SIMPLE: list[Schema] = [
    True, {}, {"type": "string"}, {"type": "integer"}, {"type": "number"}, {"type": "boolean"}, {"type": "null"},
    {"type": "string", "minLength": 1}, {"type": "integer", "minimum": 0, "maximum": 3},
    {"type": "number", "multipleOf": 0.5}, {"type": "array"},
    {"type": ["string", "null"]}, {"type": ["integer", "string", "array"]}, {"type": ["object", "null"]},
    {"type": "string", "format": "date"}, {"type": "string", "pattern": "^[a-z]*$"}, {"type": "object"},
    {"const": None}, {"const": {"a": 1}}, {"type": "string", "pattern": "(?=a)a"}, {"not": {"type": "string"}}, False,
]  # fmt: skip


@st.composite
def documents(draw: Draw) -> Schema:
    """A schema, perhaps with definitions that hold themselves."""
    schema = _schema(draw, 3)
    if isinstance(schema, bool):
        return schema
    return {**schema, "$defs": {name: _schema(draw, 2, recursive=True) for name in DEFINITIONS}}


def _schema(draw: Draw, depth: int, *, recursive: bool = False) -> Schema:
    if depth == 0:
        simple: Schema = draw(st.sampled_from(_SIMPLE)) if draw(st.integers(0, 4)) else _enum(draw)
        return simple
    kinds = [_object, _object, _map, _array, _tuple, _union, _all_of, _conditional, _enum, _reference, _nullable]
    if draw(st.integers(0, 2)) == 0:
        kinds = [lambda draw, _depth: draw(st.sampled_from(_SIMPLE))]
    found: Schema = draw(st.sampled_from(kinds))(draw, depth - 1) if not recursive else _object(draw, depth - 1)
    return found


def _object(draw: Draw, depth: int) -> Schema:
    names = draw(st.lists(NAMES, min_size=1, max_size=3, unique=True))
    schema: dict[str, Any] = {"type": "object", "properties": {name: _schema(draw, depth) for name in names}}
    schema["required"] = draw(st.lists(st.sampled_from(names), unique=True))
    kind = draw(st.integers(0, 4))
    if kind == 0:
        schema["additionalProperties"] = _schema(draw, 0)
    elif kind == 1:
        schema["patternProperties"] = {"^x": _schema(draw, 0)}
        schema["additionalProperties"] = False
    elif kind > 1:
        schema["additionalProperties"] = False
    return schema


def _map(draw: Draw, depth: int) -> Schema:
    schema = {"type": "object", "additionalProperties": _schema(draw, depth)}
    return {**schema, "propertyNames": {"enum": ["a", "b"]}} if draw(st.booleans()) else schema


def _array(draw: Draw, depth: int) -> Schema:
    return {"type": "array", "items": _schema(draw, depth), "minItems": draw(st.integers(0, 2))}


def _tuple(draw: Draw, depth: int) -> Schema:
    firsts = [_schema(draw, depth) for _ in range(draw(st.integers(1, 2)))]
    fewest = draw(st.integers(0, 3))
    return {"type": "array", "prefixItems": firsts, "items": _schema(draw, 0), "minItems": fewest}


def _union(draw: Draw, depth: int) -> Schema:
    branches = [_schema(draw, depth) for _ in range(draw(st.integers(1, 3)))]
    return {draw(st.sampled_from(["anyOf", "oneOf"])): branches}


def _nullable(draw: Draw, depth: int) -> Schema:
    return {"anyOf": [_schema(draw, depth), {"type": "null"}]}


def _all_of(draw: Draw, depth: int) -> Schema:
    members = [_object(draw, depth) for _ in range(2)]
    for member in members:
        assert isinstance(member, dict)
        member.pop("additionalProperties", None)
    return {"allOf": members} if draw(st.booleans()) else {"allOf": members, "unevaluatedProperties": False}


def _conditional(draw: Draw, depth: int) -> Schema:
    condition = {"properties": {"kind": {"const": "a"}}, "required": ["kind"]}
    base: dict[str, Any] = {"type": "object", "properties": {"kind": {"enum": ["a", "b"]}}}
    base["unevaluatedProperties"] = False
    if draw(st.booleans()):
        return {**base, "dependentSchemas": {"kind": _object(draw, depth)}}
    return {**base, "if": condition, "then": _object(draw, depth), "else": _object(draw, depth)}


def _enum(draw: Draw, _depth: int = 0) -> Schema:
    values = draw(st.lists(ANY, min_size=1, max_size=3, unique_by=repr))
    return {"enum": values}


def _reference(draw: Draw, _depth: int) -> Schema:
    schema = {"$ref": f"#/$defs/{draw(st.sampled_from(DEFINITIONS))}"}
    return {**schema, "description": "Told here."} if draw(st.booleans()) else schema


def value_of(draw: Draw, schema: Schema, root: Schema, depth: int = 0) -> Any:
    """A value that is likely to be valid."""
    if isinstance(schema, bool):
        return draw(ANY)
    if depth > 12:
        return draw(_SCALARS)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            return value_of(draw, draw(st.sampled_from(schema[key])), root, depth + 1)
    if "$ref" in schema:
        assert isinstance(root, dict)
        return value_of(draw, root["$defs"][schema["$ref"].rpartition("/")[2]], root, depth + 1)
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if "const" in schema:
        return schema["const"]
    if "allOf" in schema:
        return {k: v for each in schema["allOf"] for k, v in _object_value(draw, each, root, depth).items()}
    kinds = schema.get("type")
    kind = draw(st.sampled_from(kinds)) if isinstance(kinds, list) else kinds
    match kind:
        case "object":
            return _object_value(draw, schema, root, depth)
        case "array":
            return _array_value(draw, schema, root, depth)
        case None:
            return draw(ANY)
        case _:
            return draw(_OF_TYPE[kind])


_OF_TYPE = {
    "string": st.sampled_from(["a", "A", "", "2020-01-01", "null", "1", '"a"', "{}", "x"]),
    "integer": st.integers(-1, 3),
    "number": st.sampled_from([0, 1, 0.5, 2.5]),
    "boolean": st.booleans(),
    "null": st.none(),
}


def _object_value(draw: Draw, schema: dict[str, Any], root: Schema, depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for name, inner in schema.get("properties", {}).items():
        if name in schema.get("required", ()) or (depth < 6 and draw(st.booleans())):
            value[name] = value_of(draw, inner, root, depth + 1)
    for key in ("then", "else"):
        if key in schema and (value.get("kind") == "a") == (key == "then"):
            kind = {"kind": value["kind"]} if "kind" in value else {}
            value = {**value, **_object_value(draw, schema[key], root, depth + 1), **kind}
    if "kind" in value and "kind" in schema.get("dependentSchemas", {}):
        value = {**_object_value(draw, schema["dependentSchemas"]["kind"], root, depth + 1), "kind": value["kind"]}
    others = schema.get("additionalProperties", not {"properties", "unevaluatedProperties"} & set(schema))
    if others is not False and "allOf" not in schema and depth < 6:
        names = st.sampled_from(schema.get("propertyNames", {}).get("enum", ["p", "q", "a"]))
        for name in draw(st.lists(names, max_size=2, unique=True)):
            if name not in schema.get("properties", {}):
                value[name] = value_of(draw, others, root, depth + 1)
    if "patternProperties" in schema and draw(st.booleans()):
        value["x1"] = value_of(draw, schema["patternProperties"]["^x"], root, depth + 1)
    return value


def _array_value(draw: Draw, schema: dict[str, Any], root: Schema, depth: int) -> list[Any]:
    firsts = schema.get("prefixItems", [])
    fewest = schema.get("minItems", 0)
    length = draw(st.integers(fewest, max(fewest, len(firsts)) + (2 if depth < 4 else 0)))
    kinds = [*firsts, *[schema.get("items", True)] * length][:length]
    return [value_of(draw, each, root, depth + 1) for each in kinds]
