"""What a job will take, before anything is sent: rows, tokens, dollars, time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from llmcli.batch.journal.job import Job
from llmcli.batch.rates.headers import Kind
from llmcli.batch.rates.rates import Needs, refusal
from llmcli.batch.rows.row import BadRow, Row
from llmcli.errors import BudgetError
from llmcli.messages import Request, Usage
from llmcli.pricing import PricedModel, Processing
from llmcli.purse import asked_tier, longest_output
from llmcli.tokens import estimate_request

WINDOW_S = 60.0

Limits = Callable[[str], Mapping[Kind, int | None]]
"""The limits a minute of a provider, by its name."""
CostOf = Callable[[PricedModel, Usage, Processing, str | None], Decimal | None]
"""What tokens cost, live or as a batch, in the service tier that is asked for."""


@dataclass
class Dollars:
    """What the input costs, and the most that the whole can cost; None if a price is unknown."""

    least: Decimal | None = Decimal(0)
    most: Decimal | None = Decimal(0)

    def add(self, least: Decimal | None, most: Decimal | None) -> None:
        self.least = None if self.least is None or least is None else self.least + least
        self.most = None if self.most is None or most is None else self.most + most


@dataclass
class Forecast:
    """`rows` of the input, of which `bad` make no sense or are too large for a limit, `alike` are answered by others,
    and `too_long` are longer than they may be. Tokens are estimates.
    """

    rows: int = 0
    bad: int = 0
    alike: int = 0
    too_long: int = 0
    first_bad: BadRow | None = None
    input_tokens: int = 0
    most_output_tokens: int = 0
    live: Dollars = field(default_factory=Dollars)
    batch: Dollars = field(default_factory=Dollars)
    seconds: float | None = None  # the least, at the known limits; None if there are none
    unpriced: set[str] = field(default_factory=set)

    @property
    def requests(self) -> int:
        return self.rows - self.bad - self.alike - self.too_long


def forecast(
    rows: Iterator[Row | BadRow],
    job: Job,
    sent: Callable[[Row], tuple[PricedModel, Request]],
    cost: CostOf,
    limits: Limits,
) -> Forecast:
    """Read all rows and add up what they ask for. `sent` gives what would be sent for a row, and to whom."""
    found, seen = Forecast(), set[bytes]()
    needed: dict[str, Counter[Kind]] = {}
    for row in rows:
        found.rows += 1
        if isinstance(row, BadRow):
            _count_bad(found, row)
            continue
        key = job.fingerprints.of(row)
        if job.dedupe and key in seen:
            found.alike += 1
            continue
        seen.add(key)
        try:
            model, request = sent(row)
        except BudgetError:
            found.too_long += 1
            continue
        needs = Needs(estimate_request(request, model.names[0]), longest_output(request))
        if (reason := refusal(limits(model.provider), needs)) is not None:
            _count_bad(found, BadRow(row.number, row.span, row.own_id, row.content, reason))
            continue
        _add(found, model, needs, asked_tier(request), cost)
        sized = needed.setdefault(model.provider, Counter())
        sized.update(requests=1, input_tokens=needs.input_tokens, tokens=needs.input_tokens)
    times = [_seconds(each, limits(provider)) for provider, each in needed.items()]
    known = [each for each in times if each is not None]
    found.seconds = max(known) if known else None
    return found


def _count_bad(found: Forecast, row: BadRow) -> None:
    found.bad += 1
    found.first_bad = found.first_bad or row


def _add(found: Forecast, model: PricedModel, needs: Needs, tier: str | None, cost: CostOf) -> None:
    """What one request takes."""
    found.input_tokens += needs.input_tokens
    found.most_output_tokens += needs.output_tokens
    least, most = Usage(needs.input_tokens, 0), Usage(needs.input_tokens, needs.output_tokens)
    live = cost(model, least, "standard", tier)
    if live is None:
        found.unpriced.update(model.names)
    found.live.add(live, cost(model, most, "standard", tier))
    found.batch.add(cost(model, least, "batch", None), cost(model, most, "batch", None))


def _seconds(needed: Counter[Kind], limits: Mapping[Kind, int | None]) -> float | None:
    """The least it can take: how much will be written, nobody knows."""
    found = [needed[kind] / limit * WINDOW_S for kind, limit in limits.items() if limit is not None]
    return max(found) if found else None
