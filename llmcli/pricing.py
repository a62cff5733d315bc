"""From tokens to dollars: the `genai-prices` snapshot, overridden by `[prices]`.

What is not known is None, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from llmcli.config.settings import PriceSettings
from llmcli.messages import UNKNOWN_COST, Basis, Cost, Usage

_PER_MILLION = Decimal(1_000_000)


@dataclass(frozen=True)
class PricedModel:
    """Which model is priced: the provider's name and kind of API, and the models as asked and as answered."""

    provider: str
    kind: str
    base_url: str | None
    names: tuple[str, ...]


def cost_of(
    model: PricedModel, usage: Usage, overrides: Mapping[str, PriceSettings], *, estimated: bool = False
) -> Cost:
    """What `usage` cost. Without a price, or without token counts from the provider, the cost is unknown."""
    if usage.input_tokens is None or usage.output_tokens is None:
        return UNKNOWN_COST
    basis: Basis = "estimated" if estimated else "measured"
    if model.kind == "sim":
        return Cost(Decimal(0), basis, "sim")
    own = _override(model, overrides)
    if own is not None:
        usd = _by_override(own, usage)
        return Cost(usd, basis, "config") if usd is not None else UNKNOWN_COST
    usd = _by_snapshot(model, usage)
    return Cost(usd, basis, snapshot_version()) if usd is not None else UNKNOWN_COST


@cache
def snapshot_version() -> str:
    """The price table's name and version, such as `genai-prices 0.2.3`."""
    import genai_prices

    return f"genai-prices {genai_prices.__version__}"


def _override(model: PricedModel, overrides: Mapping[str, PriceSettings]) -> PriceSettings | None:
    for name in model.names:
        for key in (f"{model.provider}/{name}", name):
            if key in overrides:
                return overrides[key]
    return None


def _by_override(price: PriceSettings, usage: Usage) -> Decimal | None:
    """Cached tokens cost their own price where there is one, otherwise the input price."""
    assert usage.input_tokens is not None
    assert usage.output_tokens is not None
    if price.input is None or price.output is None:
        return None
    read, write = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
    fresh = usage.input_tokens - read - write
    read_price = price.input if price.cache_read is None else price.cache_read
    write_price = price.input if price.cache_write is None else price.cache_write
    total = fresh * price.input + read * read_price + write * write_price + usage.output_tokens * price.output
    return total / _PER_MILLION


def _by_snapshot(model: PricedModel, usage: Usage) -> Decimal | None:
    import genai_prices

    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
    )
    vendor = model.provider if model.provider in ("anthropic", "openai") else None
    for name in model.names:
        try:
            if vendor is not None:
                return genai_prices.calc_price(counted, name, provider_id=vendor).total_price
            return genai_prices.calc_price(counted, name, provider_api_url=model.base_url).total_price
        except LookupError:
            continue
    return None
