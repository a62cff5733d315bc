"""Which JSON Schemas Anthropic takes for `output_config.format` and for strict tools.

From platform.claude.com/docs/en/build-with-claude/structured-outputs (2026), "JSON Schema limitations" and "Schema
complexity limits"; the sentences are quoted from its answers in public issues of 2025 and 2026, but for those on
enums, patterns, allOf, references that lead nowhere, and on what does not go with a schema.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from llmcli.sim.anthropic.vendor import invalid
from llmcli.sim.checks import JsonObject
from llmcli.sim.json_schema import problem
from llmcli.sim.shapes import JsonSchema, Shapes, pointer
from llmcli.sim.tokens import as_json

_NOT_A_SCHEMA = (
    "JSON schema is invalid. It must match JSON Schema draft 2020-12 (https://json-schema.org/draft/2020-12)."
)
_ANYWHERE = frozenset(("type", "enum", "const", "anyOf", "allOf", "$ref", "$defs", "definitions", "default")).union(
    ("title", "description", "examples", "$schema", "$id", "$comment", "deprecated", "readOnly", "writeOnly")
)
_OF_TYPE = {
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "array": frozenset({"items", "minItems"}),
    "string": frozenset({"pattern", "format"}),
}
_COMBINED = ("oneOf", "not", "if")
FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid")
# What a pattern may not have: word boundaries, back references and lookaround; escapes and classes are passed over.
_PATTERN = re.compile(r"\\(?P<escape>.)|\[\^?\]?(?:\\.|[^\]\\])*\]|(?P<look>\(\?<?[=!])", re.DOTALL)

_MOST_STRICT_TOOLS = 20
_MOST_OPTIONAL = 24
_MOST_UNIONS = 16


def check_structured_outputs(body: JsonObject) -> None:
    """Raises the ApiError for the first schema that the answer or a strict tool cannot be held to."""
    found: list[_Verdict] = []
    for number, tool in enumerate(body.get("tools") or ()):
        if tool.get("strict") is True and "input_schema" in tool:
            found.append(_checked(tool["input_schema"], f"tools.{number}.custom"))
    strict_tools = len(found)
    schema = answer_schema(body)
    if schema is not None:
        found.append(_checked(schema, "output_config.format.schema"))
        _check_messages(body["messages"])
    if found:
        _check_size(strict_tools, found)


def answer_schema(body: JsonObject) -> JsonSchema | None:
    """What the answer must fit, if anything."""
    wanted = (body.get("output_config") or {}).get("format")
    return None if wanted is None else wanted["schema"]


class _Verdict(NamedTuple):
    """What is wrong with a schema, if anything, and how much of what is limited is in it."""

    fault: str | None
    optional: int = 0
    unions: int = 0


def _checked(schema: JsonObject, where: str) -> _Verdict:
    verdict = _verdict(as_json(schema))
    if verdict.fault is not None:
        raise invalid(f"{where}: {verdict.fault}")
    return verdict


@functools.lru_cache(maxsize=256)
def _verdict(written: str) -> _Verdict:
    """Batches ask for the same schemas again and again."""
    schema = json.loads(written)
    if problem(schema) is not None:
        return _Verdict(_NOT_A_SCHEMA)
    try:
        _Checker(schema).check()
    except _Refused as refused:
        return _Verdict(str(refused))
    nodes = list(_nodes(schema))
    optional = sum(len((node.get("properties") or {}).keys() - set(node.get("required") or ())) for node in nodes)
    unions = sum("anyOf" in node or (isinstance(node.get("type"), list) and len(node["type"]) > 1) for node in nodes)
    return _Verdict(None, optional, unions)


def _check_size(strict_tools: int, schemas: list[_Verdict]) -> None:
    if strict_tools > _MOST_STRICT_TOOLS:
        raise invalid(
            f"Too many strict tools ({strict_tools}). The maximum number of strict tools supported is"
            f" {_MOST_STRICT_TOOLS}. Try reducing the number of tools marked as strict."
        )
    optional = sum(schema.optional for schema in schemas)
    if optional > _MOST_OPTIONAL:
        raise invalid(
            f"Schemas contains too many optional parameters ({optional}), which would make grammar compilation"
            " inefficient. Reduce the number of optional parameters in your tool schemas"
            f" (limit: {_MOST_OPTIONAL})."
        )
    unions = sum(schema.unions for schema in schemas)
    if unions > _MOST_UNIONS:
        raise invalid(
            f"Schemas contains too many parameters with union types ({unions} parameters with type arrays or anyOf)."
            " This causes exponential compilation cost. Reduce the number of nullable or union-typed parameters"
            f" (limit: {_MOST_UNIONS} parameters with unions)."
        )


def _nodes(schema: Any) -> Iterator[JsonObject]:
    """All schemas in a schema that was checked."""
    pending = [schema]
    while pending:
        node = pending.pop()
        yield node
        pending += _inner(node)


def _inner(node: JsonObject) -> list[Any]:
    inner = [one for key in ("properties", "$defs", "definitions") for one in (node.get(key) or {}).values()]
    inner += [one for key in ("anyOf", "allOf") for one in node.get(key) or ()]
    return [*inner, node["items"]] if "items" in node else inner


class _Refused(Exception):  # noqa: N818 - it is what a client did, not a failure of ours
    """What is wrong with a schema."""


class _Checker:
    """Goes through one schema, which is valid as such."""

    def __init__(self, schema: JsonObject) -> None:
        self._schema = schema
        self._shapes = Shapes(schema)
        self._straight: set[str] = set()

    def check(self) -> None:
        self._check(self._schema)
        self._check_no_circle(self._schema, ["#"])

    def _check(self, node: Any) -> None:
        if not isinstance(node, dict):
            raise _Refused("Invalid schema: Schema type is missing")
        for keyword in _COMBINED:
            if keyword in node:
                raise _Refused(f"Schema type '{keyword}' is not supported")
        if "$ref" in node:
            self._check_reference(node["$ref"])
        elif not node.keys() & {"type", "enum", "const", "anyOf", "allOf"}:
            raise _Refused("Invalid schema: Schema type is missing")
        self._check_keywords(node)
        for value in node.get("enum") or ():
            if isinstance(value, dict | list):
                raise _Refused("'enum' values must be strings, numbers, booleans or null")
        for inner in _inner(node):
            self._check(inner)

    def _check_keywords(self, node: JsonObject) -> None:
        given = node.get("type")
        kinds = [given] if isinstance(given, str) else given or []
        kind = next((one for one in kinds if one != "null"), kinds[0] if kinds else "object")
        if "object" in kinds or "properties" in node:
            self._check_closed(node)
        fewest = node.get("minItems", 0)
        if "array" in kinds and fewest > 1:
            got = f"[{fewest}, {node.get('maxItems', '∞')}]"
            raise _Refused(f"For 'array' type, 'minItems' values other than 0 or 1 are not supported (got: {got})")
        known = _ANYWHERE.union(*(_OF_TYPE.get(one, ()) for one in kinds or _OF_TYPE))
        unknown = sorted(node.keys() - known)
        if unknown:
            what = f"property '{unknown[0]}' is" if len(unknown) == 1 else f"properties {', '.join(unknown)} are"
            raise _Refused(f"For '{kind}' type, {what} not supported")
        if "format" in node and node["format"] not in FORMATS:
            raise _Refused(f"For 'string' type, format '{node['format']}' is not supported")
        if "pattern" in node:
            self._check_pattern(node["pattern"])
        if any(isinstance(one, dict) and "$ref" in one for one in node.get("allOf") or ()):
            raise _Refused("'allOf' with '$ref' is not supported")

    def _check_closed(self, node: JsonObject) -> None:
        more = node.get("additionalProperties")
        if more is None:
            raise _Refused("For 'object' type, 'additionalProperties' must be explicitly set to false")
        if more is not False:
            what = "true" if more is True else "object"
            raise _Refused(
                f"For 'object' type, 'additionalProperties: {what}' is not supported. Please set"
                " 'additionalProperties' to false"
            )

    def _check_pattern(self, pattern: str) -> None:
        for match in _PATTERN.finditer(pattern):
            if match["look"]:
                raise _Refused("For 'string' type, lookaround in 'pattern' is not supported")
            if match["escape"] and match["escape"] in "123456789k":
                raise _Refused("For 'string' type, a backreference in 'pattern' is not supported")
            if match["escape"] and match["escape"] in "bB":
                raise _Refused("For 'string' type, a word boundary in 'pattern' is not supported")

    def _check_reference(self, reference: str) -> None:
        if not reference.startswith("#"):
            raise _Refused("External schema references are not supported")
        if not isinstance(self._shapes.target(reference), dict):
            raise _Refused(f"Schema reference '{reference}' leads nowhere")

    def _check_no_circle(self, node: Any, path: list[str]) -> None:
        reference = node.get("$ref")
        if reference is not None and reference not in self._straight:
            if reference in path:
                circle = " -> ".join(map(_short, [*path[path.index(reference) :], reference]))
                raise _Refused(
                    f"Circular reference detected in schema definitions: {circle}. Self-referencing or"
                    " mutually-referencing definitions are not supported."
                )
            self._check_no_circle(self._shapes.target(reference), [*path, reference])
            self._straight.add(reference)
        for inner in _inner(node):
            self._check_no_circle(inner, path)


def _short(reference: str) -> str:
    """A definition by its name."""
    return [*pointer(reference), reference][-2] if "/" in reference else reference


def _check_messages(messages: list[JsonObject]) -> None:
    """Refuses what does not go together with a schema for the answer: a started answer, and citations."""
    if messages[-1]["role"] == "assistant":
        raise invalid("messages: the final assistant message cannot be prefilled together with output_config.format")
    for index, message in enumerate(messages):
        blocks = message["content"] if isinstance(message["content"], list) else []
        for number, block in enumerate(blocks):
            if block["type"] in ("document", "search_result") and (block.get("citations") or {}).get("enabled"):
                where = f"messages.{index}.content.{number}.citations"
                raise invalid(f"{where}: citations cannot be enabled together with output_config.format")
