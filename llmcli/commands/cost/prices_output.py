"""The prices in use as a table for people and as JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from llmcli.commands.columns import aligned
from llmcli.commands.cost.amounts import decimal_string, price_cell
from llmcli.pricing import OWN
from llmcli.pricing.rates import Rate, Rates
from llmcli.pricing.snapshot import PriceTable
from llmcli.render import SCHEMA_VERSION, to_json

_HEAD = (
    *("MODEL", "FROM", "PROMPT", "$/M IN", "$/M OUT"),
    *("CACHE READ", "CACHE WRITE", "WRITE 1H", "BATCH IN", "BATCH OUT"),
)
_KINDS = ("input", "output", "cache_read", "cache_write", "cache_write_1h")
_BATCH_KINDS = ("input", "output")


@dataclass(frozen=True)
class Priced:
    """A model with its prices; None is unknown."""

    name: str
    provider: str | None
    standard: Rates | None
    batch: Rates | None


@dataclass(frozen=True)
class Unpriced:
    """A model that was used lately, and how many calls have no cost."""

    provider: str
    model: str
    calls: int


def as_table(rows: Sequence[Priced]) -> str:
    """A line for each model, and one more for each tier of longer prompts; `-` is no price of its own."""
    lines: list[Sequence[str]] = [_HEAD]
    for row in rows:
        if row.standard is None:
            lines.append([row.name, "", "", *["unknown"] * 7])
            continue
        source = OWN if row.standard.source == OWN else row.provider or ""
        for start in _starts(row.standard):
            prompt = f"> {start:,}" if start else ""
            prices = _prices(row, row.standard, start)
            lines.append([row.name, source, prompt, *map(price_cell, prices.values())])
    return aligned(lines, left=2)


def _starts(rates: Rates) -> list[int]:
    """Above how many input tokens each tier begins: 0 for the first."""
    every = [getattr(rates, kind) for kind in _KINDS]
    return sorted({0, *(start for rate in every if rate is not None for start, _ in rate.tiers)})


def _prices(row: Priced, standard: Rates, start: int) -> dict[str, str | None]:
    """The prices of a prompt that is longer than `start`, as decimal strings; None where there is none."""
    found = {kind: _price(getattr(standard, kind), start) for kind in _KINDS}
    for kind in _BATCH_KINDS:
        found[f"batch_{kind}"] = None if row.batch is None else _price(getattr(row.batch, kind), start)
    return found


def _price(rate: Rate | None, start: int) -> str | None:
    price: Decimal | None = None if rate is None else rate.at(start + 1)
    return decimal_string(price)


def notes(table: PriceTable, lacking: Sequence[Unpriced], days: int) -> Iterator[str]:
    """Where the prices are from, and what they leave out."""
    newest = f", newest price of {table.newest}" if table.newest else ""
    yield f"prices: {table.name} {table.version}{newest}: {' '.join([table.home, *table.vendor_pages.values()])}"
    for each in lacking:
        name = f"{each.provider}/{each.model}"
        yield f'no price for {name}: {each.calls:,} calls in {days} days have no cost; set [prices."{name}"]'


def as_json(table: PriceTable, rows: Sequence[Priced], lacking: Sequence[Unpriced], days: int) -> str:
    """One object. Prices are decimal strings in USD per million tokens; null is unknown, or none of its own."""
    return to_json(
        {
            "type": "prices",
            "schema_version": SCHEMA_VERSION,
            "table": {
                "name": table.name,
                "version": table.version,
                "newest": None if table.newest is None else table.newest.isoformat(),
                "source": table.home,
                "vendor_pages": table.vendor_pages,
            },
            "models": [_model(row) for row in rows],
            "unpriced": {
                "days": days,
                "models": [{"provider": each.provider, "model": each.model, "calls": each.calls} for each in lacking],
            },
        }
    )


def _model(row: Priced) -> dict[str, object]:
    tiers = [] if row.standard is None else _starts(row.standard)
    return {
        "model": row.name,
        "provider": row.provider,
        "prices": None if row.standard is None else row.standard.source,
        "usd_per_mtok": [
            {"over_input_tokens": start, **_prices(row, row.standard, start)} for start in tiers if row.standard
        ],
    }
