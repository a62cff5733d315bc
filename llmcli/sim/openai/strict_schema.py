"""Which JSON Schemas OpenAI takes where `strict` is true: for the format of an answer, and for functions.

From developers.openai.com/api/docs/guides/structured-outputs (2026), "Supported schemas"; the sentences are quoted
from its answers in public issues of 2024 to 2026, but for those on the amount of enum values and of text. Nesting is
counted in objects and arrays, the outermost included.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llmcli.sim.checks import JsonObject
from llmcli.sim.json_schema import problem
from llmcli.sim.shapes import Shapes
from llmcli.sim.tokens import as_json

Context = tuple[str, ...]

FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
_PERMITTED = frozenset(("type", "enum", "const", "anyOf", "$ref", "$defs", "definitions")).union(
    ("title", "description", "$schema", "properties", "required", "additionalProperties", "items", "pattern", "format"),
    ("minItems", "maxItems", "multipleOf", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
)
_DEFINITIONS = ("$defs", "definitions")
_NOT_AT_THE_TOP = ("oneOf", "anyOf", "allOf", "enum", "not")
_MOST_PROPERTIES = 5000
_MOST_LEVELS = 10
_MOST_VALUES = 1000
_MOST_CHARS = 120_000
_MANY_VALUES, _MOST_CHARS_OF_MANY = 250, 15_000


def schema_fault(schema: JsonObject) -> str | None:
    """What makes a schema none that describes an object, in the vendor's words, or None."""
    kind = schema.get("type")
    if kind != "object" and (kind is None or isinstance(kind, str)):
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
    wrong = problem(schema)
    if wrong is not None:
        written = f"'{wrong[0]}'" if isinstance(wrong[0], str) else as_json(wrong[0])
        return f"{written} is not valid under any of the given schemas."
    return None


def strict_fault(schema: JsonObject) -> str | None:
    """The first thing in a schema, which is one, that strict mode does not take, in the vendor's words, or None."""
    if schema.get("type") != "object" or any(keyword in schema for keyword in _NOT_AT_THE_TOP):
        top = "/".join(f"'{keyword}'" for keyword in _NOT_AT_THE_TOP)
        return f"schema must have type 'object' and not have {top} at the top level."
    return next(_Checker(schema).faults(schema, ()), None) or _size_fault(schema)


class _Checker:
    def __init__(self, root: JsonObject) -> None:
        self._shapes = Shapes(root)

    def faults(self, schema: Any, context: Context) -> Iterator[str]:
        """What is wrong in a schema and all below it."""
        place = f"In context={context!r}, "
        for keyword in schema if isinstance(schema, dict) else ():
            if keyword not in _PERMITTED:
                yield f"{place}'{keyword}' is not permitted."
        if not isinstance(schema, dict) or not schema.keys() & {"type", "anyOf", "$ref"}:
            yield f"{place}schema must have a 'type' key."
            return
        if "$ref" in schema:
            yield from self._reference_faults(schema, context)
        kinds = schema.get("type")
        for number, kind in enumerate(kinds if isinstance(kinds, list) else [kinds]):
            within = (*context, "type", str(number)) if isinstance(kinds, list) else context
            yield from _type_faults(schema, kind, f"In context={within!r}, ")
        for inner, below in _inner(schema):
            yield from self.faults(inner, (*context, *below))

    def _reference_faults(self, schema: JsonObject, context: Context) -> Iterator[str]:
        beside = sorted(schema.keys() - {"$ref", *_DEFINITIONS})
        if beside:
            listed = ", ".join(f"'{keyword}'" for keyword in beside)
            yield f"context={context!r}, $ref cannot have keywords {{{listed}}}."
        reference = schema["$ref"]
        if not reference.startswith("#") or not isinstance(self._shapes.target(reference), dict):
            yield f"In context={context!r}, reference to component '{reference}' which was not found in the schema."


def _type_faults(schema: JsonObject, kind: str | None, place: str) -> Iterator[str]:
    if kind == "object":
        if schema.get("additionalProperties") is not False:
            yield f"{place}'additionalProperties' is required to be supplied and to be false."
        properties, required = schema.get("properties") or {}, dict.fromkeys(schema.get("required") or ())
        every = f"{place}'required' is required to be supplied and to be an array including every key in properties."
        for name in properties:
            if name not in required:
                yield f"{every} Missing '{name}'."
        for name in required:
            if name not in properties:
                yield f"{every} Extra required key '{name}' supplied."
        if "properties" not in schema:
            yield f"{place}object schema missing properties."
    elif kind == "array" and "items" not in schema:
        yield f"{place}array schema missing items."
    elif kind == "string" and "format" in schema and schema["format"] not in FORMATS:
        yield f"{place}'{schema['format']}' is not a valid format."


def _inner(schema: JsonObject) -> Iterator[tuple[Any, Context]]:
    """The schemas in a schema, each with the steps that lead there."""
    for key in ("properties", *_DEFINITIONS):
        for name, inner in (schema.get(key) or {}).items():
            yield inner, (key, name)
    for number, inner in enumerate(schema.get("anyOf") or ()):
        yield inner, ("anyOf", str(number))
    if "items" in schema:
        yield schema["items"], ("items",)


def _size_fault(schema: JsonObject) -> str | None:
    """What is too large in a schema that is fine otherwise."""
    levels = properties = values = chars = 0
    pending: list[tuple[JsonObject, int]] = [(schema, 0)]
    while pending:
        node, above = pending.pop()
        kinds = node.get("type")
        # The guide speaks of the nesting depth of objects; nothing is said of lists.
        level = above + ("object" in ([kinds] if isinstance(kinds, str) else kinds or ()))
        levels = max(levels, level)
        allowed = [*node.get("enum", ()), *([node["const"]] if "const" in node else ())]
        texts = [value for value in allowed if isinstance(value, str)]
        if len(texts) > _MANY_VALUES and sum(map(len, texts)) > _MOST_CHARS_OF_MANY:
            return f"enum with {len(texts)} values: {sum(map(len, texts))} characters exceeds limit of 15000."
        properties += len(node.get("properties") or ())
        values += len(node.get("enum", ()))
        names = [name for key in ("properties", *_DEFINITIONS) for name in node.get(key) or ()]
        chars += sum(map(len, (*names, *texts)))
        pending += [(inner, 0 if below[0] in _DEFINITIONS else level) for inner, below in _inner(node)]
    for amount, limit, what in (
        (properties, _MOST_PROPERTIES, "parameters"),
        (levels, _MOST_LEVELS, "levels of nesting"),
        (values, _MOST_VALUES, "enum values"),
        (chars, _MOST_CHARS, "characters of names and values"),
    ):
        if amount > limit:
            return f"{amount} {what} exceeds limit of {limit}."
    return None
