"""JSON values: read strictly, compared as JSON compares them, and shown in few characters."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Hashable
from typing import Any

from llmcli.surrogates import half_pair

TYPES = ("null", "boolean", "integer", "number", "string", "array", "object")


# Half of a surrogate pair, or what may stand for one: too seldom to look at every character for it.
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]|[\ud800-\udfff]")


def parse(text: str) -> Any:
    """The value of a JSON text.

    Raises ValueError, also for NaN, for infinity, for half of a surrogate pair, which no file can hold, and for what is
    nested too deeply.
    """
    try:
        value = _DECODER.decode(text)
        if _SURROGATE.search(text):
            _check_unicode(value)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def parse_at(text: str, at: int) -> tuple[Any, int]:
    """The value that begins at `at`, and where it ends. Raises as `parse` does."""
    try:
        value, end = _DECODER.raw_decode(text, at)
        if _SURROGATE.search(text, at, end):
            _check_unicode(value)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value, end


def _check_unicode(value: Any) -> None:
    if found := half_pair(json.dumps(value, ensure_ascii=False)):
        raise ValueError(found)


def _no_constant(name: str) -> Any:
    raise ValueError(f"JSON has no {name}")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{shown(text)} is too large a number")
    return number


# Made once: `json.loads` would make one for every call.
_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite)


def write(value: Any) -> str:
    """`value` as compact JSON text. Raises ValueError if it is not JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except TypeError as error:
        raise ValueError(str(error)) from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def type_of(value: Any) -> str:
    """The JSON type of `value`; 1.0 is an integer, as JSON Schema has it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def identity(value: Any) -> Hashable:
    """Equal for values that JSON Schema takes as equal: 1 and 1.0 are, 1 and true are not."""
    if isinstance(value, dict):
        return ("object", frozenset((key, identity(each)) for key, each in value.items()))
    if isinstance(value, list):
        return ("array", tuple(identity(each) for each in value))
    kind = type_of(value)
    return ("number" if kind == "integer" else kind, value)


def same(one: Any, other: Any) -> bool:
    return identity(one) == identity(other)


def shown(value: Any, most: int = 60) -> str:
    """`value` for a message: as JSON, and not much of it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else f"{text[:most]}…"
