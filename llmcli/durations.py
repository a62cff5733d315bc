"""Lengths of time as people type them."""

from __future__ import annotations

import re

from llmcli.errors import UsageError

_UNITS_S = {"ms": 0.001, "": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?|\.\d+)\s*(ms|s|m|h|d|)")


def parse_duration_s(text: str) -> float:
    """Seconds in `text`, such as `30`, `1.5s`, `200ms`, `2m`, `1h` or `7d`. Raises UsageError."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise UsageError(f'"{text}" is not a length of time', hint="write it like 30, 1.5s, 200ms, 2m or 1h")
    return float(match[1]) * _UNITS_S[match[2]]
