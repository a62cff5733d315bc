"""From tokens to dollars: the `genai-prices` snapshot, overridden by `[prices]`.

What is not known is None, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from llmcli.choices import CacheTtl
from llmcli.config.settings import PriceSettings
from llmcli.messages import UNKNOWN_COST, Basis, Cost, Usage
from llmcli.pricing.rates import FREE, Rate, Rates
from llmcli.pricing.residency import factor_at, tier_and_factor

Processing = Literal["standard", "batch"]
Overrides = Mapping[str, PriceSettings]

OWN = "config"  # names `[prices]` as the source of a price
# Both vendors: https://platform.claude.com/docs/en/build-with-claude/batch-processing#pricing ("50% of the standard
# API prices", cache reads and writes too) and https://developers.openai.com/api/docs/pricing (Batch), November 2026.
_BATCH_FACTOR = Decimal("0.5")
# What the vendors, and those who speak their APIs, call the tier that has the price of the list.
_STANDARD_TIERS = ("auto", "default", "standard", "standard_only", "on_demand")
# Where nothing is written to a cache unless the request asks for it. Others, such as OpenAI, cache by themselves:
# https://developers.openai.com/api/docs/guides/prompt-caching, November 2026.
_CACHES_WHEN_ASKED = ("anthropic",)


@dataclass(frozen=True)
class PricedModel:
    """Which model is priced: the provider's name and kind of API, and the models as asked and as answered."""

    provider: str
    kind: str
    base_url: str | None
    names: tuple[str, ...]


def cost_of(
    model: PricedModel,
    usage: Usage,
    overrides: Overrides,
    *,
    estimated: bool = False,
    processing: Processing = "standard",
    service_tier: str | None = None,
    at: float | None = None,
) -> Cost:
    """What `usage` cost. Without a price, or without token counts from the provider, the cost is unknown.

    `service_tier` is the provider's word for how the call was served; one that the price table does not have for the
    model, such as capacity that was paid for beforehand, makes the cost unknown. `at` is the time of the call in
    seconds since 1970; None is now.
    """
    if usage.input_tokens is None or usage.output_tokens is None:
        return UNKNOWN_COST
    rates = rates_of(model, overrides, processing=processing, service_tier=service_tier, at=at)
    usd = None if rates is None else rates.price(usage)
    if rates is None or usd is None:
        return UNKNOWN_COST
    basis: Basis = "estimated" if estimated else "measured"
    return Cost(usd, basis, rates.source)


def worst_case(
    model: PricedModel,
    input_tokens: int,
    max_output_tokens: int,
    overrides: Overrides,
    *,
    cache: CacheTtl | None = None,
    processing: Processing = "standard",
    service_tier: str | None = None,
    at: float | None = None,
) -> Decimal | None:
    """The most that a call can cost that sends so many tokens and may write so many; None without a price.

    `cache` and `service_tier` are what the request asks for; who does not get the tier pays the price of the list.
    Give an upper bound of the input: an estimate may miss a price tier.
    """
    writes = cache is not None or model.kind not in _CACHES_WHEN_ASKED
    most = Decimal(0)
    for tier in {None, service_tier}:
        rates = rates_of(model, overrides, processing=processing, service_tier=tier, at=at)
        if rates is None:
            return None
        most = max(most, rates.most(input_tokens, max_output_tokens, writes=writes, writes_1h=cache == "1h"))
    return most


def rates_of(
    model: PricedModel,
    overrides: Overrides,
    *,
    processing: Processing = "standard",
    service_tier: str | None = None,
    at: float | None = None,
) -> Rates | None:
    """The model's prices, from `[prices]` or else from the snapshot; None if they are not known.

    A batch price is known only where the snapshot has one; of an own price it is half. The price of a service tier
    likewise; an own price is that of any tier.
    """
    if model.kind == "sim":
        return FREE
    tier, factor = _tier(service_tier)
    if tier == "batch":
        processing, tier = "batch", None
    own = override(model, overrides)
    if own is not None:
        rates = _own_rates(own)
        return rates.times(_BATCH_FACTOR) if rates is not None and processing == "batch" else rates
    from llmcli.pricing import snapshot

    batch = processing == "batch"
    for name in model.names:
        found = snapshot.rates_of(model.provider, model.base_url, name, batch=batch, tier=tier, at=at)
        if found is not None:
            factor *= factor_at(model.base_url, name)
            return found if factor == 1 else found.times(factor)
    return None


def override(model: PricedModel, overrides: Overrides) -> PriceSettings | None:
    """The `[prices]` entry for the model, by `provider/name` or `name`."""
    for name in model.names:
        for key in (f"{model.provider}/{name}", name):
            if key in overrides:
                return overrides[key]
    return None


def _tier(service_tier: str | None) -> tuple[str | None, Decimal]:
    """The tier, if it has a price of its own, and what that is to be multiplied by where it is served."""
    word, factor = tier_and_factor((service_tier or "").strip().lower())
    return None if word in _STANDARD_TIERS else word or None, factor


def _own_rates(price: PriceSettings) -> Rates | None:
    if price.input is None or price.output is None:
        return None
    read, write, hour = (
        None if given is None else Rate(given) for given in (price.cache_read, price.cache_write, price.cache_write_1h)
    )
    return Rates(OWN, Rate(price.input), Rate(price.output), read, write, hour)
