"""The ledger added up, in groups.

An attempt is a row. A call is counted once: in the group of its last attempt, and it failed if that did not end well.
What is not known is left out of a sum, and counted. An attempt that was certainly not billed, such as one that was
answered by an error status, is known to have taken nothing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from llmcli.ledger.money import from_pico
from llmcli.ledger.selection import Selection
from llmcli.ledger.spread import Spread

TOKEN_KINDS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")

Key = tuple[str | None, ...]
PeriodOf = Callable[[float], tuple[str, float]]
"""From a moment to the name of the period it lies in, and the end of that, in seconds since 1970."""

# Whether the attempt was followed by another of its call; an index holds those that followed.
FOLLOWED = (
    "EXISTS (SELECT 1 FROM attempts AS later WHERE later.attempt > 1"
    " AND later.call_id = attempts.call_id AND later.attempt = attempts.attempt + 1)"
)
# Whether the attempt took nothing for certain: nothing is known of it, and nothing is charged for it.
UNBILLED = (
    "(input_tokens IS NULL AND output_tokens IS NULL AND cost_picousd IS NULL AND status NOT IN ('ok', 'sent', 'lost')"
    " AND charge_picousd IS 0 AND charge_tokens = 0)"
)

_ADDED = (*TOKEN_KINDS, "cost_picousd")
_SUMMED = {
    "attempts": "count(*)",
    **{name: f"sum({name})" for name in _ADDED},
    **{f"known_{name}": f"count({name})" for name in _ADDED},
    "written_tokens": "sum(CASE WHEN latency_ms > ttft_ms THEN output_tokens END)",
    "writing_ms": "sum(CASE WHEN latency_ms > ttft_ms AND output_tokens >= 0 THEN latency_ms - ttft_ms END)",
}
# What only attempts can be that did not end well: these are not in the index.
_SUMMED_OF_OTHERS = {"followed": f"sum({FOLLOWED})", "unbilled": f"sum({UNBILLED})"}
# Where all is known, which is nearly everywhere, one count does instead of six.
_KNOWN = tuple(f"known_{name}" for name in _ADDED)
_QUICK = {name: sql for name, sql in _SUMMED.items() if name not in _KNOWN}
_QUICK["complete"] = f"count({' + '.join(_ADDED)})"
_JOINED = ("group_concat(latency_ms)", "group_concat(ttft_ms)")
_VALUE_OF_TAG = "(SELECT value FROM json_each(tags) WHERE key = ?)"
_COUNTS = (*_SUMMED, *_SUMMED_OF_OTHERS, "ok", "open")
_KIND = ("provider", "model", "status")
# A bare "?" would have SQLite plan each query anew, to see whether an index of some statuses fits its value.
_IS_KIND = " AND ".join(f"{name} = +?" for name in _KIND)
_FAR = 1e15  # seconds: beyond all times


@dataclass(frozen=True)
class Grouping:
    """What a report is grouped by: provider, model, command, period and `tag:KEY`, in this order."""

    by: tuple[str, ...] = ()
    period_of: PeriodOf | None = None

    @property
    def within(self) -> tuple[str, ...]:
        """What attempts of one kind and period may differ in."""
        return tuple(name for name in self.by if name not in (*_KIND, "period"))

    def key(self, kind: tuple[str, ...], period: str, within: Key) -> Key:
        parts: dict[str, str | None] = dict(zip((*_KIND, *self.within), (*kind, *within), strict=True))
        parts["period"] = period
        return tuple(parts[name] for name in self.by)


@dataclass(frozen=True)
class Group:
    """What the attempts of a group add up to."""

    key: Key
    sums: dict[str, int]
    latency_ms: Spread
    ttft_ms: Spread

    @property
    def attempts(self) -> int:
        return self.sums["attempts"]

    @property
    def calls(self) -> int:
        return self.attempts - self.sums["followed"]

    @property
    def open(self) -> int:
        """Calls that are not over."""
        return self.sums["open"]

    @property
    def failures(self) -> int:
        """Calls whose last attempt did not end well."""
        return self.calls - self.sums["ok"] - self.open

    def tokens(self, kind: str) -> int | None:
        """The sum of one of TOKEN_KINDS over the attempts of which it is known; None if it is of none."""
        return self._sum(kind)

    @property
    def cost_usd(self) -> Decimal | None:
        pico = self._sum("cost_picousd")
        return None if pico is None else from_pico(pico)

    def unknown(self, name: str) -> int:
        """How many attempts are left out of the sum of one of TOKEN_KINDS, or of `cost_picousd`."""
        return self.attempts - self.sums["unbilled"] - self.sums[f"known_{name}"]

    @property
    def tokens_per_second(self) -> float | None:
        """Output tokens by the time it took to write them after the first, over all streamed attempts."""
        writing_ms = self.sums["writing_ms"]
        return round(1000 * self.sums["written_tokens"] / writing_ms, 1) if writing_ms else None

    def _sum(self, name: str) -> int | None:
        return None if self.unknown(name) and not self.sums[f"known_{name}"] else self.sums[name]


@dataclass(frozen=True)
class _Sums:
    """A part of a group; numbers whose spread is wanted are text that SQLite has joined."""

    within: Key
    numbers: dict[str, int]
    latency_ms: str | None
    ttft_ms: str | None

    @classmethod
    def of(cls, row: tuple[Any, ...], within: int, names: Iterable[str], status: str) -> _Sums:
        *counts, latency_ms, ttft_ms = row[within:]
        numbers = dict(zip(names, counts, strict=True))
        if "complete" in numbers:
            numbers.update(dict.fromkeys(_KNOWN, numbers.pop("complete")))
        numbers["ok"] = numbers["attempts"] * (status == "ok")
        numbers["open"] = numbers["attempts"] * (status == "sent")
        return cls(row[:within], numbers, latency_ms, ttft_ms)


@dataclass
class _Gathering:
    """What has been found of a group so far."""

    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_COUNTS, 0))
    latency_ms: list[str] = field(default_factory=list)
    ttft_ms: list[str] = field(default_factory=list)

    def add(self, sums: _Sums) -> None:
        for name, number in sums.numbers.items():
            if number:
                self.numbers[name] += number
        self.latency_ms += [sums.latency_ms] if sums.latency_ms else []
        self.ttft_ms += [sums.ttft_ms] if sums.ttft_ms else []

    def group(self, key: Key) -> Group:
        return Group(key, self.numbers, Spread.parse(self.latency_ms), Spread.parse(self.ttft_ms))


def report(connection: sqlite3.Connection, selection: Selection, grouping: Grouping) -> list[Group]:
    """The groups of the selection, in the order of their keys."""
    found: dict[Key, _Gathering] = {}
    for kind in _kinds(connection):
        sums_of = _summing(connection, selection, kind, grouping.within)
        for period, sums in _by_period(connection, selection, kind, grouping.period_of, sums_of):
            found.setdefault(grouping.key(kind, period, sums.within), _Gathering()).add(sums)
    ordered = sorted(found, key=lambda key: [(part is not None, part or "") for part in key])
    return [found.pop(key).group(key) for key in ordered]


def total(groups: list[Group]) -> Group:
    """All groups as one."""
    sums = {name: sum(group.sums[name] for group in groups) for name in _COUNTS}
    latency_ms = Spread([run for group in groups for run in group.latency_ms.runs])
    return Group((), sums, latency_ms, Spread([run for group in groups for run in group.ttft_ms.runs]))


def _kinds(connection: sqlite3.Connection) -> Iterator[tuple[str, ...]]:
    """Every provider, model and status that occur together: one step down the index for each."""
    columns = ", ".join(_KIND)
    step = f"SELECT {columns} FROM attempts {{}} ORDER BY {columns} LIMIT 1"
    kind = connection.execute(step.format("")).fetchone()
    while kind is not None:
        yield kind
        kind = connection.execute(step.format(f"WHERE ({columns}) > (?, ?, ?)"), kind).fetchone()


def _by_period(
    connection: sqlite3.Connection,
    selection: Selection,
    kind: tuple[str, ...],
    period_of: PeriodOf | None,
    sums_of: Callable[[float, float], list[_Sums]],
) -> Iterator[tuple[str, _Sums]]:
    """What the attempts of one kind add up to in each period in which there are some."""
    since = -_FAR if selection.since is None else selection.since
    last = _FAR if selection.until is None else selection.until
    if period_of is None:
        yield from (("", sums) for sums in sums_of(since, last))
        return
    following = f"SELECT time FROM attempts WHERE {_IS_KIND} AND time >= ? ORDER BY time LIMIT 1"
    found: list[_Sums] = []
    while since < last:
        if not found:  # there may be none for long
            row = connection.execute(following, (*kind, since)).fetchone()
            since = _FAR if row is None else row[0]
            if since >= last:
                return
        name, until = period_of(since)
        found = sums_of(since, min(until, last))
        yield from ((name, sums) for sums in found)
        since = until


def _summing(
    connection: sqlite3.Connection, selection: Selection, kind: tuple[str, ...], within: tuple[str, ...]
) -> Callable[[float, float], list[_Sums]]:
    """A function that adds up the attempts of one kind between two times, by what else they are grouped by."""
    status = kind[-1]
    whole = _SUMMED if status == "ok" else _SUMMED | _SUMMED_OF_OTHERS
    tags = tuple(name.removeprefix("tag:") for name in within if name.startswith("tag:"))
    columns = ["command" if name == "command" else _VALUE_OF_TAG for name in within]
    where, bound = replace(selection, since=None, until=None).where()
    tail = f"FROM attempts WHERE {_IS_KIND} AND time >= ? AND time < ? AND {where}"
    tail += f" GROUP BY {', '.join(str(number) for number, _ in enumerate(within, 1))}" if within else ""

    def run(summed: dict[str, str], since: float, until: float) -> list[_Sums]:
        sql = f"SELECT {', '.join([*columns, *summed.values(), *_JOINED])} {tail}"
        rows = connection.execute(sql, (*tags, *kind, since, until, *bound)).fetchall()
        return [_Sums.of(row, len(within), summed, status) for row in rows if row[len(within)]]

    def sums_of(since: float, until: float) -> list[_Sums]:
        if status == "ok":
            found = run(_QUICK, since, until)
            if all(sums.numbers[_KNOWN[0]] == sums.numbers["attempts"] for sums in found):
                return found
        return run(whole, since, until)

    return sums_of
