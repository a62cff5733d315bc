"""The ledger added up, in groups.

What attempts of one kind add up to is taken from the table `sums`, for the hours that lie within the periods, if all
of the kind is asked for; otherwise from the attempts themselves. Latencies, and which attempts were tried again,
always come from the attempts.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from llmcli.ledger import sums
from llmcli.ledger.group import COUNTS, Group, Grouping, Key
from llmcli.ledger.schema import as_written
from llmcli.ledger.selection import Selection
from llmcli.ledger.spans import FAR, lay_out
from llmcli.ledger.spread import Spread

# Whether the attempt was followed by another of its call; an index holds those that followed.
FOLLOWED = (
    "EXISTS (SELECT 1 FROM attempts AS later WHERE later.attempt > 1"
    " AND later.call_id = attempts.call_id AND later.attempt = attempts.attempt + 1)"
)

_FROM_SUMS = {name: f"sum({name})" for name in sums.COLUMNS}
_FROM_ATTEMPTS = {name: f"sum({term})" for name, term in sums.terms().items()}
_SPREADS = {"latency_ms": "group_concat(latency_ms)", "ttft_ms": "group_concat(ttft_ms)"}
# Not asked of attempts that ended well, which were not tried again: it is not in the index that they are read from.
_FOLLOWED = {"followed": f"sum({FOLLOWED})"}
# What all attempts of a status also count as.
_ALSO = {"ok": "ok", "sent": "open"}
_VALUE_OF_TAG = "(SELECT value FROM json_each(tags) WHERE key = ?)"
# A bare "?" would have SQLite plan each query anew, to see whether an index of some statuses fits its value.
_IS_KIND = " AND ".join(f"{name} = +?" for name in sums.KIND)

Kind = tuple[str, ...]
"""The values of `sums.KIND`."""
Place = tuple[Any, ...]
"""The number of a period, and the values of the tags that a report is grouped by."""
Added = Iterable[tuple[str, int | str | None]]
"""Columns with what they add up to; latencies are text, joined by commas."""


@dataclass
class _Gathering:
    """What has been found of a group so far."""

    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTS, 0))
    texts: dict[str, list[str]] = field(default_factory=lambda: {name: [] for name in _SPREADS})

    def add(self, added: Added) -> None:
        for name, value in added:
            if isinstance(value, str):
                self.texts[name].append(value)
            elif isinstance(value, int):
                self.numbers[name] += value
            elif value is not None:
                raise TypeError(f"{name} adds up to {value!r}")

    def group(self, key: Key) -> Group:
        return Group(key, self.numbers, *(Spread.parse(texts) for texts in self.texts.values()))


def report(connection: sqlite3.Connection, selection: Selection, grouping: Grouping) -> list[Group]:
    """The groups of the selection, in the order of their keys; periods follow each other in time."""
    with as_written():
        return _groups(connection, selection, grouping)


def _groups(connection: sqlite3.Connection, selection: Selection, grouping: Grouping) -> list[Group]:
    periods = lay_out(connection, selection, grouping.period_of)
    found: defaultdict[Key, _Gathering] = defaultdict(_Gathering)
    for kind in _kinds(connection, selection):
        gathered: dict[Place, _Gathering] = {}
        for place, added in _added_up(connection, selection, kind, grouping.tags):
            if place not in gathered:
                period, *tags = place
                gathered[place] = found[grouping.key(kind, periods[period], tags)]
            gathered[place].add(added)
    keys = [key for key, gathering in found.items() if gathering.numbers["attempts"]]
    return [found.pop(key).group(key) for key in grouping.ordered(keys, periods)]


def _kinds(connection: sqlite3.Connection, selection: Selection) -> Iterator[Kind]:
    """Every kind that there is of the selection: one step down the index for each."""
    fits, values = replace(selection, since=None, until=None, models=(), tags=()).where()
    columns = ", ".join(sums.KIND)
    step = f"SELECT *, {fits} FROM (SELECT {columns} FROM attempts {{}} ORDER BY {columns} LIMIT 1)"
    following = step.format(f"WHERE ({columns}, time) > (?, ?, ?, ?, {FAR})")
    row = connection.execute(step.format(""), values).fetchone()
    while row is not None:
        *kind, fitting = row
        if not all(isinstance(part, str) for part in kind):
            raise TypeError(f"{kind} where there should be text")
        if fitting:
            yield tuple(kind)
        row = connection.execute(following, (*values, *kind)).fetchone()
        if row is not None and list(row[:-1]) == kind:
            raise sqlite3.DatabaseError("it has an attempt of no time that there can be")


def _added_up(
    connection: sqlite3.Connection, selection: Selection, kind: Kind, tags: tuple[str, ...]
) -> Iterator[tuple[Place, Added]]:
    """What the attempts of one kind add up to: some of the columns at a time."""
    _, model, status, _ = kind
    models = () if model in selection.models else selection.models
    where, values = Selection(models=models, tags=selection.tags).where()

    def read(part: str, table: str, columns: dict[str, str]) -> Iterator[tuple[Place, Added]]:
        names, apart = list(columns), 1 + len(tags)
        at = "sums.hour" if table == "sums" else "attempts.time"
        sql = (
            f"SELECT number, {', '.join([_VALUE_OF_TAG] * len(tags) + list(columns.values()))}"
            f" FROM temp.spans CROSS JOIN {table} WHERE part = ? AND {_IS_KIND} AND {at} >= since AND {at} < until"
            f" AND {where} GROUP BY {', '.join(map(str, range(1, apart + 1)))}"
        )
        for row in connection.execute(sql, (*tags, part, *kind, *values)):
            yield row[:apart], zip(names, row[apart:], strict=True)

    def counted(columns: dict[str, str]) -> dict[str, str]:
        return columns | ({_ALSO[status]: columns["attempts"]} if status in _ALSO else {})

    only_in_attempts = _SPREADS if status == "ok" else _SPREADS | _FOLLOWED
    if tags or models or selection.tags or status == "sent":
        yield from read("all", "attempts", counted(_FROM_ATTEMPTS) | only_in_attempts)
    else:
        yield from read("whole", "sums", counted(_FROM_SUMS))
        yield from read("rest", "attempts", counted(_FROM_ATTEMPTS))
        yield from read("all", "attempts", only_in_attempts)
