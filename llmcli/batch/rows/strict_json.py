"""One JSON object from one line, without what JSON parsers let pass and other programs then choke on."""

from __future__ import annotations

import json
import math
from typing import Any

from llmcli.batch.rows.row import BadRowError
from llmcli.surrogates import half_pair


def parse_object(text: str) -> dict[str, Any]:
    """The object in `text`. Raises BadRowError, also for NaN, keys that come twice, and half of a surrogate pair."""
    try:
        found = _decode(text)
    except json.JSONDecodeError as error:
        raise BadRowError(f"not JSON: {error.msg.lower()} (column {error.pos + 1})") from error
    except RecursionError as error:
        raise BadRowError("nested too deeply") from error
    except ValueError as error:  # an integer of more digits than Python converts
        raise BadRowError(f"not JSON that can be read: {str(error).partition(';')[0].lower()}") from error
    if not isinstance(found, dict):
        raise BadRowError(f"{_KINDS[type(found)]} where an object is expected")
    if "\\u" in text:
        check_unicode(_encode(found))
    return found


def check_unicode(text: str) -> None:
    """Raise BadRowError if `text` holds half of a surrogate pair, which no API can be sent."""
    if found := half_pair(text):
        raise BadRowError(found)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise BadRowError(f"the key {_encode(twice)} is there twice")
    return found


def _constant(word: str) -> None:
    raise BadRowError(f"{word} is not JSON")


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise BadRowError(f"the number {digits[:40]} is too large")
    return number


_KINDS = {list: "an array", str: "a string", int: "a number", float: "a number", bool: "a boolean", type(None): "null"}
_decode = json.JSONDecoder(object_pairs_hook=_object, parse_constant=_constant, parse_float=_float).decode
_encode = json.JSONEncoder(ensure_ascii=False).encode
