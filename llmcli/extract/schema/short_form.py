"""The short form of a schema: `name, age int, tags list[str], born date?, bio: one sentence`.

    fields      = field { ("," | newline) field }           a comma at the end is allowed
    field       = name ["?"] [type] ["?"] [":" description] "?" is: may be left out
    name        = a run of characters without spaces and , : ? { } [ ] | "   or a quoted text
    type        = scalar | list | map | object | choice     str if there is none
    scalar      = str string text | int integer | float number | bool boolean | date | datetime | time | email
                | url uri | uuid | any
    list        = "list" | "list" "[" type "]" | "[" type "]"                 items are str if not said
    map         = ("dict" | "map") ["[" [("str") ","] type "]"]               values are any if not said
    object      = "{" fields "}"
    choice      = option { "|" option }                     one of these values; all type names: one of these types
    option      = word | number | true | false | null | quoted text

An object has the properties named and no others. A description runs to the end of its line, to the bracket that closes
around it, or to the first comma after which a field stands, which is a name with a type or without and then a comma, a
colon, a bracket or the end; so `bio: one sentence, no more than 20 words, age int` has two fields. A description in
quotes ends with them. Quotes are " with \\" and \\\\ inside.
"""

from __future__ import annotations

from typing import Any

from llmcli.extract.schema.short_lexer import NotInFormError, Scanner
from llmcli.extract.schema.short_types import is_type_start, parse_type

JsonObject = dict[str, Any]


def parse_short_form(text: str) -> JsonObject:
    """The JSON Schema of an object with the fields in `text`. Raises UsageError with the column of what is wrong."""
    scanner = Scanner(text)
    try:
        schema = parse_fields(scanner, "")
    except NotInFormError as error:
        raise error.shown_in(text) from None
    except RecursionError:
        raise NotInFormError(0, "is nested too deeply").shown_in(text) from None
    return schema


def parse_fields(scanner: Scanner, close: str) -> JsonObject:
    """The object whose fields end at `close`, which is not read, or at the end of the text."""
    properties: JsonObject = {}
    required: list[str] = []
    scanner.skip_separators(at_start=True)
    while not scanner.at_end and not (close and scanner.peek == close):
        start = scanner.position
        name, schema, optional = _field(scanner, close)
        if name in properties:
            raise NotInFormError(start, f'names "{name}" twice', "give each field a name of its own")
        properties[name] = schema
        if not optional:
            required.append(name)
        if not scanner.at_end and not (close and scanner.peek == close) and not scanner.skip_separators():
            raise NotInFormError(scanner.position, f"has {scanner.shown_here} where a comma was expected")
    if not properties:
        raise NotInFormError(scanner.position, "names no field", "write one like: name, age int")
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _field(scanner: Scanner, close: str) -> tuple[str, JsonObject, bool]:
    name, schema, optional = _head(scanner)
    if scanner.take(":"):
        description = _description(scanner, close)
        if description:
            schema = {**schema, "description": description}
    return name, schema, optional


def _head(scanner: Scanner) -> tuple[str, JsonObject, bool]:
    name = scanner.name()
    scanner.skip_spaces()
    optional = scanner.take("?")
    scanner.skip_spaces()
    schema: JsonObject = {"type": "string"}
    if is_type_start(scanner):
        schema = parse_type(scanner, parse_fields)
        scanner.skip_spaces()
        optional = scanner.take("?") or optional
    scanner.skip_spaces()
    return name, schema, optional


def _description(scanner: Scanner, close: str) -> str:
    scanner.skip_spaces()
    if scanner.peek == '"':
        text = scanner.quoted()
        scanner.skip_spaces()
        return text
    start = scanner.position
    depth = 0
    while not scanner.at_end and scanner.peek != "\n":
        if scanner.peek == "," and depth == 0 and _field_follows(scanner, close):
            break
        if scanner.peek in "{[":
            depth += 1
        if scanner.peek in "}]":
            if depth == 0 and close:
                break
            depth = max(depth - 1, 0)
        scanner.position += 1
    return scanner.text[start : scanner.position].strip()


def _field_follows(scanner: Scanner, close: str) -> bool:
    """Whether the comma at the position stands before a field, rather than inside a description."""
    ahead = Scanner(scanner.text, scanner.position + 1)
    ahead.skip_spaces()
    if ahead.at_end or ahead.peek in (close, "\n", ","):
        return True
    try:
        _head(ahead)
    except NotInFormError as error:
        if error.is_near_miss:
            raise
        return False
    return ahead.at_end or ahead.peek in (",", ":", "\n", close)
