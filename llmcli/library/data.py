"""What data has to be, as it is given in Python."""

from __future__ import annotations

import json
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import BaseModel

    from llmcli.extract.schema.user import UserSchema


def schema_of(schema: type[BaseModel] | str | PathLike[str] | Mapping[str, Any]) -> UserSchema:
    """A pydantic model, a JSON Schema, or what `--schema` takes. Raises UsageError."""
    from llmcli.errors import UsageError
    from llmcli.extract.schema.model import model_schema
    from llmcli.extract.schema.sources import load_schema
    from llmcli.extract.schema.user import user_schema

    if isinstance(schema, type):
        return model_schema(schema)
    if isinstance(schema, Mapping):
        return user_schema(dict(schema), "the schema given")
    if not isinstance(schema, str | PathLike):
        hint = "give a pydantic model, a JSON Schema, its file, or a text such as 'name, age int'"
        raise UsageError(f"{schema!r} is no schema", hint=hint)
    return load_schema(str(schema))


def instance_of(schema: object, value: Any) -> Any:
    """A value that fits, as an instance if the schema is a model: made as it was validated, in JSON mode."""
    make = getattr(schema, "model_validate_json", None)
    return value if make is None else make(json.dumps(value))
