"""The user's schema as it is, for ways of asking that take any; or for many values of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llmcli.extract import pointer
from llmcli.extract.schema.keywords import Schema
from llmcli.extract.schema.user import UserSchema
from llmcli.extract.subset.codec import DecodeError

Way = Callable[[Any], Any]


def plain_schema(user: UserSchema, records: str | None) -> tuple[Schema, Way, Way]:
    """The schema, the way from an answer and the way to one; `records` names the list of many values."""
    if records is None:
        return user.document, lambda answer: answer, lambda value: value
    name = records

    def decode(answer: Any) -> Any:
        if not isinstance(answer, dict) or answer.keys() != {name}:
            raise DecodeError(f'an object with the one property "{name}" was asked for', "")
        return answer[name]

    return _wrapped(user, name), decode, lambda value: {name: value}


def _wrapped(user: UserSchema, name: str) -> Schema:
    """The schema under `name`; its references start from where it is now."""
    document = user.document
    inner: Any = document
    around: dict[str, Any] = {}
    if isinstance(document, dict):
        inner = {key: value for key, value in document.items() if key != "$schema"}
        around = {"$schema": document["$schema"]} if "$schema" in document else {}
        if "$id" not in document:
            inner = _moved(user, inner, "", pointer.join("", "properties", name, "items"))
    return {
        **around,
        "type": "object",
        "properties": {name: {"type": "array", "items": inner}},
        "required": [name],
        "additionalProperties": False,
    }


def _moved(user: UserSchema, value: Any, where: str, to: str) -> Any:
    """`value` with the references in its schemas set in front with `to`; anchors move with what they name."""
    if isinstance(value, list):
        return [_moved(user, each, pointer.join(where, n), to) for n, each in enumerate(value)]
    if not isinstance(value, dict):
        return value
    moved = {key: _moved(user, each, pointer.join(where, key), to) for key, each in value.items()}
    reference = value.get("$ref")
    if where in user.references.schemas and isinstance(reference, str) and reference in ("#", "#/"):
        moved["$ref"] = f"#{to}"
    elif where in user.references.schemas and isinstance(reference, str) and reference.startswith("#/"):
        moved["$ref"] = f"#{to}{reference[1:]}"
    return moved
