"""The format asked of an answer: `response_format` of Chat Completions, `text.format` of Responses.

With `strict`, its schema has to be one that the vendor can hold the model to; without, it is not looked at.
"""

from __future__ import annotations

import functools
import json
from typing import Any

from llmcli.sim.checks import Check, JsonObject, anything, boolean, mapping, nullable, record, tagged, text
from llmcli.sim.openai.errors import invalid
from llmcli.sim.openai.strict_schema import schema_fault, strict_fault
from llmcli.sim.shapes import JsonSchema
from llmcli.sim.tokens import as_json

_NAME = text(1, 64, "^[a-zA-Z0-9_-]+$")
_SCHEMA = mapping(anything)
_SETTINGS: dict[str, Check] = {"description": nullable(text()), "strict": nullable(boolean)}
_PLAIN: dict[str, Check] = {"text": record({"type": anything}), "json_object": record({"type": anything})}

CHAT_FORMAT = tagged(
    "type",
    {
        **_PLAIN,
        "json_schema": record(
            {"type": anything, "json_schema": record({"name": _NAME}, {**_SETTINGS, "schema": _SCHEMA})}
        ),
    },
)
RESPONSE_FORMAT = tagged(
    "type", {**_PLAIN, "json_schema": record({"type": anything, "name": _NAME, "schema": _SCHEMA}, _SETTINGS)}
)


def schema_of_chat(body: JsonObject) -> JsonSchema | None:
    """The schema that a valid body asks for. Raises the ApiError if it cannot be kept to."""
    wanted = body.get("response_format") or {}
    where = "response_format"
    return _schema(wanted.get("json_schema"), where, f"{where}.json_schema.schema")


def schema_of_response(body: JsonObject) -> JsonSchema | None:
    """The same of a body of Responses."""
    wanted = (body.get("text") or {}).get("format") or {}
    where = "text.format.schema"
    return _schema(wanted if wanted.get("type") == "json_schema" else None, where, where)


def _schema(wanted: Any, where: str, missing: str) -> JsonSchema | None:
    if wanted is None:
        return None
    schema: JsonSchema | None = wanted.get("schema")
    if wanted.get("strict"):
        if schema is None:
            raise invalid(f"Missing required parameter: '{missing}'.", missing, "missing_required_parameter")
        what = _fault(as_json(schema))
        if what is not None:
            message = f"Invalid schema for response_format '{wanted['name']}': {what}"
            raise invalid(message, where, "invalid_json_schema")
    return schema or {"type": "object"}


@functools.lru_cache(maxsize=64)
def _fault(written: str) -> str | None:
    """Batches ask for the same schema again and again."""
    schema = json.loads(written)
    return schema_fault(schema) or strict_fault(schema)
