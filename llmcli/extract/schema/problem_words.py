"""What a validator found, in few words: the rule that was broken, and only as much of the value as helps."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from llmcli.extract import pointer
from llmcli.extract.json_value import shown, type_of
from llmcli.extract.problem import Problem

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

_MOST_CHOICES = 8
_MOST_NAMES = 5


def problem_of(error: ValidationError) -> Problem:
    """Its place and its words; of an alternative, those of the branch that came nearest."""
    where = pointer.of_path(error.instance_path)
    keyword = error.kind.name
    if keyword in ("anyOf", "oneOf") and hasattr(error.kind, "context"):
        return _alternatives(where, error)
    if keyword == "falseSchema" and error.schema_path[-1:] == ["additionalProperties"]:
        return Problem(where, "has properties, and none is allowed")
    words = _WORDS.get(keyword)
    if words is None:
        return Problem(where, f'does not meet "{keyword}"')
    return Problem(where, words(error.kind, error.instance))


def _alternatives(where: str, error: ValidationError) -> Problem:
    branches: list[list[ValidationError]] = error.kind.context  # type: ignore[attr-defined]
    if any(not errors for errors in branches):
        return Problem(where, "fits more than one of the alternatives, of which only one may")
    # The branch that was right for longest: the type fits, and what is wrong is deep inside.
    nearest = min(branches, key=lambda errors: (-max(len(each.instance_path) for each in errors), len(errors)))
    if all(len(each.instance_path) <= len(error.instance_path) for errors in branches for each in errors):
        kinds = [each for errors in branches for each in errors if each.kind.name == "type"]
        if len(kinds) >= len(branches):
            names = dict.fromkeys(name for each in kinds for name in _types(each.kind))
            return Problem(where, f"is {_a(type_of(error.instance))}, not {' or '.join(names)}")
    inner = problem_of(nearest[0])
    return Problem(inner.pointer, f"{inner.message} (the nearest of {len(branches)} alternatives)")


def _types(kind: Any) -> list[str]:
    types = kind.types
    return [types] if isinstance(types, str) else list(types)


def _a(name: str) -> str:
    return name if name == "null" else f"an {name}" if name[0] in "aio" else f"a {name}"


def _names(names: list[str]) -> str:
    few = ", ".join(shown(name, 40) for name in names[:_MOST_NAMES])
    return few if len(names) <= _MOST_NAMES else f"{few} and {len(names) - _MOST_NAMES} more"


def _enum(kind: Any, value: Any) -> str:
    choices = [shown(each, 30) for each in kind.options[:_MOST_CHOICES]]
    more = [f"{len(kind.options) - _MOST_CHOICES} more"] if len(kind.options) > _MOST_CHOICES else []
    return f"{shown(value)} is none of {', '.join(choices + more)}"


def _property_name(kind: Any, _value: Any) -> str:
    return f"property name {shown(kind.error.instance)}: {problem_of(kind.error).message}"


_WORDS: dict[str, Callable[[Any, Any], str]] = {
    "type": lambda kind, value: f"is {_a(type_of(value))}, not {' or '.join(_types(kind))}",
    "enum": _enum,
    "const": lambda kind, value: f"{shown(value)} is not {shown(kind.expected_value)}",
    "required": lambda kind, _: f"property {shown(kind.property)} is missing",
    "additionalProperties": lambda kind, _: f"unknown property {_names(kind.unexpected)}",
    "unevaluatedProperties": lambda kind, _: f"unknown property {_names(kind.unexpected)}",
    "additionalItems": lambda kind, _: f"more than {kind.limit} items",
    "unevaluatedItems": lambda kind, _: "more items than the schema knows",
    "propertyNames": _property_name,
    "format": lambda kind, value: f"{shown(value)} is no {kind.format}",
    "pattern": lambda kind, value: f"{shown(value)} does not match {shown(kind.pattern)[1:-1]}",
    "minLength": lambda kind, value: f"{len(value)} characters, at least {kind.limit} needed",
    "maxLength": lambda kind, value: f"{len(value)} characters, at most {kind.limit} allowed",
    "minItems": lambda kind, value: f"{len(value)} items, at least {kind.limit} needed",
    "maxItems": lambda kind, value: f"{len(value)} items, at most {kind.limit} allowed",
    "minProperties": lambda kind, value: f"{len(value)} properties, at least {kind.limit} needed",
    "maxProperties": lambda kind, value: f"{len(value)} properties, at most {kind.limit} allowed",
    "minimum": lambda kind, value: f"{shown(value)} is less than {kind.limit}",
    "maximum": lambda kind, value: f"{shown(value)} is more than {kind.limit}",
    "exclusiveMinimum": lambda kind, value: f"{shown(value)} is not more than {kind.limit}",
    "exclusiveMaximum": lambda kind, value: f"{shown(value)} is not less than {kind.limit}",
    "multipleOf": lambda kind, value: f"{shown(value)} is no multiple of {kind.multiple_of}",
    "uniqueItems": lambda _, __: "the same item is there twice",
    "contains": lambda _, __: "no item, or not the right number, is as asked for",
    "not": lambda _, value: f"{shown(value)} is what it must not be",
    "falseSchema": lambda _, value: f"{shown(value)} may not be here",
}
