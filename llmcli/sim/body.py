"""JSON on the wire: bodies are read by its rules and nothing looser, and written as the vendors do."""

from __future__ import annotations

import json
import math
from typing import NoReturn

from llmcli.sim.checks import JsonObject


def parse(raw: bytes) -> JsonObject:
    """The object in `raw`. Raises ValueError with the reason if there is none.

    Stricter than `json.loads`: no NaN or Infinity, also none for a number too large, and no halves of surrogate
    pairs, which are not text.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if b"\\ud" in raw.lower():
        try:
            compact(value).encode()
        except UnicodeEncodeError:
            raise ValueError("lone surrogate in string") from None
    if not isinstance(value, dict):
        raise ValueError("the top level must be an object")  # noqa: TRY004 - a client's mistake, not a caller's
    return value


def compact(value: object) -> str:
    """JSON as the vendors send it: no spaces, characters as they are."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError("number out of range")
    return number
