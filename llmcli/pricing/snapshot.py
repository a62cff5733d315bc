"""The price table that comes with `genai-prices`: rates by model and by the time of the call."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

from llmcli.pricing.rates import Rate, Rates

if TYPE_CHECKING:
    from genai_prices.data_snapshot import DataSnapshot

VENDORS = ("anthropic", "openai")
NAME = "genai-prices"
HOME = "https://github.com/pydantic/genai-prices"
MINUTE_S = 60
_BATCH = {"processing": "batch"}
_TIER_KEYS = ("service_tier", "speed")
# The table has no date of its own, but says of its entries when they were compared with the vendor's page.
_CHECKED = re.compile(r"(?:verified|as of)\b[^.]{0,40}?(\d{4}-\d\d-\d\d)", re.I)


@dataclass(frozen=True)
class PriceTable:
    """Which table is in use. `newest` is the last day on which one of its prices was checked or began to hold."""

    name: str
    version: str
    newest: date | None
    home: str
    vendor_pages: dict[str, str]


def load() -> DataSnapshot:
    """The table. Its package's updater, which we never run, would import an HTTP library and asyncio: left out."""
    updater = "genai_prices.update_prices"
    if "genai_prices" not in sys.modules:
        stand_in: Any = ModuleType(updater)
        stand_in.UpdatePrices = stand_in.wait_prices_updated_sync = stand_in.wait_prices_updated_async = None
        sys.modules[updater] = stand_in
    from genai_prices.data_snapshot import get_snapshot

    return get_snapshot()


@cache
def version() -> str:
    """The table's name and version, such as `genai-prices 0.2.3`."""
    from importlib.metadata import version as version_of

    return f"{NAME} {version_of(NAME)}"


def table(today: date) -> PriceTable:
    """What there is to know about the table as a whole."""
    vendors = [provider for provider in load().providers if provider.id in VENDORS]
    dates = [day for provider in vendors for day in _dates(provider) if day <= today]
    pages = {provider.id: provider.pricing_urls[0] for provider in vendors if provider.pricing_urls}
    return PriceTable(NAME, version().partition(" ")[2], max(dates, default=None), HOME, pages)


def rates_of(
    provider: str, base_url: str | None, name: str, *, batch: bool, tier: str | None, at: float | None
) -> Rates | None:
    """The prices at the time `at` of the model that the provider calls `name`; None if the table has none."""
    minute = int((time.time() if at is None else at) // MINUTE_S)
    return _rates_in(minute, provider, base_url, name, batch=batch, tier=tier)


@lru_cache(maxsize=256)
def _rates_in(
    minute: int, provider: str, base_url: str | None, name: str, *, batch: bool, tier: str | None
) -> Rates | None:
    """The prices in a minute since 1970: none begins to hold amid one, and a batch asks thousands of times."""
    found = _find(provider, base_url, name)
    if found is None:
        return None
    owner, model = found
    when = datetime.fromtimestamp(minute * MINUTE_S, UTC)
    # What one provider says of batches and tiers says nothing of a model that it has from another.
    own = any(model is each for each in owner.models)
    variants = [each for each in (model.price_variants or ()) if own]
    known = [each.when for each in variants if each.constraint is None or each.constraint.active(when)]
    context: dict[str, Any] = {}
    for wanted in ([_BATCH] if batch else [], [{key: tier} for key in _TIER_KEYS] if tier else []):
        priced = [each for each in wanted if each in known]
        if wanted and not priced:
            return None
        context |= priced[0] if priced else {}
    return _as_rates(model.get_prices(when, context))


@lru_cache(maxsize=256)
def _find(provider: str, base_url: str | None, name: str) -> tuple[Any, Any] | None:
    vendor = provider if provider in VENDORS else None
    try:
        return load().find_provider_model(name, None, vendor, None if vendor else base_url)
    except LookupError:
        return None


def _as_rates(prices: object) -> Rates | None:
    """None unless both input and output have a price: other units than tokens are not counted here."""
    found = {name: _rate(getattr(prices, f"{key}_mtok", None)) for name, key in _KEYS.items()}
    taken, given = found.pop("input"), found.pop("output")
    if taken is None or given is None:
        return None
    per_thousand = getattr(prices, "requests_kcount", None)
    per_call = per_thousand / 1000 if isinstance(per_thousand, Decimal) else Decimal(0)
    return Rates(version(), taken, given, **found, per_call=per_call)


_KEYS = {
    "input": "input",
    "output": "output",
    "cache_read": "cache_read",
    "cache_write": "cache_write",
    "cache_write_1h": "cache_write_1h",
    "reasoning": "output_reasoning",
}


def _rate(price: object) -> Rate | None:
    from genai_prices.types import TieredPrices

    if isinstance(price, TieredPrices):
        return Rate(price.base, tuple((tier.start, tier.price) for tier in price.tiers))
    return Rate(price) if isinstance(price, Decimal) else None


def _dates(provider: Any) -> Iterator[date]:
    """The days on which the provider's prices were checked, or began to hold."""
    for entry in (provider, *provider.models):
        yield from (date.fromisoformat(day) for day in _CHECKED.findall(entry.price_comments or ""))
    for model in provider.models:
        dated = [*(model.prices if isinstance(model.prices, list) else ()), *(model.price_variants or ())]
        starts = [getattr(each.constraint, "start_date", None) for each in dated]
        yield from (start for start in starts if isinstance(start, date))
