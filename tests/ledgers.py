"""Ledgers made up for tests of what reads them."""

from __future__ import annotations

import random
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from llmcli.ledger import NO_CHARGE, Charge, Ledger, Sent, Settled
from llmcli.messages import UNKNOWN_COST, Cost, Usage

UNKNOWN = Charge(None, 0)


def at(text: str) -> float:
    """Seconds since 1970 of a time with its offset, such as 2026-10-25T02:30+02:00."""
    return datetime.fromisoformat(text).timestamp()


class Book:
    """Writes attempts that are over, as the program does."""

    def __init__(self, directory: Path) -> None:
        self.ledger = Ledger(directory, _never)
        self.calls = 0

    def call(self, time: float, *settled: Settled, models: tuple[str, ...] = ("m",), **sent: object) -> str:
        """One call with an attempt for each of `settled`, a second apart; the last model answers the rest."""
        self.calls += 1
        given = {"command": "ask", "provider": "anthropic", **sent}
        for number, one in enumerate(settled):
            model = models[min(number, len(models) - 1)]
            attempt = Sent(f"call-{self.calls}", number + 1, model=model, time=time + number, **given)  # type: ignore[arg-type]
            self.ledger.settle(self.ledger.begin(attempt, UNKNOWN), attempt, one)
        return f"call-{self.calls}"

    def open(self, time: float, **sent: object) -> None:
        """An attempt that is still running."""
        given = {"command": "ask", "provider": "anthropic", "model": "m", **sent}
        self.ledger.begin(Sent("open", 1, time=time, **given), UNKNOWN)  # type: ignore[arg-type]

    def close(self) -> None:
        self.ledger.close()


def ok(usd: str | None = "0.01", latency_ms: int = 1000, ttft_ms: int | None = None, **usage: int) -> Settled:
    """An attempt that brought an answer; without `usd` its price is unknown."""
    counts = {"input_tokens": 100, "output_tokens": 20, "cache_read_tokens": 0, "cache_write_tokens": 0} | usage
    amount = None if usd is None else Decimal(usd)
    return Settled(
        "ok",
        usage=Usage(**{"reasoning_tokens": 0, **counts}),
        cost=UNKNOWN_COST if amount is None else Cost(amount, "measured", "x"),
        charge=Charge(amount, counts["input_tokens"] + counts["output_tokens"]),
        latency_ms=latency_ms,
        ttft_ms=ttft_ms,
    )


def limited() -> Settled:
    """An attempt that was refused, and costs nothing."""
    return Settled("rate_limited", http_status=429, charge=NO_CHARGE, latency_ms=90)


def timed_out() -> Settled:
    """An attempt of which nobody knows what it cost."""
    return Settled("unavailable", charge=UNKNOWN, latency_ms=30_000)


def of_chance(book: Book, chance: random.Random, since: float, until: float, calls: int) -> None:
    """Calls of all sorts."""
    for _ in range(calls):
        begun = chance.uniform(since, until)
        answered = ok(
            chance.choice(["0.0123", "0.0000001", "1.5", None]),
            chance.randrange(100, 9000),
            chance.choice([None, chance.randrange(10, 100)]),
            input_tokens=chance.randrange(5000),
            output_tokens=chance.randrange(900),
            cache_read_tokens=chance.randrange(50),
        )
        ends = [[answered], [limited(), answered], [limited(), timed_out()], [timed_out(), limited(), answered]]
        tags = chance.choice([{}, {"team": "a"}, {"team": "ü b", "job": "x"}])
        book.call(
            begun,
            *chance.choice(ends),
            models=chance.choice([("fast",), ("fast", "slow"), ("slow",)]),
            provider=chance.choice(["anthropic", "openai"]),
            command=chance.choice(["ask", "stream"]),
            tags=tags,
        )


def _never(message: str) -> None:
    raise AssertionError(message)
