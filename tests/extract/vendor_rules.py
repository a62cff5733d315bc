"""What each vendor's documentation says of the schemas it takes, read anew: nothing here comes from the compiler."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Schema = dict[str, Any]

_TYPES = {"object", "array", "string", "number", "integer", "boolean", "null"}
_COMMON = {"type", "properties", "required", "additionalProperties", "items", "enum", "const", "anyOf", "$ref", "$defs",
           "description", "title", "pattern", "format", "minItems"}  # fmt: skip
_OPENAI_KEYWORDS = _COMMON | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "maxItems"}
_OPENAI_FORMATS = {"date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"}
_ANTHROPIC_KEYWORDS = _COMMON | {"allOf", "default"}
_ANTHROPIC_FORMATS = _OPENAI_FORMATS | {"uri"}


def openai_faults(schema: Schema) -> list[str]:
    """What OpenAI's strict mode would refuse."""
    nodes = list(_nodes("", schema))
    found = [f"{where}: {fault}" for where, node in nodes for fault in _openai_node(node, schema)]
    if schema.get("type") != "object" or "anyOf" in schema:
        found.append("the root is no object")
    objects = [node for _, node in nodes if node.get("type") == "object"]
    enums = [node["enum"] for _, node in nodes if "enum" in node]
    if sum(len(node["properties"]) for node in objects) > 5000:
        found.append("more than 5,000 properties")
    if sum(map(len, enums)) > 1000:
        found.append("more than 1,000 enum values")
    texts = [name for node in objects for name in node["properties"]] + list(schema.get("$defs", {}))
    texts += [value for enum in enums for value in enum if isinstance(value, str)]
    if sum(map(len, texts)) > 120_000:
        found.append("more than 120,000 characters")
    found += ["a long enum" for enum in enums if len(enum) > 250 and sum(len(str(value)) for value in enum) > 15_000]
    if _depth(schema, schema, {}) > 10:
        found.append("more than 10 levels")
    return found


def _openai_node(node: Schema, root: Schema) -> Iterator[str]:
    yield from _common(node, root, _OPENAI_KEYWORDS, _OPENAI_FORMATS)
    if "$ref" in node and len(set(node) - {"$defs"}) > 1:
        yield "keywords beside a $ref"
    if not {"type", "anyOf", "$ref"} & set(node):
        yield "no type"
    if node.get("type") == "object" and set(node.get("required", ())) != set(node.get("properties", {})):
        yield "a property that is not required"


def anthropic_faults(schema: Schema) -> list[str]:
    """What Anthropic's structured outputs would refuse."""
    nodes = list(_nodes("", schema))
    found = [f"{where}: {fault}" for where, node in nodes for fault in _anthropic_node(node, schema)]
    objects = [node for _, node in nodes if node.get("type") == "object"]
    if schema.get("type") != "object":
        found.append("the root is no object")
    if sum(len(set(node["properties"]) - set(node["required"])) for node in objects) > 24:
        found.append("more than 24 optional parameters")
    if sum("anyOf" in node or isinstance(node.get("type"), list) for _, node in nodes) > 16:
        found.append("more than 16 unions")
    if _recurs(schema) or any(node.get("$ref") == "#" for _, node in nodes):
        found.append("recursion")
    names = [name for node in objects for name in node["properties"]]
    return found + [f"property name {name!r}" for name in names if not re.fullmatch(r"[a-zA-Z0-9_.-]{1,64}", name)]


def _anthropic_node(node: Schema, root: Schema) -> Iterator[str]:
    yield from _common(node, root, _ANTHROPIC_KEYWORDS, _ANTHROPIC_FORMATS)
    if node.get("minItems", 0) not in (0, 1):
        yield "minItems"
    if any(isinstance(value, dict | list) for value in node.get("enum", ())):
        yield "an enum of more than simple values"
    if "$ref" in node and set(node) != {"$ref"}:
        yield "keywords beside a $ref"
    if not {"type", "anyOf", "$ref", "enum", "const"} & set(node):
        yield "no type"


def _common(node: Schema, root: Schema, keywords: set[str], formats: set[str]) -> Iterator[str]:
    yield from (f"keyword {key}" for key in set(node) - keywords)
    types = node.get("type", [])
    types = types if isinstance(types, list) else [types]
    if not set(types) <= _TYPES or len(set(types)) < len(types):
        yield f"type {types}"
    if "object" in types and (node.get("additionalProperties") is not False or "properties" not in node):
        yield "an open object"
    if "object" in types and not set(node["required"]) <= set(node["properties"]):
        yield "required without a property"
    if "array" in types and not isinstance(node.get("items"), dict):
        yield "an array without items"
    if "format" in node and node["format"] not in formats:
        yield f"format {node['format']}"
    if re.search(r"\(\?[=!<]|\\[1-9bB]", node.get("pattern", "")):
        yield f"pattern {node['pattern']}"
    if "anyOf" in node and not (isinstance(node["anyOf"], list) and len(node["anyOf"]) > 1):
        yield "a union of fewer than two"
    if node.get("enum") == []:
        yield "an empty enum"
    if "enum" in node and types and not all(_is_of(value, types) for value in node["enum"]):
        yield "an enum value that is not of its type"
    if "$ref" in node and node["$ref"] != "#" and node["$ref"].removeprefix("#/$defs/") not in root.get("$defs", {}):
        yield f"$ref {node['$ref']}"


def _is_of(value: Any, types: list[str]) -> bool:
    import jsonschema_rs

    return jsonschema_rs.is_valid({"type": types}, value)


def _children(node: Schema) -> Iterator[tuple[str, Schema]]:
    yield from ((f"properties/{name}", each) for name, each in node.get("properties", {}).items())
    yield from ((f"anyOf/{number}", each) for number, each in enumerate(node.get("anyOf", ())))
    if isinstance(node.get("items"), dict):
        yield "items", node["items"]


def _nodes(where: str, node: Schema) -> Iterator[tuple[str, Schema]]:
    yield where, node
    definitions = ((f"$defs/{name}", each) for name, each in node.get("$defs", {}).items())
    for name, each in (*_children(node), *definitions):
        yield from _nodes(f"{where}/{name}", each)


def _depth(node: Schema, root: Schema, known: dict[str, int]) -> int:
    """Levels of objects, with references followed unless they recur."""
    if "$ref" in node:
        name = node["$ref"].removeprefix("#/$defs/")
        if name not in known:
            known[name] = 0  # for those that are met again on the way
            known[name] = 0 if name == "#" else _depth(root["$defs"][name], root, known)
        return known[name]
    return (node.get("type") == "object") + max((_depth(each, root, known) for _, each in _children(node)), default=0)


def _recurs(root: Schema) -> bool:
    """Whether any definition holds itself: what holds none is taken away until nothing changes."""
    holds = {name: {each["$ref"].removeprefix("#/$defs/") for _, each in _nodes("", node) if "$ref" in each}
             for name, node in root.get("$defs", {}).items()}  # fmt: skip
    while holds:
        done = {name for name, inner in holds.items() if not inner & holds.keys()}
        if not done:
            return True
        holds = {name: inner for name, inner in holds.items() if name not in done}
    return False


FAULTS = {"openai": openai_faults, "anthropic": anthropic_faults}
