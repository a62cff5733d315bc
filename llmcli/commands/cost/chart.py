"""Spend by day and latencies as text: bars of blocks, without colour, so that they go through a pipe."""

from __future__ import annotations

import shutil
from bisect import bisect_left
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from llmcli.commands.cost.drawing import Spending, count_between, spending
from llmcli.commands.cost.fields import usd

if TYPE_CHECKING:
    from llmcli.ledger.group import Group

_FILLS = "█▓▒░+·"
_WIDEST = 100
_STEPS = (1, 2, 5)


def chart(groups: list[Group]) -> str:
    """Of groups by model and day."""
    if not groups:
        return ""
    from llmcli.ledger.group import total

    width = min(_WIDEST, shutil.get_terminal_size().columns)
    return f"\n{_spend(spending(groups, len(_FILLS)), width)}\n{_latencies(total(groups), width)}"


def _spend(spent: Spending, width: int) -> str:
    sums = {period: sum((of[period] for of in spent.usd.values()), Decimal(0)) for period in spent.periods}
    shown = {period: usd(amount) for period, amount in sums.items()}
    room = max(10, width - max(map(len, shown)) - max(map(len, shown.values())) - 4)
    most = max(sums.values()) or Decimal(1)
    left_out = f", without {spent.unknown_attempts} attempts of unknown price" if spent.unknown_attempts else ""
    lines = [f"USD by {spent.unit} and model{left_out}"]
    for period, amount in shown.items():
        bar, reached = "", Decimal(0)
        for fill, of in zip(_FILLS, spent.usd.values(), strict=False):
            reached += of[period]
            bar += fill * (int(reached / most * room + Decimal("0.5")) - len(bar))
        lines.append(f"{period}  {bar.ljust(room)}  {amount.rjust(max(map(len, shown.values())))}")
    for fill, (model, of) in zip(_FILLS, spent.usd.items(), strict=False):
        lines.append(f"{fill * 2} {model}: {usd(sum(of.values()))} USD")
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _latencies(whole: Group, width: int) -> str:
    """A bar for each class of latencies, whose upper bounds are 1, 2, 5, 10, 20, … ms."""
    spread = whole.latency_ms
    least, most = spread.percentile(0), spread.percentile(100)
    if least is None or most is None:
        return "latency: unknown\n"
    bounds = [-1, *(step * 10**power for power in range(len(str(most)) + 1) for step in _STEPS)]
    first = bisect_left(bounds, least) - 1
    bounds = bounds[first : bisect_left(bounds, most) + 1]
    counts = [count_between(spread.runs, low, high) for low, high in pairwise(bounds)]
    names = [f"to {_seconds(bound)}" for bound in bounds[1:]]
    numbers = [f"{count:,}" for count in counts]
    wide, widest = max(map(len, names)), max(map(len, numbers))
    room = max(10, width - wide - widest - 4)
    marks = ", ".join(f"p{percent} {_seconds(spread.percentile(percent) or 0)}" for percent in (50, 95, 99))
    lines = [f"attempts by latency; {marks}"]
    for name, count, number in zip(names, counts, numbers, strict=True):
        lines.append(f"{name:<{wide}}  {_FILLS[0] * round(count / max(counts) * room):<{room}}  {number:>{widest}}")
    return "".join(f"{line}\n" for line in lines)


def _seconds(ms: int) -> str:
    return f"{ms} ms" if ms < 1000 else f"{ms / 1000:g} s"
