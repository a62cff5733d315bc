"""Requests per minute, as both vendors count them: a bucket that refills all the time."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

# What is said when no limit was set: generous, as for an organization of a high tier.
UNLIMITED_REQUESTS = 10_000
INPUT_TOKENS = 10_000_000
OUTPUT_TOKENS = 2_000_000


@dataclass(frozen=True)
class RateState:
    """`remaining` of `limit` requests; full again in `reset_s`, one more in `retry_after_s`."""

    limit: int = UNLIMITED_REQUESTS
    remaining: int = UNLIMITED_REQUESTS - 1
    reset_s: float = 0.006
    retry_after_s: float = 0.0
    allowed: bool = True


class Limiter:
    """A token bucket that holds one minute's worth of requests; None requests per minute means no limit."""

    def __init__(self, requests_per_minute: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = requests_per_minute
        self._clock = clock
        self._level = float(requests_per_minute or 0)
        self._filled_at = clock()

    def take(self) -> RateState:
        """Count one request; `allowed` says whether it may be served."""
        if self._per_minute is None:
            return RateState()
        now = self._clock()
        per_second = self._per_minute / 60
        self._level = min(self._per_minute, self._level + (now - self._filled_at) * per_second)
        self._filled_at = now
        allowed = self._level >= 1
        if allowed:
            self._level -= 1
        return RateState(
            limit=self._per_minute,
            remaining=int(self._level),
            reset_s=(self._per_minute - self._level) / per_second,
            retry_after_s=0.0 if self._level >= 1 else (1 - self._level) / per_second,
            allowed=allowed,
        )
