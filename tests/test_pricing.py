"""pricing: from tokens to dollars; what is not known is None, never zero."""

from decimal import Decimal

import pytest

from llmcli.config.settings import PriceSettings
from llmcli.messages import UNKNOWN_COST, Usage
from llmcli.pricing import PricedModel, cost_of, snapshot_version

HAIKU = PricedModel("anthropic", "anthropic", "https://api.anthropic.com", ("claude-haiku-5-5",))
LOCAL = PricedModel("local", "openai", "http://127.0.0.1:11434/v1", ("my-model",))
OWN = PriceSettings(Decimal(2), Decimal(10), Decimal("0.5"), Decimal(3))


def test_a_known_model_is_priced_exactly_by_the_snapshot() -> None:
    """claude-haiku-5-5 is 0.10 USD per million tokens in and 0.50 out."""
    cost = cost_of(HAIKU, Usage(10_000, 2_000), {})
    assert (cost.usd, cost.basis, cost.prices) == (Decimal("0.002"), "measured", snapshot_version())


def test_a_dated_name_that_answered_prices_a_name_that_was_asked() -> None:
    model = PricedModel("openai", "openai", "https://api.openai.com/v1", ("my-finetune-alias", "gpt-6-luna"))
    assert cost_of(model, Usage(10_000, 0), {}).usd == Decimal("0.001")


def test_cached_input_is_part_of_the_input_and_costs_less() -> None:
    full = cost_of(HAIKU, Usage(10_000, 0), {}).usd
    cached = cost_of(HAIKU, Usage(10_000, 0, cache_read_tokens=10_000), {}).usd
    assert full is not None
    assert cached is not None
    assert 0 < cached < full


@pytest.mark.parametrize("usage", [Usage(), Usage(10, None), Usage(None, 10)])
def test_without_counts_the_cost_is_unknown(usage: Usage) -> None:
    assert cost_of(HAIKU, usage, {"claude-haiku-5-5": OWN}) == UNKNOWN_COST


def test_an_unknown_model_has_an_unknown_cost() -> None:
    assert cost_of(LOCAL, Usage(10, 10), {}) == UNKNOWN_COST


def test_a_known_name_at_an_unknown_server_has_an_unknown_cost() -> None:
    """What OpenAI charges for a name says nothing about somebody else's server."""
    model = PricedModel("local", "openai", "http://127.0.0.1:11434/v1", ("gpt-6-luna",))
    assert cost_of(model, Usage(10, 10), {}) == UNKNOWN_COST


def test_the_simulator_is_free_whatever_the_model_is_called() -> None:
    cost = cost_of(PricedModel("sim", "sim", None, ("gpt-6-luna",)), Usage(10, 10), {"gpt-6-luna": OWN})
    assert (cost.usd, cost.basis) == (Decimal(0), "measured")


def test_an_estimate_is_called_one() -> None:
    assert cost_of(HAIKU, Usage(10, 10), {}, estimated=True).basis == "estimated"


@pytest.mark.parametrize("name", ["my-model", "local/my-model"])
def test_an_own_price_wins_by_either_name(name: str) -> None:
    usage = Usage(1_000_000, 1_000_000, cache_read_tokens=100_000, cache_write_tokens=200_000)
    cost = cost_of(LOCAL, usage, {name: OWN})
    assert (cost.usd, cost.prices) == (Decimal("12.05"), "config")  # 0.7 * 2 + 0.1 * 0.5 + 0.2 * 3 + 10


def test_the_name_with_its_provider_wins_over_the_bare_name() -> None:
    prices = {"my-model": OWN, "local/my-model": PriceSettings(Decimal(1), Decimal(1))}
    assert cost_of(LOCAL, Usage(1_000_000, 0), prices).usd == Decimal(1)


def test_cached_tokens_without_an_own_price_cost_the_input_price() -> None:
    price = PriceSettings(Decimal(2), Decimal(10))
    usage = Usage(1_000_000, 0, cache_read_tokens=500_000, cache_write_tokens=500_000)
    assert cost_of(LOCAL, usage, {"my-model": price}).usd == Decimal(2)


def test_half_a_price_is_no_price() -> None:
    half = PriceSettings(input=Decimal(2))
    assert cost_of(LOCAL, Usage(10, 10), {"my-model": half}) == UNKNOWN_COST


def test_dollars_are_exact() -> None:
    price = PriceSettings(Decimal("0.1"), Decimal("0.2"))
    assert cost_of(LOCAL, Usage(1, 1), {"my-model": price}).usd == Decimal("0.0000003")
