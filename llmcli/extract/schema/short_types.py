"""The types of the short form."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from typing import Any

from llmcli.extract import json_value
from llmcli.extract.schema.short_lexer import NotInFormError, Scanner

JsonObject = dict[str, Any]
ParseFields = Callable[[Scanner, str], JsonObject]

_STRING = {"type": "string"}
SCALARS: dict[str, JsonObject] = {
    **dict.fromkeys(("str", "string", "text"), _STRING),
    **{name: {"type": "integer"} for name in ("int", "integer")},
    **{name: {"type": "number"} for name in ("float", "number")},
    **{name: {"type": "boolean"} for name in ("bool", "boolean")},
    **{name: {**_STRING, "format": name} for name in ("date", "time", "email", "uuid", "uri")},
    "datetime": {**_STRING, "format": "date-time"},
    "url": {**_STRING, "format": "uri"},
    "any": {},
}
_LISTS = ("list",)
_MAPS = ("dict", "map")
TYPE_NAMES = (*SCALARS, *_LISTS, *_MAPS)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_CONSTANTS = {"true": True, "false": False, "null": None}


def is_type_start(scanner: Scanner) -> bool:
    return not scanner.at_end and scanner.peek not in ",:?}]|\n"


def parse_type(scanner: Scanner, parse_fields: ParseFields) -> JsonObject:
    """The schema of the type that is next. Raises NotInFormError."""
    scanner.skip_blank()
    first = _one(scanner, parse_fields)
    options = [first]
    while scanner.take("|"):
        scanner.skip_blank()
        options.append(_one(scanner, parse_fields))
    if len(options) == 1:
        return _alone(first)
    return _choice(options)


class _Option:
    """A type, a value, or a word that may be either; with where it stands."""

    def __init__(self, position: int, text: str | None, schema: JsonObject | None, value: Any = None) -> None:
        self.position = position
        self.text = text
        self.schema = schema
        self.value = value


def _one(scanner: Scanner, parse_fields: ParseFields) -> _Option:
    start = scanner.position
    if scanner.peek == '"':
        return _Option(start, None, None, scanner.quoted())
    if scanner.take("{"):
        schema = parse_fields(scanner, "}")
        scanner.expect("}")
        return _Option(start, None, schema)
    if scanner.take("["):
        return _Option(start, None, _list(scanner, parse_fields))
    word = scanner.word()
    if not word:
        raise NotInFormError(start, f"has {scanner.shown_here} where a type was expected")
    if word in _LISTS:
        return _Option(start, word, _list(scanner, parse_fields) if scanner.take("[") else _array(_STRING))
    if word in _MAPS:
        return _Option(start, word, _map(scanner, parse_fields) if scanner.take("[") else _mapping({}))
    return _Option(start, word, SCALARS.get(word), _value(word))


def _value(word: str) -> Any:
    if word in _CONSTANTS:
        return _CONSTANTS[word]
    if not _NUMBER.fullmatch(word) or len(word) >= 300:
        return word
    try:
        return json_value.parse(word)
    except ValueError:  # more than any number can be
        return word


def _alone(option: _Option) -> JsonObject:
    if option.schema is not None:
        return dict(option.schema)
    if option.text is None or not isinstance(option.value, str):  # quoted, a number, true, false, null
        return {"const": option.value}
    near = difflib.get_close_matches(option.text, TYPE_NAMES, 1, 0.75)
    hint = f"did you mean {near[0]}?" if near else f"the types are {', '.join(TYPE_NAMES)}, {{…}} and a|b|c"
    raise NotInFormError(option.position, f'has an unknown type "{option.text}"', hint, is_near_miss=bool(near))


def _choice(options: list[_Option]) -> JsonObject:
    """Types if all are, null being one; values if none needs to be a type."""
    if all(option.schema is not None or option.text == "null" for option in options):
        return {"anyOf": [{"type": "null"} if option.schema is None else dict(option.schema) for option in options]}
    for option in options:
        if option.schema is not None and option.text not in SCALARS:
            raise NotInFormError(option.position, "mixes types and values in one choice", "put values in quotes")
    values = [option.value for option in options]
    if len({json_value.identity(value) for value in values}) < len(values):
        raise NotInFormError(options[0].position, "has a choice with the same value twice")
    return {"enum": values}


def _list(scanner: Scanner, parse_fields: ParseFields) -> JsonObject:
    schema = parse_type(scanner, parse_fields)
    scanner.skip_blank()
    scanner.expect("]")
    return _array(schema)


def _map(scanner: Scanner, parse_fields: ParseFields) -> JsonObject:
    start = scanner.position
    schema = parse_type(scanner, parse_fields)
    if scanner.take(","):
        if schema != _STRING:
            raise NotInFormError(start, "has a map whose keys are no text", "write dict[str, …]")
        schema = parse_type(scanner, parse_fields)
    scanner.skip_blank()
    scanner.expect("]")
    return _mapping(schema)


def _array(items: JsonObject) -> JsonObject:
    return {"type": "array", "items": dict(items)}


def _mapping(values: JsonObject) -> JsonObject:
    return {"type": "object", "additionalProperties": dict(values)}
