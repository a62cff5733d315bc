"""What a job will take, before anything is sent: rows, tokens, dollars, time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from llmcli.batch.journal.job import Job
from llmcli.batch.rates.headers import Kind
from llmcli.batch.rows.row import BadRow, Row
from llmcli.messages import Part, Request, Usage
from llmcli.pricing import PricedModel, Processing
from llmcli.purse import longest_output
from llmcli.tokens import estimate_request

WINDOW_S = 60.0


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
    """`rows` of the input, of which `bad` make no sense and `alike` are answered by others. Tokens are estimates."""

    rows: int = 0
    bad: int = 0
    alike: int = 0
    first_bad: BadRow | None = None
    input_tokens: int = 0
    most_output_tokens: int = 0
    live: Dollars = field(default_factory=Dollars)
    batch: Dollars = field(default_factory=Dollars)
    seconds: float | None = None  # the least, at the known limits; None if there are none
    unpriced: set[str] = field(default_factory=set)

    @property
    def requests(self) -> int:
        return self.rows - self.bad - self.alike


def forecast(
    rows: Iterator[Row | BadRow],
    job: Job,
    base: Request,
    files: tuple[Part, ...],
    model_of: Callable[[str | None], PricedModel],
    cost: Callable[[PricedModel, Usage, Processing], Decimal | None],
    limits: Callable[[str], Mapping[Kind, int | None]],
) -> Forecast:
    """Read all rows and add up what they ask for. `limits` are those of a provider, by its name."""
    found, seen = Forecast(), set[bytes]()
    needed: dict[str, Counter[Kind]] = {}
    for row in rows:
        found.rows += 1
        if isinstance(row, BadRow):
            found.bad += 1
            found.first_bad = found.first_bad or row
            continue
        if job.dedupe:
            key = job.fingerprints.of(row)
            if key in seen:
                found.alike += 1
                continue
            seen.add(key)
        model = model_of(row.ask.changes.get("model"))
        request = row.ask.request(base, files)
        sent, written = estimate_request(request), longest_output(request)
        found.input_tokens += sent
        found.most_output_tokens += written
        if cost(model, Usage(sent, 0), "standard") is None:
            found.unpriced.update(model.names)
        found.live.add(cost(model, Usage(sent, 0), "standard"), cost(model, Usage(sent, written), "standard"))
        found.batch.add(cost(model, Usage(sent, 0), "batch"), cost(model, Usage(sent, written), "batch"))
        needed.setdefault(model.provider, Counter()).update(requests=1, input_tokens=sent, tokens=sent)
    times = [_seconds(each, limits(provider)) for provider, each in needed.items()]
    known = [each for each in times if each is not None]
    found.seconds = max(known) if known else None
    return found


def _seconds(needed: Counter[Kind], limits: Mapping[Kind, int | None]) -> float | None:
    """The least it can take: how much will be written, nobody knows."""
    found = [needed[kind] / limit * WINDOW_S for kind, limit in limits.items() if limit is not None]
    return max(found) if found else None
