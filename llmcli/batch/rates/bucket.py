"""So much a minute, spread evenly.

Nobody says how a server counts: by the minute on the clock, over the last sixty seconds, or with a bucket that
refills all the time. Two rules together satisfy all three. What is sent follows a line of slightly less than the
limit, with hardly any burst; and what was sent in any sixty seconds is never more than the limit. As long as the
server says that nearly all of its limit is left, neither is needed.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

WINDOW_S = 60.0
BIN_S = 1.0
# Requests do not arrive in the same distances in which they were sent; this much room is left for that.
PACE = 0.97
BURST_S = 0.5
# The part of a limit that may be on its way unpaced while the server says that all but this part is left.
SPARE = 0.1
# So that rounding does not make it a wait that never ends.
TICK_S = 1e-6


class Taken(NamedTuple):
    """What was taken for a row: at most `need`, probably `expected`, in the second that begins at `at`."""

    at: float
    need: float
    expected: float


class Bucket:
    """A limit a minute of one kind."""

    def __init__(self, per_minute: float, now: float) -> None:
        self.per_minute = float(per_minute)
        self._level = self._burst  # what may be sent at once; below zero after something large
        self._filled_at = now
        self._bins: deque[list[float]] = deque()  # [begin, amount] of what was sent in the window, by the second
        self._sent = 0.0
        self._on_its_way = 0.0
        self._plenty = False

    @property
    def _rate(self) -> float:
        return self.per_minute * PACE / WINDOW_S

    @property
    def _burst(self) -> float:
        return max(1.0, self._rate * BURST_S)

    def delay(self, now: float, need: float, expected: float) -> float:
        """Seconds until a row may be sent; 0.0 is now. What is more than the limit has to be refused instead."""
        self._fill(now)
        if self._plenty and self._on_its_way + need <= SPARE * self.per_minute:
            return 0.0
        short = min(expected, self._burst) - self._level
        paced = short / self._rate if short > 0 else 0.0
        wait_s = max(paced, self._until_room(now, need))
        return wait_s + TICK_S if wait_s > 0 else 0.0

    def take(self, now: float, need: float, expected: float) -> Taken:
        """Count a row as sent."""
        self._fill(now)
        self._level -= expected
        self._on_its_way += need
        begin = now // BIN_S * BIN_S
        if not self._bins or self._bins[-1][0] < begin:
            self._bins.append([begin, 0.0])
        self._bins[-1][1] += need
        self._sent += need
        return Taken(self._bins[-1][0], need, expected)

    def settle(self, now: float, taken: Taken, used: float) -> None:
        """Correct what was taken to what was `used`."""
        self._fill(now)
        self._on_its_way -= taken.need
        self._level = min(self._burst, self._level + taken.expected - used)
        for each in reversed(self._bins):
            if each[0] == taken.at:
                each[1] += used - taken.need
                self._sent += used - taken.need
                return

    def learn(self, now: float, limit: float, remaining: float | None) -> None:
        """Go by what the server says; others may use the same limit, so that less may be left than we know of."""
        self._fill(now)
        self.per_minute = float(limit)
        self._plenty = remaining is not None and remaining >= (1 - SPARE) * limit
        self._level = min(self._level, self._burst, *(() if remaining is None else (remaining,)))

    def drain(self, now: float) -> None:
        """No burst after a pause that ends `now`."""
        self._fill(now)
        self._plenty = False
        self._level = min(self._level, 0.0)

    def _fill(self, now: float) -> None:
        self._level = min(self._burst, self._level + max(0.0, now - self._filled_at) * self._rate)
        self._filled_at = max(now, self._filled_at)
        while self._bins and self._bins[0][0] + BIN_S + WINDOW_S <= now:
            self._sent -= self._bins.popleft()[1]

    def _until_room(self, now: float, need: float) -> float:
        excess = self._sent + need - self.per_minute
        if excess <= 0:
            return 0.0
        for begin, amount in self._bins:
            excess -= amount
            if excess <= 0:
                return begin + BIN_S + WINDOW_S - now
        return 0.0  # alone it is more than the limit, which `Rates.refusal` has said
