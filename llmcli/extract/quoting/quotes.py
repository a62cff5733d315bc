"""Evidence in schemas and answers: what the model is asked to quote, its quotes, and `_evidence` in what is printed.

The model is asked for an object around the user's, so that no field of the user's can be in the way:

    per record   {"data": {...}, "quote": "..."}
    per field    {"data": {...}, "quotes": [{"field": "/total", "quote": "..."}, ...]}

Fields are named by JSON pointers into `data`. What is printed is the record with `_evidence` added: the evidence of
the record, or an object with that of each field, under the field's name, or its pointer if it lies deeper.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from llmcli.errors import UsageError
from llmcli.extract.quoting.alignment import Match
from llmcli.extract.quoting.embedding import embedded

Per = Literal["record", "field"]
Schema = dict[str, Any]

EVIDENCE = "_evidence"
WHOLE = ""  # the JSON pointer of the record itself

_QUOTE = (
    "The shortest passage of the document that this {} was read from, copied character for character: "
    "nothing left out, corrected, translated or put together from several places."
)
_FIELD = 'JSON pointer to a field of data, such as "/total" or "/items/0/price".'


@dataclass(frozen=True)
class Quoted:
    """What the model said it copied, and where that is, if anywhere."""

    quote: str
    match: Match | None


def with_evidence(schema: Schema, per: Per) -> Schema:
    """The schema of what the model is asked for: an object with the user's under `data`.

    References of the user's schema lead to the same place as before; its definitions move to the top.
    Raises UsageError if the schema has a property `_evidence`.
    """
    properties = schema.get("properties")
    if isinstance(properties, dict) and EVIDENCE in properties:
        raise UsageError(f"the schema has a property {EVIDENCE} of its own", hint="rename it, or leave out --evidence")
    root, data = embedded(schema, "data")
    if per == "record":
        asked: Schema = {"quote": {"type": "string", "description": _QUOTE.format("record")}}
    else:
        fields = {
            "field": {"type": "string", "description": _FIELD},
            "quote": {"type": "string", "description": _QUOTE.format("field")},
        }
        one = {"type": "object", "properties": fields, "required": [*fields], "additionalProperties": False}
        description = "For every field of data that has a value, the quote it was read from."
        asked = {"quotes": {"type": "array", "description": description, "items": one}}
    properties = {"data": data, **asked}
    return {
        **{key: value for key, value in root.items() if key == "$schema"},
        "type": "object",
        "properties": properties,
        "required": [*properties],
        "additionalProperties": False,
        **{key: value for key, value in root.items() if key != "$schema"},
    }


def unwrap(value: Any) -> tuple[Any, dict[str, str]]:
    """The data and its quotes, by JSON pointer; that of a whole record is `""`.

    A field quoted twice keeps its first quote that is not blank. Raises ValueError if that is not what `value` is.
    """
    match value:
        case {"data": data, "quotes": [*quotes]}:
            pass
        case {"data": data, "quote": quote}:
            quotes = [{"field": WHOLE, "quote": quote}]
        case _:
            raise ValueError("the answer is not data with its quotes")
    out: dict[str, str] = {}
    for one in quotes:
        match one:
            case {"field": str(field), "quote": str(quote)}:
                if not out.get(pointer := _pointer(field), "").strip():
                    out[pointer] = quote
            case _:
                raise ValueError("a quote of the answer is not a field with a text")
    return data, out


def attach(data: Any, quoted: Mapping[str, Quoted], per: Per) -> dict[str, Any]:
    """The record as it is printed. Data that is no object is put under `value`.

    A quote that is not in the source has null for its place, and a score of 0.
    """
    record = dict(data) if isinstance(data, dict) else {"value": data}
    if per == "record":
        record[EVIDENCE] = _evidence(quoted[WHOLE]) if WHOLE in quoted else None
    else:
        record[EVIDENCE] = {_name(pointer): _evidence(one) for pointer, one in quoted.items()}
    return record


def _evidence(quoted: Quoted) -> dict[str, Any]:
    match = quoted.match
    if match is None:
        return {"quote": quoted.quote, "start": None, "end": None, "method": None, "score": 0}
    return {
        "quote": match.text,
        "start": match.start,
        "end": match.end,
        "method": match.method,
        "score": match.score,
    }


def _pointer(field: str) -> str:
    """Models leave out the first slash, or put the `#` of a reference before it."""
    field = field.removeprefix("#")
    return field if field.startswith("/") or not field else f"/{field}"


def _name(pointer: str) -> str:
    """A field's name, if the pointer leads to one of the record itself and the name cannot be taken for a pointer."""
    name = pointer[1:].replace("~1", "/").replace("~0", "~")
    return pointer if "/" in pointer[1:] or not name or name.startswith("/") else name
