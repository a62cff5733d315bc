"""What the charts show: dollars by day and model, and latencies in classes."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from array import array

    from llmcli.ledger.group import Group

OTHERS = "others"
_LONGEST_IN_DAYS = 92


@dataclass(frozen=True)
class Spending:
    """Dollars of each model in each day (or month, over longer times); the dearest models first, without gaps."""

    unit: str
    periods: tuple[str, ...]
    usd: dict[str, dict[str, Decimal]]  # model -> period -> dollars
    unknown_attempts: int


def spending(groups: list[Group], most_models: int) -> Spending:
    """Of groups by model and day. All but the dearest models are OTHERS; those without a price are left out."""
    days = sorted({str(group.key[1]) for group in groups})
    whole = _days(days[0], days[-1]) if days else []
    by_day = len(whole) <= _LONGEST_IN_DAYS
    width = len("2026-11-01" if by_day else "2026-11")
    totals: dict[str, Decimal] = {}
    for group in groups:
        if group.cost_usd is not None:
            totals[str(group.key[0])] = totals.get(str(group.key[0]), Decimal(0)) + group.cost_usd
    ordered = sorted(totals, key=lambda model: (-totals[model], model))
    kept = ordered if len(ordered) <= most_models else [*ordered[: most_models - 1], OTHERS]
    periods = tuple(dict.fromkeys(day[:width] for day in whole))
    usd = {model: dict.fromkeys(periods, Decimal(0)) for model in kept}
    for group in groups:
        if group.cost_usd is not None:
            model = str(group.key[0]) if str(group.key[0]) in usd else OTHERS
            usd[model][str(group.key[1])[:width]] += group.cost_usd
    unknown = sum(group.unknown("cost_picousd") for group in groups)
    return Spending("day" if by_day else "month", periods, usd, unknown)


def count_between(runs: list[array[int]], low: int, high: int) -> int:
    """How many values are above `low`, up to and with `high`."""
    return sum(bisect_right(run, high) - bisect_right(run, low) for run in runs)


def _days(first: str, last: str) -> list[str]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(begin + timedelta(days=number)).isoformat() for number in range((end - begin).days + 1)]
