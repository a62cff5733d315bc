"""What a provider says of its limits in the headers of an answer.

Anthropic: `anthropic-ratelimit-{requests,tokens,input-tokens,output-tokens}-{limit,remaining,reset}`, the reset as
a time (RFC 3339). OpenAI: `x-ratelimit-{limit,remaining,reset}-{requests,tokens}`, the reset as a length of time
(`6m0s`). "Rate limits" pages of both, 2026-10.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, NamedTuple

Kind = Literal["requests", "input_tokens", "output_tokens", "tokens"]
KINDS: tuple[Kind, ...] = ("requests", "input_tokens", "output_tokens", "tokens")
"""What is limited; `tokens` are input and output together."""

_LENGTH = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?", re.ASCII)
_UNITS_S = (86400.0, 3600.0, 60.0, 1.0, 0.001)


class Told(NamedTuple):
    """A limit a minute; how much of it is left, and in how many seconds it is whole again, if that was said."""

    kind: Kind
    limit: int
    remaining: int | None
    reset_s: float | None


def told_by(headers: Mapping[str, str], now: float) -> list[Told]:
    """The limits in `headers`, whose names are in lower case; `now` is the wall clock, in seconds since 1970."""
    found = []
    for kind in KINDS:
        name = kind.replace("_", "-")
        for form in (f"anthropic-ratelimit-{name}-{{}}", f"x-ratelimit-{{}}-{name}"):
            limit = _count(headers.get(form.format("limit")))
            if limit:
                remaining = _count(headers.get(form.format("remaining")))
                found.append(Told(kind, limit, remaining, _seconds(headers.get(form.format("reset")), now)))
                break
    return found


def _count(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else None


def _seconds(text: str | None, now: float) -> float | None:
    """A length of time such as `1m30.5s` or `120ms`, plain seconds, or a time in the future."""
    if not text:
        return None
    length = _LENGTH.fullmatch(text)
    if length is not None:
        return math.fsum(float(part or 0) * unit for part, unit in zip(length.groups(), _UNITS_S, strict=True))
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        try:
            seconds = float(text)
        except ValueError:
            return None
        return seconds if 0 <= seconds < math.inf else None
    return max(0.0, (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp() - now)
