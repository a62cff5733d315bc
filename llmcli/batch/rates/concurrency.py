"""How many rows are on their way at once: more as long as that is good, less when the provider is overrun.

From 4 it doubles with every round until the first 429 or until answers take much longer; from then on it grows by
one a round, and is cut when that happens again: once for all rows that were on their way together.
"""

from __future__ import annotations

from collections import deque
from statistics import median

START = 4
MOST = 256
CUT = 0.5
CUT_BY_LATENCY = 0.75
# A cliff is where the median of a round is this many times the best round's, and longer by so much at least.
CLIFF = 2.5
CLIFF_S = 0.25
LEAST_SAMPLES = 8
ROUNDS_REMEMBERED = 64


class Concurrency:
    """The present `limit`. `fixed` keeps it at a number, `most` bounds it."""

    def __init__(self, *, fixed: int | None = None, most: int = MOST) -> None:
        self._fixed = fixed
        self._most = most
        self._limit = float(min(START, most) if fixed is None else fixed)
        self._doubling = True
        self._grown = 0  # answers since the last step of one
        self._cut_at = -float("inf")
        self._round: list[float] = []  # latencies since the last look at them
        self._round_began = -float("inf")
        self._rounds: deque[float] = deque(maxlen=ROUNDS_REMEMBERED)  # the medians of the last rounds

    @property
    def limit(self) -> int:
        return int(self._limit)

    def answered(self, now: float, sent_at: float, in_flight: int) -> None:
        """A row went through that was sent at `sent_at`; `in_flight` were on their way then, itself included."""
        if self._fixed is not None:
            return
        if in_flight * 2 > self._limit:  # what is not used says nothing about more
            self._grown += 1
            if self._doubling or self._grown >= self.limit:
                self._limit = min(float(self._most), self._limit + 1.0)
                self._grown = 0
        self._watch(now, sent_at)

    def throttled(self, now: float, sent_at: float) -> None:
        """The provider has refused a row for going too fast."""
        self._reduce(now, sent_at, CUT)

    def _watch(self, now: float, sent_at: float) -> None:
        """Compare latencies round by round: a round is what was sent after the last one was looked at."""
        if sent_at < self._round_began:
            return
        self._round.append(now - sent_at)
        if len(self._round) < max(LEAST_SAMPLES, self._limit / 2):
            return
        middle, self._round = median(self._round), []
        self._round_began = now
        best = min(self._rounds, default=middle)
        self._rounds.append(middle)
        if middle > best * CLIFF and middle > best + CLIFF_S:
            self._reduce(now, sent_at, CUT_BY_LATENCY)

    def _reduce(self, now: float, sent_at: float, factor: float) -> None:
        if self._fixed is not None or sent_at < self._cut_at:
            return
        self._doubling = False
        self._cut_at = now
        self._limit = max(1.0, self._limit * factor)
