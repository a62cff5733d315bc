"""All limits of a provider together: when the next row may be sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from llmcli.batch.rates.bucket import Bucket, Taken
from llmcli.batch.rates.headers import Kind, Told

# After a 429 that does not say for how long, by how many in a row there were.
PAUSE_S, LONGEST_PAUSE_S = 1.0, 30.0
# What a server asks to wait is lengthened by up to this part, so that clients do not come back together.
JITTER = 0.1
# Of each new row, in what is usual.
SMOOTHING = 0.1

_WORDS: dict[Kind, str] = {
    "requests": "requests",
    "input_tokens": "input tokens",
    "output_tokens": "output tokens",
    "tokens": "tokens",
}


@dataclass(frozen=True)
class Needs:
    """What sending a row takes: its input, counted or estimated, and the most that may come back."""

    input_tokens: int
    output_tokens: int

    def of(self, kind: Kind, written: float = 1.0) -> float:
        """How much of that kind, if `written` is the part of the output that does come."""
        match kind:
            case "requests":
                return 1
            case "input_tokens":
                return self.input_tokens
            case "output_tokens":
                return self.output_tokens * written
            case "tokens":
                return self.input_tokens + self.output_tokens * written


@dataclass(frozen=True)
class Reservation:
    """What was taken for a row, and from where."""

    needs: Needs
    taken: Mapping[Kind, Taken]


def refusal(limits: Mapping[Kind, float | None], needs: Needs) -> str | None:
    """Why a row can never be sent under limits a minute, as a lower-case fact; None if it can."""
    for kind, limit in limits.items():
        if limit is not None and needs.of(kind) > limit:
            most = " at most" if kind in ("output_tokens", "tokens") else ""
            return f"it takes{most} {needs.of(kind):,.0f} {_WORDS[kind]}, more than the {limit:,.0f} a minute"
    return None


class Rates:
    """Limits a minute that were set, and those that the provider tells; the lower one counts.

    `draw(bound)` gives a number between 0 and `bound`.
    """

    def __init__(self, limits: Mapping[Kind, int | None], now: float, draw: Callable[[float], float]) -> None:
        self._set = {kind: limit for kind, limit in limits.items() if limit is not None}
        self._buckets = {kind: Bucket(limit, now) for kind, limit in self._set.items()}
        self._draw = draw
        self._paused_until = now
        self._paused_at = now
        self._in_a_row = 0
        self._written = 1.0  # the part of the most output that rows turn out to write, smoothed

    def limits(self) -> dict[Kind, float]:
        """The limits a minute that are known."""
        return {kind: bucket.per_minute for kind, bucket in self._buckets.items()}

    def refusal(self, needs: Needs) -> str | None:
        """Why a row can never be sent, as a lower-case fact; None if it can."""
        return refusal(self.limits(), needs)

    def delay_until_ok(self, now: float, needs: Needs) -> float:
        """Seconds until the row may be sent, as far as is known now; 0.0 is now."""
        part = self._written
        waits = (bucket.delay(now, needs.of(kind), needs.of(kind, part)) for kind, bucket in self._buckets.items())
        return max(self._paused_until - now, 0.0, *waits)

    def take(self, now: float, needs: Needs) -> Reservation:
        """Count the row as sent: for the limits with the most output, for the pace with what is usual."""
        part, buckets = self._written, self._buckets.items()
        return Reservation(
            needs, {kind: each.take(now, needs.of(kind), needs.of(kind, part)) for kind, each in buckets}
        )

    def settle(self, now: float, held: Reservation, input_tokens: int | None, output_tokens: int | None) -> None:
        """Give back what was not used; what is None is not known and stays taken."""
        used = Needs(
            held.needs.input_tokens if input_tokens is None else input_tokens,
            held.needs.output_tokens if output_tokens is None else output_tokens,
        )
        if output_tokens and held.needs.output_tokens:
            self._written += SMOOTHING * (min(1.0, output_tokens / held.needs.output_tokens) - self._written)
        for kind, taken in held.taken.items():
            self._buckets[kind].settle(now, taken, used.of(kind))

    def learn(self, now: float, told: list[Told]) -> None:
        """Go by what the provider's headers say."""
        for kind, limit, remaining, _ in told:
            lower = min(limit, self._set.get(kind, limit))
            if kind not in self._buckets:
                self._buckets[kind] = Bucket(lower, now)
            self._buckets[kind].learn(now, lower, remaining)

    def answered(self) -> None:
        """A row went through: the next pause is a first one."""
        self._in_a_row = 0

    def throttled(self, now: float, sent_at: float, retry_after_s: float | None) -> None:
        """Pause everything, since the limit is not one row's. Rows that were on their way together are one event."""
        again = sent_at >= self._paused_at
        if again:
            self._in_a_row += 1
            self._paused_at = now
        if retry_after_s is not None:
            wait_s = retry_after_s + self._draw(retry_after_s * JITTER)
        elif again:
            bound_s = min(LONGEST_PAUSE_S, PAUSE_S * 2.0 ** (self._in_a_row - 1))
            wait_s = bound_s / 2 + self._draw(bound_s / 2)
        else:
            return
        self._paused_until = max(self._paused_until, now + wait_s)
        for bucket in self._buckets.values():
            bucket.drain(self._paused_until)
