"""How far a job is at one moment, and how fast it has lately been."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal

# Rates are those of the last half minute: a job's speed changes with its limits.
RECENT_S = 30.0
SAMPLE_S = 0.5


@dataclass(frozen=True)
class Snapshot:
    """What the runner knows. `done` and `failed` count all runs of the job; `before` of them were settled earlier.

    Tokens are those of this run, in and out. `spent_usd` is what this run cost, None if no price is known.
    """

    total: int
    done: int
    failed: int
    in_flight: int
    concurrency: int
    before: int = 0
    tokens: int = 0
    spent_usd: Decimal | None = None
    held: str | None = None  # why nothing is sent just now, such as "paused by the server"

    @property
    def settled(self) -> int:
        return self.done + self.failed


@dataclass(frozen=True)
class Speed:
    """Of the last half minute; None is not known yet. `projected_usd` is what this run will have cost at its end."""

    rows_per_s: float | None
    tokens_per_s: float | None
    left_s: float | None
    projected_usd: Decimal | None


class Speedometer:
    """Takes snapshots as they come."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int, int]] = deque()

    def take(self, now: float, snapshot: Snapshot) -> Speed:
        samples = self._samples
        if not samples or now - samples[-1][0] >= SAMPLE_S:
            samples.append((now, snapshot.settled, snapshot.tokens))
        while len(samples) > 2 and samples[1][0] <= now - RECENT_S:
            samples.popleft()
        began, settled, tokens = samples[0]
        passed_s = now - began
        projected = self._projected(snapshot)
        if passed_s <= 0:
            return Speed(None, None, None, projected)
        rows_per_s = (snapshot.settled - settled) / passed_s
        left = snapshot.total - snapshot.settled
        left_s = left / rows_per_s if rows_per_s > 0 else None
        return Speed(rows_per_s, (snapshot.tokens - tokens) / passed_s, 0.0 if left == 0 else left_s, projected)

    def _projected(self, snapshot: Snapshot) -> Decimal | None:
        """As if the rows that are left cost what those of this run did."""
        ours = snapshot.settled - snapshot.before
        if snapshot.spent_usd is None or ours <= 0:
            return None
        return snapshot.spent_usd * (snapshot.total - snapshot.before) / ours
