"""Servers that limit rates in the three ways that are known, and a job that is sent to one, on a clock of its own."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from llmcli.batch.rates.concurrency import Concurrency
from llmcli.batch.rates.headers import Kind, Told
from llmcli.batch.rates.rates import Needs, Rates, Reservation


class Server(Protocol):
    """`take` says whether an amount that arrives at a time is within the limit, and how much is left."""

    def take(self, now: float, amount: float) -> tuple[bool, float]: ...


class FixedWindow:
    """Counts anew with every minute of its own clock."""

    def __init__(self, limit: float, shift_s: float = 37.3) -> None:
        self.limit, self._shift_s, self._minute, self._used = limit, shift_s, -1.0, 0.0

    def take(self, now: float, amount: float) -> tuple[bool, float]:
        minute = (now + self._shift_s) // 60
        if minute != self._minute:
            self._minute, self._used = minute, 0.0
        allowed = self._used + amount <= self.limit
        self._used += amount if allowed else 0.0
        return allowed, self.limit - self._used


class SlidingWindow:
    """Counts what it has let through in the last sixty seconds."""

    def __init__(self, limit: float) -> None:
        self.limit, self._log, self._used = limit, deque[tuple[float, float]](), 0.0

    def take(self, now: float, amount: float) -> tuple[bool, float]:
        while self._log and self._log[0][0] <= now - 60:
            self._used -= self._log.popleft()[1]
        allowed = self._used + amount <= self.limit
        if allowed:
            self._log.append((now, amount))
            self._used += amount
        return allowed, self.limit - self._used


class Refilling:
    """A bucket of `burst` that refills all the time; a minute's worth unless told otherwise."""

    def __init__(self, limit: float, burst: float | None = None) -> None:
        self.limit, self._burst = limit, limit if burst is None else burst
        self._level, self._at = self._burst, 0.0

    def take(self, now: float, amount: float) -> tuple[bool, float]:
        self._level = min(self._burst, self._level + (now - self._at) * self.limit / 60)
        self._at = now
        allowed = self._level >= amount
        self._level -= amount if allowed else 0.0
        return allowed, self._level


@dataclass
class Seen:
    """What a server saw of a job, and the most that was on its way at once."""

    allowed: int = 0
    refused: int = 0
    most_in_flight: int = 0
    arrivals: list[float] = field(default_factory=list)


def run(
    rates: Rates,
    server: Server,
    duration_s: float,
    *,
    kind: Kind = "requests",
    needs: Callable[[int], Needs] = lambda number: Needs(100, 100),
    used: Callable[[Needs], Needs] = lambda needs: needs,
    tells: bool = False,
    retry_after_s: float | None = None,
    concurrency: Concurrency | None = None,
    latency_s: Callable[[], float] | None = None,
) -> Seen:
    """Send rows for so long, each refused one again, and see what the server makes of it."""
    draw = random.Random(5)
    latency = latency_s or (lambda: draw.uniform(0.2, 1.0))
    concurrency = concurrency or Concurrency()
    seen, now, number = Seen(), 0.0, 0
    events: list[tuple[float, int, Callable[[float], None]]] = []
    in_flight = 0

    def arrive(at: float, sent_at: float, held: Reservation, flying: int) -> None:
        amount = used(held.needs).of(kind)
        allowed, left = server.take(at, amount)
        seen.arrivals.append(at)

        def back(at: float) -> None:
            nonlocal in_flight
            in_flight -= 1
            if allowed:
                seen.allowed += 1
                spent = used(held.needs)
                rates.settle(at, held, spent.input_tokens, spent.output_tokens)
                rates.answered()
                concurrency.answered(at, sent_at, flying)
            else:
                seen.refused += 1
                rates.settle(at, held, 0, 0)
                rates.throttled(at, sent_at, retry_after_s)
                concurrency.throttled(at, sent_at)
            if tells:
                rates.learn(at, [Told(kind, int(server.limit), max(0, int(left)), None)])  # type: ignore[attr-defined]

        heapq.heappush(events, (at + (latency() if allowed else 0.05), id(back), back))

    while now < duration_s:
        while events and events[0][0] <= now:
            at, _, event = heapq.heappop(events)
            event(at)
        wait_s = rates.delay_until_ok(now, needs(number))
        if in_flight >= concurrency.limit:
            now = events[0][0]
        elif wait_s > 0:
            now = min(now + wait_s, events[0][0]) if events else now + wait_s
        else:
            held = rates.take(now, needs(number))
            number += 1
            in_flight += 1
            seen.most_in_flight = max(seen.most_in_flight, in_flight)
            arrives = now + draw.uniform(0.005, 0.05)
            sent_at, flying = now, in_flight
            heapq.heappush(
                events,
                (arrives, number, lambda at, s=sent_at, h=held, f=flying: arrive(at, s, h, f)),  # type: ignore[misc]
            )
            now += 1e-4
    return seen
