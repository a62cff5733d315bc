"""What stands in the journal, checked to be what a job writes: somebody else may have, or a disk have changed it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from llmcli.errors import one_line

_MOST_SHOWN = 40
_LATEST_S = 1e11  # seconds since 1970: the year 5138
_MANIFEST: dict[str, type | tuple[type, ...]] = {
    "options": dict,
    "reading": dict,
    "input": dict,
    "dedupe": bool,
    "created": (int, float),
    "run": str,
}


class DamagedError(Exception):
    """A value that no job has written; the message names it."""

    def __init__(self, what: str, value: object) -> None:
        shown = repr(value)
        super().__init__(one_line(f"{what} is {shown if len(shown) <= _MOST_SHOWN else shown[:_MOST_SHOWN] + '…'}"))


def manifest(pairs: Iterable[tuple[Any, Any]]) -> dict[str, Any] | None:
    """What the journal was made for; None before a job was loaded."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        try:
            found[str(name)] = json.loads(value)
        except (TypeError, ValueError, RecursionError):
            raise DamagedError(f"its {name}", value) from None
    if found:
        for name, kind in _MANIFEST.items():
            if not isinstance(found.get(name), kind):
                raise DamagedError(f"its {name}", found.get(name))
        seconds(found["created"])
    return found or None


def whole(value: Any, what: str = "a number") -> int:
    if not isinstance(value, int):
        raise DamagedError(what, value)
    return value


def text(value: Any, what: str = "a text") -> str:
    if not isinstance(value, str):
        raise DamagedError(what, value)
    return value


def blob(value: Any) -> bytes:
    if not isinstance(value, bytes):
        raise DamagedError("a hash", value)
    return value


def line(value: Any) -> str:
    """A line of the output, as far as can be seen at a glance: to read all of it takes as long as the job's output."""
    if not isinstance(value, str) or not value.startswith("{") or not value.endswith("}") or "\n" in value:
        raise DamagedError("a result", value)
    return value


def amount(value: Any) -> Decimal:
    """Dollars."""
    try:
        found = Decimal(value)
    except (TypeError, ValueError, InvalidOperation):
        raise DamagedError("an amount", value) from None
    if not found.is_finite() or not 0 <= found < 10**18:
        raise DamagedError("an amount", value)
    return found


def seconds(value: Any) -> float | None:
    """A time since 1970."""
    if value is not None and (not isinstance(value, int | float) or not 0 <= value <= _LATEST_S):
        raise DamagedError("a time", value)
    return value
