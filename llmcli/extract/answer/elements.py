"""The text of an element to its value, or to what is wrong with it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

_SWALLOWED = re.compile(r"[,\n]\s*(?=[{\[])")
_MOST_SWALLOWED = 100


@dataclass(frozen=True)
class Element:
    """One element of the array; `problem` is None unless it is broken."""

    value: Any
    text: str
    problem: str | None = None


def read(text: str, parse: Callable[[str], Any]) -> Iterator[tuple[str, Any, str | None]]:
    """Text, value and problem of the element that `text` is; of two, if a broken one has swallowed the next."""
    try:
        yield text, parse(text), None
    except (ValueError, RecursionError) as error:
        at, value = _swallowed(text, parse)
        yield text[:at].rstrip(", \t\r\n"), None, describe(error)
        if at < len(text):
            yield text[at:], value, None


def describe(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg[:1].lower()}{error.msg[1:].removesuffix(' at')} at character {error.pos + 1}"
    return str(error) or type(error).__name__


def _swallowed(text: str, parse: Callable[[str], Any]) -> tuple[int, Any]:
    """Where in a broken element a value begins that is whole and ends where it ends; no two can."""
    starts = [found.end() for found in _SWALLOWED.finditer(text)]
    for at in reversed(starts[-_MOST_SWALLOWED:]):
        try:
            return at, parse(text[at:])
        except (ValueError, RecursionError):
            continue
    return len(text), None
