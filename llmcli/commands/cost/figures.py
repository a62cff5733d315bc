"""From calls and prices to dollars: for one call, for all, for a day and a month."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from llmcli.choices import CacheTtl, Period
from llmcli.commands.cost.workload import Size, Workload
from llmcli.config.settings import PriceSettings
from llmcli.messages import Usage
from llmcli.pricing import PricedModel, rates_of, worst_case
from llmcli.pricing.rates import Rates

DAYS_PER_MONTH = 30
_SMALLEST = Decimal("1e-12")  # where a division does not come out even
_LARGEST = Decimal("1e15")  # beyond it there are not so many digits


@dataclass(frozen=True)
class Dollars:
    """USD of some calls; None is unknown. A day and a month only if the calls come in a period."""

    call: Decimal | None = None
    all_calls: Decimal | None = None
    day: Decimal | None = None
    month: Decimal | None = None


UNKNOWN = Dollars()


@dataclass(frozen=True)
class Figures:
    """What a workload costs with one model. `cached` is None if nothing is shared that could be cached."""

    standard: Dollars
    batch: Dollars
    cached: Dollars | None
    worst_call: Decimal | None
    source: str | None  # the price table

    @property
    def known(self) -> bool:
        return self.standard.call is not None


@dataclass(frozen=True)
class Plan:
    """What is asked about every model: answers so long, the workload so often, in each period, cached so.

    Without `output_tokens`, an answer is as long as it may be.
    """

    output_tokens: int | None
    times: int = 1
    per: Period | None = None
    asked_ttl: CacheTtl | None = None
    cached_given: bool = False

    @property
    def ttl(self) -> CacheTtl:
        """How long a cache lasts: as asked, or what is cheapest to write."""
        return self.asked_ttl or "5m"

    def written(self, size: Size) -> int:
        """The tokens of an answer."""
        return size.longest_output if self.output_tokens is None else self.output_tokens

    def caches(self, work: Workload) -> bool:
        """Whether a cache is worth showing: if asked for, or if there is something to read a second time."""
        asked = self.asked_ttl is not None or self.cached_given or work.calls * self.times > 1
        return asked and work.cached_tokens > 0


def figures(model: PricedModel, work: Workload, plan: Plan, overrides: Mapping[str, PriceSettings]) -> Figures:
    """The workload with this model: at the standard price, as a batch, and with a cache."""
    rates = rates_of(model, overrides)
    batch = rates_of(model, overrides, processing="batch")
    longest: dict[int, int] = {}  # input, by the length of the answer
    for size in work.sizes:
        written = plan.written(size)
        longest[written] = max(size.input_tokens, longest.get(written, 0))
    worst = [worst_case(model, sent, written, overrides, cache=plan.asked_ttl) for written, sent in longest.items()]
    return Figures(
        _dollars(rates, work, plan, _plain),
        _dollars(batch, work, plan, _plain),
        _dollars(rates, work, plan, _cached) if plan.caches(work) else None,
        max((usd for usd in worst if usd is not None), default=None),
        None if rates is None else rates.source,
    )


_Total = Callable[[Rates, Workload, Plan], Decimal]


def _dollars(rates: Rates | None, work: Workload, plan: Plan, total_of: _Total) -> Dollars:
    if rates is None:
        return UNKNOWN
    total = total_of(rates, work, plan)
    call = _divided(total, work.calls * plan.times)
    match plan.per:
        case None:
            return Dollars(call, total)
        case "hour":
            return Dollars(call, total, total * 24, total * 24 * DAYS_PER_MONTH)
        case "day":
            return Dollars(call, total, total, total * DAYS_PER_MONTH)
        case "month":
            return Dollars(call, total, _divided(total, DAYS_PER_MONTH), total)


def _plain(rates: Rates, work: Workload, plan: Plan) -> Decimal:
    """Every call pays its whole input."""

    def sending(size: Size) -> Decimal:
        return _price(rates, Usage(size.input_tokens, plan.written(size)))

    return sum((sending(size) * calls for size, calls in work.sizes.items()), Decimal(0)) * plan.times


def _cached(rates: Rates, work: Workload, plan: Plan) -> Decimal:
    """The first call writes what is shared to the cache, all others read it."""

    def reading(size: Size) -> Decimal:
        read = min(work.cached_tokens, size.input_tokens)
        return _price(rates, Usage(size.input_tokens, plan.written(size), cache_read_tokens=read))

    reads = sum((reading(size) * calls for size, calls in work.sizes.items()), Decimal(0)) * plan.times
    first = next(iter(work.sizes))
    cached = min(work.cached_tokens, first.input_tokens)
    hour = cached if plan.ttl == "1h" else 0
    write = Usage(first.input_tokens, plan.written(first), cache_write_tokens=cached, cache_write_1h_tokens=hour)
    return reads - reading(first) + _price(rates, write)


def _price(rates: Rates, usage: Usage) -> Decimal:
    usd = rates.price(usage)
    assert usd is not None  # the counts are ours
    return usd


def _divided(amount: Decimal, by: int) -> Decimal:
    each = amount / by
    return each.quantize(_SMALLEST) if each < _LARGEST else each
