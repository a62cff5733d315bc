"""A schema from examples: what all of them have in common, and no more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from llmcli.errors import UsageError
from llmcli.extract import json_value
from llmcli.extract.schema.sources import read
from llmcli.extract.schema.user import UserSchema, user_schema

# A text has a format if all samples have it; the first one wins.
_FORMATS = ("date-time", "date", "email", "uuid", "uri")
# An integer is a number, so a whole number among others does not make a type of its own.
_ORDER = ("object", "array", "string", "integer", "number", "boolean")

JsonObject = dict[str, Any]


def schema_from_example(name: str, folder: Path | None = None) -> UserSchema:
    """The schema of the examples in the file `name`: one JSON value, or one a line. Raises UsageError.

    Objects are closed; a property that some examples lack may be left out; null in some makes it nullable.
    """
    examples = _examples(name, read(name, folder or Path.cwd()))
    try:
        return user_schema(schema_of(examples), f"the schema of {name}")
    except RecursionError:
        raise UsageError(f"{name} is nested too deeply") from None


def _examples(name: str, text: str) -> list[Any]:
    if not text.strip():
        raise UsageError(f"{name} is empty", hint="give it one JSON value, or one a line")
    try:
        return [json_value.parse(text)]
    except ValueError as error:
        lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
        # A first line that is whole tells JSON lines from JSON that is broken.
        if len(lines) < 2 or not _is_json(lines[0][1]):
            raise UsageError(f"{name} is no JSON: {error}", hint="give one JSON value, or one a line") from None
    return [_line(name, number, line) for number, line in lines]


def _line(name: str, number: int, line: str) -> Any:
    try:
        return json_value.parse(line)
    except ValueError as error:
        what = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        raise UsageError(f"{name}, line {number} is no JSON: {what}") from None


def _is_json(text: str) -> bool:
    try:
        json_value.parse(text)
    except ValueError:
        return False
    return True


def schema_of(examples: list[Any]) -> JsonObject:
    """The schema of values like `examples`; of none at all, that of any value."""
    by_type: dict[str, list[Any]] = {}
    for value in examples:
        by_type.setdefault(json_value.type_of(value), []).append(value)
    if any(isinstance(value, float) for value in by_type.get("integer", ())):  # 1.0, which the user wrote as a number
        by_type["number"] = by_type.pop("integer") + by_type.get("number", [])
    if "number" in by_type:
        by_type.pop("integer", None)
    schemas = [_of_type(name, by_type[name]) for name in _ORDER if name in by_type]
    if "null" in by_type:
        schemas.append({"type": "null"})
    if not schemas:
        return {}
    if len(schemas) == 1:
        return schemas[0]
    if len(schemas) == 2 and schemas[1] == {"type": "null"} and set(schemas[0]) <= {"type", "format"}:
        return {**schemas[0], "type": [schemas[0]["type"], "null"]}
    return {"anyOf": schemas}


def _of_type(name: str, values: list[Any]) -> JsonObject:
    match name:
        case "object":
            return _object(values)
        case "array":
            return {"type": "array", "items": schema_of([item for value in values for item in value])}
        case "string":
            return {"type": "string", **_format(values)}
        case _:
            return {"type": name}


def _object(values: list[JsonObject]) -> JsonObject:
    names = dict.fromkeys(name for value in values for name in value)
    return {
        "type": "object",
        "properties": {name: schema_of([value[name] for value in values if name in value]) for name in names},
        "required": [name for name in names if all(name in value for value in values)],
        "additionalProperties": False,
    }


def _format(texts: list[str]) -> JsonObject:
    import jsonschema_rs

    for name in _FORMATS:
        validator = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
        if all(validator.is_valid(text) and (name != "uri" or "://" in text) for text in texts):
            return {"format": name}
    return {}
