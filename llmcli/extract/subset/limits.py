"""Whether a schema is small enough for its provider."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llmcli.extract.subset.codec import WireSchema
from llmcli.extract.subset.dialect import Dialect


def fault_of(schema: WireSchema, dialect: Dialect) -> str | None:
    """Which limit of the provider's `schema` is over; None if it is within them all."""
    objects = [each for each in _schemas(schema) if each.get("type") == "object"]
    enums = [each["enum"] for each in _schemas(schema) if "enum" in each]
    optional = sum(len(each["properties"]) - len(each["required"]) for each in objects)
    unions = sum("anyOf" in each or isinstance(each.get("type"), list) for each in _schemas(schema))
    counts = {
        "properties": (sum(len(each["properties"]) for each in objects), dialect.properties),
        "levels of objects": (_levels(schema, schema, frozenset()), dialect.levels),
        "enum values": (sum(map(len, enums)), dialect.enum_values),
        "characters of names and values": (_characters(schema, objects, enums), dialect.characters),
        "optional properties": (optional, dialect.optionals),
        "unions": (unions, dialect.unions),
    }
    for what, (number, most) in counts.items():
        if most is not None and number > most:
            return f"it needs {number} {what}, and {most} are allowed"
    return _long_enum(enums, dialect)


def _long_enum(enums: list[list[Any]], dialect: Dialect) -> str | None:
    if dialect.long_enum is None:
        return None
    most_values, most_characters = dialect.long_enum
    for enum in enums:
        characters = sum(len(value) for value in enum if isinstance(value, str))
        if len(enum) > most_values and characters > most_characters:
            return f"an enum of {len(enum)} values has {characters} characters, and {most_characters} are allowed"
    return None


def _characters(schema: WireSchema, objects: list[WireSchema], enums: list[list[Any]]) -> int:
    names = [*schema.get("$defs", {}), *(name for each in objects for name in each["properties"])]
    return sum(map(len, names)) + sum(len(str(value)) for enum in enums for value in enum)


def _schemas(schema: WireSchema) -> Iterator[WireSchema]:
    pending = [schema]
    while pending:
        each = pending.pop()
        yield each
        pending += each.get("$defs", {}).values()
        pending += _parts(each)


def _parts(schema: WireSchema) -> list[WireSchema]:
    """The schemas that a schema holds, but for definitions; ours have no other keywords with schemas."""
    items = [schema["items"]] if "items" in schema else []
    return [*schema.get("properties", {}).values(), *items, *schema.get("anyOf", ())]


def _levels(schema: WireSchema, root: WireSchema, seen: frozenset[str], known: dict[str, int] | None = None) -> int:
    """How deep objects are nested, references followed but for those that recur."""
    known = {} if known is None else known
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        if name == "#" or name in seen:
            return 0
        if name not in known:
            known[name] = _levels(root["$defs"][name], root, seen | {name}, known)
        return known[name]
    deepest = max((_levels(each, root, seen, known) for each in _parts(schema)), default=0)
    return deepest + (schema.get("type") == "object")
