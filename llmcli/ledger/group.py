"""What the attempts of a group add up to.

An attempt is a row. A call is counted once: in the group of its last attempt, and it failed if that did not end well.
What is not known is left out of a sum, and counted. An attempt that was certainly not billed, such as one that was
answered by an error status, is known to have taken nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from llmcli.ledger.money import from_pico
from llmcli.ledger.spread import Spread
from llmcli.ledger.sums import COLUMNS, KIND

COUNTS = (*COLUMNS, "followed", "ok", "open")

Key = tuple[str | None, ...]
PeriodOf = Callable[[float], tuple[str, float]]
"""From a moment to the name of the period it lies in, and the end of that, in seconds since 1970."""


@dataclass(frozen=True)
class Grouping:
    """What a report is grouped by: provider, model, command, period and `tag:KEY`, in this order."""

    by: tuple[str, ...] = ()
    period_of: PeriodOf | None = None

    @property
    def tags(self) -> tuple[str, ...]:
        """The keys of the tags in which attempts of one kind and period may differ."""
        return tuple(name.removeprefix("tag:") for name in self.by if name.startswith("tag:"))

    def key(self, kind: tuple[str, ...], period: str, tags: Sequence[str | None]) -> Key:
        parts: dict[str, str | None] = dict(zip(KIND, kind, strict=True))
        parts |= {f"tag:{name}": value for name, value in zip(self.tags, tags, strict=True)}
        parts["period"] = period
        return tuple(parts[name] for name in self.by)

    def ordered(self, keys: list[Key], periods: list[str]) -> list[Key]:
        """`keys` by their words, none first; but periods by time, which their names need not follow in autumn."""
        numbers = {name: number for number, name in enumerate(periods)}

        def rank(name: str, part: str | None) -> tuple[int, str]:
            word = part or ""
            return (numbers[word], "") if name == "period" else (0 if part is None else 1, word)

        return sorted(keys, key=lambda key: [rank(*named) for named in zip(self.by, key, strict=True)])


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


def total(groups: list[Group]) -> Group:
    """All groups as one."""
    sums = {name: sum(group.sums[name] for group in groups) for name in COUNTS}
    latency_ms = Spread([run for group in groups for run in group.latency_ms.runs])
    return Group((), sums, latency_ms, Spread([run for group in groups for run in group.ttft_ms.runs]))
