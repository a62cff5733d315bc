"""pricing: from tokens to dollars; what is not known is None, never zero."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import genai_prices
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcli.choices import CacheTtl
from llmcli.config.settings import PriceSettings
from llmcli.messages import UNKNOWN_COST, Usage
from llmcli.models import known_models
from llmcli.pricing import PricedModel, cost_of, snapshot, worst_case

HAIKU = PricedModel("anthropic", "anthropic", "https://api.anthropic.com", ("claude-haiku-5-5",))
LOCAL = PricedModel("local", "openai", "http://127.0.0.1:11434/v1", ("my-model",))
OWN = PriceSettings(Decimal(2), Decimal(10), Decimal("0.5"), Decimal(3))


def test_a_known_model_is_priced_exactly_by_the_snapshot() -> None:
    """claude-haiku-5-5 is 0.10 USD per million tokens in and 0.50 out."""
    cost = cost_of(HAIKU, Usage(10_000, 2_000), {})
    assert (cost.usd, cost.basis, cost.prices) == (Decimal("0.002"), "measured", snapshot.version())


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


def test_a_one_hour_write_without_its_own_price_costs_what_other_writes_do() -> None:
    usage = Usage(1_000_000, 0, cache_write_tokens=1_000_000, cache_write_1h_tokens=500_000)
    assert cost_of(LOCAL, usage, {"my-model": OWN}).usd == Decimal(3)
    dearer = replace(OWN, cache_write_1h=Decimal(5))
    assert cost_of(LOCAL, usage, {"my-model": dearer}).usd == Decimal(4)  # half at 3, half at 5


def test_a_batch_at_an_own_price_is_half() -> None:
    usage = Usage(1_000_000, 1_000_000, cache_read_tokens=100_000, cache_write_tokens=200_000)
    cost = cost_of(LOCAL, usage, {"my-model": OWN}, processing="batch")
    assert cost.usd == Decimal("6.025")


@pytest.mark.parametrize("name", ["claude-3-haiku", "gpt-6-cyber"])
def test_a_batch_price_that_nobody_published_is_unknown_not_the_standard_one(name: str) -> None:
    vendor = "anthropic" if name.startswith("claude") else "openai"
    model = PricedModel(vendor, vendor, None, (name,))
    assert cost_of(model, Usage(10, 10), {}).usd is not None
    assert cost_of(model, Usage(10, 10), {}, processing="batch") == UNKNOWN_COST


def test_a_batch_before_the_table_knows_its_price_is_unknown() -> None:
    at = datetime(2026, 10, 8, tzinfo=UTC).timestamp()
    assert cost_of(HAIKU, Usage(10, 10), {}, at=at).usd is not None
    assert cost_of(HAIKU, Usage(10, 10), {}, at=at, processing="batch") == UNKNOWN_COST


@pytest.mark.parametrize(
    "usage",
    [
        Usage(10, 10, cache_read_tokens=11),
        Usage(10, 10, cache_read_tokens=6, cache_write_tokens=6),
        Usage(10, 10, cache_write_tokens=5, cache_write_1h_tokens=6),
    ],
)
def test_counts_that_contradict_each_other_have_no_cost(usage: Usage) -> None:
    """They come from a server; the answer that they come with is paid for and must not be lost."""
    assert cost_of(HAIKU, usage, {}) == UNKNOWN_COST
    assert cost_of(LOCAL, usage, {"my-model": OWN}) == UNKNOWN_COST


@pytest.mark.parametrize("name", ["whisper-1", "tts-1", "moderation"])
def test_a_model_that_is_not_priced_by_tokens_is_unknown_not_free(name: str) -> None:
    assert cost_of(PricedModel("openai", "openai", None, (name,)), Usage(10, 10), {}) == UNKNOWN_COST


@pytest.mark.parametrize("name", ["gpt-7", "claude-haiku-6", "gpt-6-luna-pro"])
def test_a_new_model_is_unknown_not_priced_like_an_old_one(name: str) -> None:
    vendor = "anthropic" if name.startswith("claude") else "openai"
    assert cost_of(PricedModel(vendor, vendor, None, (name,)), Usage(10, 10), {}) == UNKNOWN_COST


def test_a_price_for_each_call_is_added() -> None:
    """Perplexity's sonar: 1 USD per million tokens each way, and 12 USD per thousand calls."""
    model = PricedModel("pplx", "openai", "https://api.perplexity.ai", ("sonar",))
    assert cost_of(model, Usage(1_000, 1_000), {}).usd == Decimal("0.014")


def test_reasoning_that_has_its_own_price_costs_that() -> None:
    """Perplexity's sonar-deep-research: 8 USD for output, 3 for reasoning."""
    model = PricedModel("pplx", "openai", "https://api.perplexity.ai", ("sonar-deep-research",))
    assert cost_of(model, Usage(0, 1_000_000, reasoning_tokens=400_000), {}).usd == Decimal("6.0")


USAGES = st.builds(
    lambda fresh, read, short, hour, out: Usage(
        fresh + read + short + hour,
        out,
        cache_read_tokens=read,
        cache_write_tokens=short + hour,
        cache_write_1h_tokens=hour,
    ),
    *[st.integers(0, 300_000)] * 5,
)


@given(
    usage=USAGES,
    name=st.sampled_from([info.name for info in known_models() if info.provider != "sim"]),
    context=st.sampled_from([{}, {"processing": "batch"}, {"service_tier": "flex"}, {"service_tier": "priority"}]),
)
@settings(max_examples=300, deadline=None)
def test_our_arithmetic_is_that_of_the_snapshots_own_package(usage: Usage, name: str, context: dict[str, Any]) -> None:
    vendor = "anthropic" if name.startswith("claude") else "openai"
    cost = cost_of(PricedModel(vendor, vendor, None, (name,)), usage, {}, **context)
    counted = genai_prices.Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cache_read_tokens=usage.cache_read_tokens,
        cache_write_tokens=usage.cache_write_tokens,
        cache_write_1h_tokens=usage.cache_write_1h_tokens,
    )
    theirs = genai_prices.calc_price(counted, name, provider_id=vendor, price_context=context)
    assert cost.usd in (theirs.total_price, None)
    assert cost.usd is not None or context


class TestServiceTiers:
    """A tier that the table does not price for the model is unknown, never the price of the list."""

    LUNA = PricedModel("openai", "openai", None, ("gpt-6-luna",))
    LIST = Decimal("0.0000006")  # 1 token in, 1 out

    @pytest.mark.parametrize(
        ("model", "tier"),
        [
            (LUNA, "scale"),
            (LUNA, "ultrafast"),
            (LUNA, "a-new-one"),
            (HAIKU, "priority"),
            (HAIKU, "fast"),
            (PricedModel("openai", "openai", None, ("gpt-4o",)), "flex"),
            # Another's price of a tier is not that of who has the model, too.
            (PricedModel("local", "openai", "http://127.0.0.1/v1", ("gpt-6-luna",)), "flex"),
        ],
        ids=lambda value: value if isinstance(value, str) else value.names[0],
    )
    def test_a_tier_without_a_price_is_unknown(self, model: PricedModel, tier: str) -> None:
        assert cost_of(model, Usage(10, 10), {}, service_tier=tier) == UNKNOWN_COST
        assert worst_case(model, 10, 10, {}, service_tier=tier) is None

    def test_before_it_was_priced_it_is_unknown(self) -> None:
        at = datetime(2026, 10, 1, tzinfo=UTC).timestamp()
        assert cost_of(self.LUNA, Usage(10, 10), {}, service_tier="flex", at=at) == UNKNOWN_COST

    @pytest.mark.parametrize("tier", [None, "", "auto", "default", "Standard", "standard_only", "on_demand"])
    def test_what_the_standard_is_called(self, tier: str | None) -> None:
        assert cost_of(self.LUNA, Usage(1, 1), {}, service_tier=tier).usd == self.LIST

    def test_an_own_price_is_that_of_any_tier(self) -> None:
        """Who has agreed on a price, or paid beforehand, says so in `[prices]`."""
        for tier in ("priority", "flex", "scale", "standard/us"):
            cost = cost_of(self.LUNA, Usage(1_000_000, 0), {"gpt-6-luna": OWN}, service_tier=tier)
            assert (cost.usd, cost.prices) == (OWN.input, "config")

    def test_set_aside_is_the_dearer_of_the_list_and_the_tier(self) -> None:
        def most(tier: str | None) -> Decimal | None:
            return worst_case(self.LUNA, 0, 1_000_000, {}, service_tier=tier)

        assert [most(None), most("flex"), most("priority")] == [Decimal("0.5"), Decimal("0.5"), Decimal(1)]


class TestWorstCase:
    """What is set aside before a call: never less than what the call then costs."""

    @given(usage=USAGES, name=st.sampled_from(["claude-haiku-5-5", "claude-opus-5-5", "gpt-6-luna", "gpt-4o"]))
    @settings(max_examples=200, deadline=None)
    def test_no_call_of_that_size_costs_more(self, usage: Usage, name: str) -> None:
        vendor = "anthropic" if name.startswith("claude") else "openai"
        model = PricedModel(vendor, vendor, None, (name,))
        assert usage.input_tokens is not None
        assert usage.output_tokens is not None
        most = worst_case(model, usage.input_tokens, usage.output_tokens, {}, cache="1h")
        cost = cost_of(model, usage, {}).usd
        assert most is not None
        assert cost is not None
        assert cost <= most

    @pytest.mark.parametrize(("cache", "input_price"), [(None, "0.10"), ("5m", "0.125"), ("1h", "0.20")])
    def test_anthropic_writes_to_a_cache_only_if_asked(self, cache: CacheTtl | None, input_price: str) -> None:
        expected = (10_000 * Decimal(input_price) + 1_000 * Decimal("0.50")) / 1_000_000
        assert worst_case(HAIKU, 10_000, 1_000, {}, cache=cache) == expected

    def test_openai_may_write_to_its_cache_by_itself(self) -> None:
        model = PricedModel("openai", "openai", None, ("gpt-6-luna",))
        assert worst_case(model, 1_000_000, 0, {}) == Decimal("0.25")  # long: twice 0.125

    def test_long_input_is_priced_as_such(self) -> None:
        assert worst_case(HAIKU, 100_001, 1_000, {}) == (100_001 * Decimal("0.50") + 1_000 * Decimal("2.50")) / 10**6

    def test_a_batch_is_half(self) -> None:
        assert worst_case(HAIKU, 10_000, 1_000, {}, processing="batch") == Decimal("0.00075")

    def test_an_own_price_counts(self) -> None:
        assert worst_case(LOCAL, 1_000_000, 1_000_000, {"my-model": OWN}) == Decimal(13)  # writes at 3, output at 10

    def test_without_a_price_it_is_unknown(self) -> None:
        assert worst_case(LOCAL, 10, 10, {}) is None

    def test_the_simulator_is_free(self) -> None:
        assert worst_case(PricedModel("sim", "sim", None, ("sim",)), 10**6, 10**6, {}) == 0


def test_the_table_knows_its_version_its_sources_and_the_day_of_its_newest_price() -> None:
    table = snapshot.table(date(2026, 11, 20))
    assert f"{table.name} {table.version}" == snapshot.version()
    assert set(table.vendor_pages) == {"anthropic", "openai"}
    assert table.newest is not None
    assert date(2026, 10, 1) < table.newest <= date(2026, 11, 20)
    older = snapshot.table(date(2026, 8, 1)).newest
    assert older is not None
    assert older <= date(2026, 8, 1)
