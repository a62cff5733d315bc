"""The schema that the options name, and `--check-schema`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from llmcli.commands.extract.options import SchemaOptions
from llmcli.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from llmcli.extract.schema.user import UserSchema
    from llmcli.extract.ways import Way


def said(given: SchemaOptions) -> list[str]:
    """The options that name a schema, of those that were given."""
    named = {
        "--schema": given.schema,
        "--schema-from-example": given.schema_from_example,
        "--choice": given.choice,
        "--choices": given.choices,
    }
    return [option for option, value in named.items() if value is not None]


def schema_of(given: SchemaOptions) -> UserSchema:
    """The one schema that the options name. Raises UsageError."""
    from llmcli.extract.schema.example import schema_from_example
    from llmcli.extract.schema.sources import load_schema
    from llmcli.extract.schema.user import user_schema

    options = said(given)
    if len(options) != 1:
        hint = "say what the data is: --schema 'name, age int'" if not options else "name one"
        raise UsageError(f"{' and '.join(options)} at once" if options else "there is no schema", hint=hint)
    if given.schema is not None:
        return load_schema(given.schema)
    if given.schema_from_example is not None:
        return schema_from_example(str(given.schema_from_example))
    labels = {"type": "string", "enum": _labels(given.choice or given.choices or "", options[0])}
    if given.choice is not None:
        return user_schema(labels, "--choice")
    return user_schema({"type": "array", "items": labels, "uniqueItems": True}, "--choices")


def _labels(text: str, option: str) -> list[str]:
    labels = [label.strip() for label in text.split(",") if label.strip()]
    if len(set(labels)) < max(2, len(labels)):
        raise UsageError(
            f'{option} "{text}" is not two labels or more', hint="write them like positive,negative,neutral"
        )
    return labels


def report(ways: list[Way]) -> str:
    """What would be sent, and what of it nobody but us enforces; JSON, for people and programs alike."""
    if not ways:
        raise ConfigError("no way of asking can express the schema")
    shown = [
        {
            "mode": way.mode,
            "schema": way.form.schema,
            "relaxations": [{"pointer": each.pointer, "text": each.text} for each in way.form.relaxations],
        }
        for way in ways
    ]
    return json.dumps(shown, ensure_ascii=False, indent=2) + "\n"
