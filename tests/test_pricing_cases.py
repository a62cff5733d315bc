"""Bills worked out by hand from the vendors' price lists, against what pricing makes of the same tokens.

Each case has the tokens, the bill as plain arithmetic (dollars per million tokens, no library asked) and the page that
the prices stand on. The pages were read in November 2026.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from llmcli.messages import Usage
from llmcli.pricing import PricedModel, cost_of

M = Decimal(1_000_000)
D = Decimal

CLAUDE_PRICES = "https://platform.claude.com/docs/en/about-claude/pricing#model-pricing"
CLAUDE_LONG = "https://platform.claude.com/docs/en/about-claude/pricing#long-context-pricing"
CLAUDE_CACHE = "https://platform.claude.com/docs/en/build-with-claude/prompt-caching#pricing: writes 1.25x or 2x"
CLAUDE_BATCH = "https://platform.claude.com/docs/en/build-with-claude/batch-processing#pricing: all usage at 50%"
CLAUDE_FAST = "https://platform.claude.com/docs/en/build-with-claude/fast-mode: twice the list, on all of it"
CLAUDE_US = "https://platform.claude.com/docs/en/manage-claude/data-residency: 1.1 times all token prices"
HAIKU = "https://platform.claude.com/docs/en/models/haiku-5-5/overview"
OPUS = "https://platform.claude.com/docs/en/models/opus-5-5/overview"
OPUS_5 = "https://platform.claude.com/docs/en/models/opus-5/overview"
LUNA = "https://developers.openai.com/api/docs/models/gpt-6-luna"
TERRA = "https://developers.openai.com/api/docs/models/gpt-6.1-terra"
SOL = "https://developers.openai.com/api/docs/models/gpt-6.1-sol"
ASTRA = "https://developers.openai.com/api/docs/models/gpt-6-astra"
LUNA_5_6 = "https://developers.openai.com/api/docs/models/gpt-5.6-luna"
OPENAI_PRICES = "https://developers.openai.com/api/docs/pricing"
OPENAI_CACHE = "https://developers.openai.com/api/docs/guides/prompt-caching: no fee for writing before GPT-5.6"
OPENAI_REGION = "https://developers.openai.com/api/docs/guides/data-residency: 10% on models since 2026-03-05"
OPENAI_REASONING = "https://developers.openai.com/api/docs/guides/reasoning: billed as output tokens"


def day(text: str) -> float:
    """The noon of a day, in seconds since 1970."""
    return datetime.fromisoformat(text).replace(hour=12, tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Case:
    """Tokens of one call, and what the vendor bills for them."""

    name: str
    model: str
    usage: Usage
    usd: Decimal
    source: str
    how: dict[str, Any] | None = None
    base_url: str | None = None


CASES = [
    # Anthropic. `input_tokens` counts all that was sent; the vendor's own count leaves the cached ones out.
    Case("haiku", "claude-haiku-5-5", Usage(12_345, 678), (12_345 * D("0.10") + 678 * D("0.50")) / M, HAIKU),
    Case(
        "haiku-dated",
        "claude-haiku-5-5-20261007",
        Usage(10_000, 2_000),
        (10_000 * D("0.10") + 2_000 * D("0.50")) / M,
        HAIKU,
    ),
    Case(
        "haiku-100k-is-not-yet-long",
        "claude-haiku-5-5",
        Usage(100_000, 1_000),
        (100_000 * D("0.10") + 1_000 * D("0.50")) / M,
        CLAUDE_LONG,
    ),
    Case(
        "haiku-one-token-over-and-every-token-is-dearer",
        "claude-haiku-5-5",
        Usage(100_001, 1_000),
        (100_001 * D("0.50") + 1_000 * D("2.50")) / M,
        CLAUDE_LONG,
    ),
    Case(
        "haiku-long-because-of-what-is-cached",
        "claude-haiku-5-5",
        Usage(120_000, 500, cache_read_tokens=110_000),
        (10_000 * D("0.50") + 110_000 * D("0.05") + 500 * D("2.50")) / M,
        CLAUDE_LONG,
    ),
    Case(
        "haiku-write-5m",
        "claude-haiku-5-5",
        Usage(9_000, 100, cache_write_tokens=8_000, cache_write_1h_tokens=0),
        (1_000 * D("0.10") + 8_000 * D("0.10") * D("1.25") + 100 * D("0.50")) / M,
        CLAUDE_CACHE,
    ),
    Case(
        "haiku-write-1h",
        "claude-haiku-5-5",
        Usage(9_000, 100, cache_write_tokens=8_000, cache_write_1h_tokens=8_000),
        (1_000 * D("0.10") + 8_000 * D("0.10") * 2 + 100 * D("0.50")) / M,
        CLAUDE_CACHE,
    ),
    Case(
        "haiku-batch",
        "claude-haiku-5-5",
        Usage(9_000, 100),
        (9_000 * D("0.10") + 100 * D("0.50")) / M / 2,
        CLAUDE_BATCH,
        {"processing": "batch"},
    ),
    Case(
        "haiku-batch-long-and-cached-half-of-everything",
        "claude-haiku-5-5",
        Usage(200_000, 1_000, cache_read_tokens=50_000, cache_write_tokens=60_000, cache_write_1h_tokens=20_000),
        (90_000 * D("0.50") + 50_000 * D("0.05") + 40_000 * D("0.625") + 20_000 * D("1.00") + 1_000 * D("2.50"))
        / M
        / 2,
        CLAUDE_BATCH,
        {"processing": "batch"},
    ),
    Case(
        "sonnet-reads-at-a-twentieth",
        "claude-sonnet-5-5",
        Usage(50_000, 1_500, cache_read_tokens=40_000),
        (10_000 * D("2") + 40_000 * D("0.10") + 1_500 * D("10")) / M,
        CLAUDE_PRICES,
    ),
    Case(
        "sonnet-has-no-long-context-price",
        "claude-sonnet-5-5",
        Usage(900_000, 1_000),
        (900_000 * D("2") + 1_000 * D("10")) / M,
        CLAUDE_LONG,
    ),
    Case(
        "opus-all-kinds-at-once",
        "claude-opus-5-5",
        Usage(30_000, 2_000, cache_read_tokens=10_000, cache_write_tokens=15_000, cache_write_1h_tokens=5_000),
        (5_000 * D("4") + 10_000 * D("0.20") + 10_000 * D("5") + 5_000 * D("8") + 2_000 * D("20")) / M,
        OPUS,
    ),
    Case(
        "opus-thinking-is-output",
        "claude-opus-5-5",
        Usage(5_000, 800, reasoning_tokens=700),
        (5_000 * D("4") + 800 * D("20")) / M,
        OPUS,
    ),
    Case(
        "opus-batch",
        "claude-opus-5-5",
        Usage(5_000, 800),
        (5_000 * D("2") + 800 * D("10")) / M,
        CLAUDE_BATCH,
        {"processing": "batch"},
    ),
    Case(
        "opus-5-reads-at-a-tenth",
        "claude-opus-5",
        Usage(20_000, 10, cache_read_tokens=20_000),
        (20_000 * D("0.50") + 10 * D("25")) / M,
        OPUS_5,
    ),
    Case(
        "haiku-4-5",
        "claude-haiku-4-5",
        Usage(1_000, 1_000, cache_write_tokens=600, cache_write_1h_tokens=600),
        (400 * D("1") + 600 * D("2") + 1_000 * D("5")) / M,
        CLAUDE_PRICES,
    ),
    # OpenAI. Cached tokens are part of the vendor's count, too.
    Case("luna", "gpt-6-luna", Usage(12_345, 678), (12_345 * D("0.10") + 678 * D("0.50")) / M, LUNA),
    Case(
        "luna-272k-is-not-yet-long",
        "gpt-6-luna",
        Usage(272_000, 100),
        (272_000 * D("0.10") + 100 * D("0.50")) / M,
        LUNA,
    ),
    Case(
        "luna-long-is-2x-in-and-1.5x-out",
        "gpt-6-luna",
        Usage(272_001, 100, cache_read_tokens=1_000),
        (271_001 * D("0.10") * 2 + 1_000 * D("0.01") * 2 + 100 * D("0.50") * D("1.5")) / M,
        LUNA,
    ),
    Case(
        "luna-read-and-write",
        "gpt-6-luna",
        Usage(8_000, 50, cache_read_tokens=4_096, cache_write_tokens=2_048),
        (1_856 * D("0.10") + 4_096 * D("0.01") + 2_048 * D("0.125") + 50 * D("0.50")) / M,
        LUNA,
    ),
    Case(
        "luna-reasoning-is-not-paid-twice",
        "gpt-6-luna",
        Usage(100, 5_000, reasoning_tokens=4_800),
        (100 * D("0.10") + 5_000 * D("0.50")) / M,
        OPENAI_REASONING,
    ),
    Case(
        "luna-batch",
        "gpt-6-luna",
        Usage(8_000, 50, cache_read_tokens=4_096),
        (3_904 * D("0.10") + 4_096 * D("0.01") + 50 * D("0.50")) / M / 2,
        LUNA,
        {"processing": "batch"},
    ),
    Case(
        "luna-flex",
        "gpt-6-luna",
        Usage(8_000, 50),
        (8_000 * D("0.10") + 50 * D("0.50")) / M / 2,
        LUNA,
        {"service_tier": "flex"},
    ),
    Case(
        "luna-priority-is-fast-mode",
        "gpt-6-luna",
        Usage(8_000, 50),
        (8_000 * D("0.10") + 50 * D("0.50")) / M * 2,
        LUNA,
        {"service_tier": "priority"},
    ),
    Case(
        "luna-fast-is-the-other-name",
        "gpt-6-luna",
        Usage(8_000, 50, cache_read_tokens=4_000),
        (4_000 * D("0.20") + 4_000 * D("0.02") + 50 * D("1")) / M,
        LUNA,
        {"service_tier": "fast"},
    ),
    Case(
        "luna-default-is-the-list",
        "gpt-6-luna",
        Usage(8_000, 50),
        (8_000 * D("0.10") + 50 * D("0.50")) / M,
        LUNA,
        {"service_tier": "default"},
    ),
    Case(
        "terra-flex-long",
        "gpt-6.1-terra",
        Usage(300_000, 1_000, cache_read_tokens=100_000),
        (200_000 * D("1") + 100_000 * D("0.05") + 1_000 * D("3.75")) / M,
        TERRA,
        {"service_tier": "flex"},
    ),
    Case(
        "terra-reads-at-a-twentieth",
        "gpt-6.1-terra",
        Usage(10_000, 1_000, cache_read_tokens=9_000),
        (1_000 * D("1") + 9_000 * D("0.05") + 1_000 * D("5")) / M,
        TERRA,
    ),
    Case(
        "terra-long",
        "gpt-6.1-terra",
        Usage(300_000, 1_000),
        (300_000 * D("2") + 1_000 * D("7.50")) / M,
        TERRA,
    ),
    Case(
        "terra-batch",
        "gpt-6.1-terra",
        Usage(10_000, 1_000),
        (10_000 * D("0.50") + 1_000 * D("2.50")) / M,
        TERRA,
        {"processing": "batch"},
    ),
    Case(
        "sol",
        "gpt-6.1-sol",
        Usage(10_000, 1_000, cache_read_tokens=5_000),
        (5_000 * D("2") + 5_000 * D("0.10") + 1_000 * D("10")) / M,
        SOL,
    ),
    Case("astra", "gpt-6-astra", Usage(1_000, 1_000), (1_000 * D("10") + 1_000 * D("50")) / M, ASTRA),
    Case(
        "4.1-writes-cost-what-input-costs",
        "gpt-4.1",
        Usage(10_000, 100, cache_read_tokens=2_000, cache_write_tokens=8_000),
        (8_000 * D("2") + 2_000 * D("0.50") + 100 * D("8")) / M,
        OPENAI_CACHE,
    ),
    Case(
        "4o-reads-at-half",
        "gpt-4o",
        Usage(10_000, 100, cache_read_tokens=2_000),
        (8_000 * D("2.50") + 2_000 * D("1.25") + 100 * D("10")) / M,
        OPENAI_PRICES,
    ),
    Case(
        "haiku-standard-is-the-list",
        "claude-haiku-5-5",
        Usage(1_000, 10),
        (1_000 * D("0.10") + 10 * D("0.50")) / M,
        HAIKU,
        {"service_tier": "standard"},
    ),
    Case(
        "haiku-served-as-a-batch",
        "claude-haiku-5-5",
        Usage(1_000, 10),
        (1_000 * D("0.05") + 10 * D("0.25")) / M,
        CLAUDE_BATCH,
        {"service_tier": "batch"},
    ),
    Case(
        "opus-fast-with-a-cache",
        "claude-opus-5-5",
        Usage(9_000, 300, cache_read_tokens=5_000, cache_write_tokens=3_000, cache_write_1h_tokens=1_000),
        (1_000 * D("8") + 5_000 * D("0.40") + 2_000 * D("10") + 1_000 * D("16") + 300 * D("40")) / M,
        CLAUDE_FAST,
        {"service_tier": "fast"},
    ),
    # The price on the day of the call.
    Case(
        "5.6-luna-before-it-became-cheaper",
        "gpt-5.6-luna",
        Usage(10_000, 1_000),
        (10_000 * D("1") + 1_000 * D("6")) / M,
        "https://developers.openai.com/api/docs/changelog, 2026-07-30: 80% less",
        {"at": day("2026-07-29")},
    ),
    Case(
        "5.6-luna-since",
        "gpt-5.6-luna",
        Usage(10_000, 1_000),
        (10_000 * D("0.20") + 1_000 * D("1.20")) / M,
        LUNA_5_6,
        {"at": day("2026-07-30")},
    ),
    # In one region only.
    Case(
        "haiku-in-the-us",
        "claude-haiku-5-5",
        Usage(10_000, 2_000, 6_000, 1_000, cache_write_1h_tokens=400),
        (3_000 * D("0.10") + 6_000 * D("0.01") + 600 * D("0.125") + 400 * D("0.20") + 2_000 * D("0.50")) * D("1.1") / M,
        CLAUDE_US,
        {"service_tier": "standard/us"},
    ),
    Case(
        "haiku-in-the-us-as-a-batch",
        "claude-haiku-5-5",
        Usage(10_000, 2_000),
        (10_000 * D("0.05") + 2_000 * D("0.25")) * D("1.1") / M,
        CLAUDE_US,
        {"service_tier": "batch/us"},
    ),
    Case(
        "luna-in-europe",
        "gpt-6-luna",
        Usage(10_000, 2_000),
        (10_000 * D("0.10") + 2_000 * D("0.50")) * D("1.1") / M,
        OPENAI_REGION,
        base_url="https://eu.api.openai.com/v1",
    ),
    Case(
        "5.4-in-the-us-as-flex",
        "gpt-5.4",
        Usage(10_000, 2_000),
        (10_000 * D("1.25") + 2_000 * D("7.5")) * D("1.1") / M,
        OPENAI_REGION,
        {"service_tier": "flex"},
        base_url="https://us.api.openai.com/v1",
    ),
    Case(
        "5.2-is-older-than-the-uplift",
        "gpt-5.2",
        Usage(10_000, 2_000),
        (10_000 * D("1.75") + 2_000 * D("14")) / M,
        OPENAI_REGION,
        base_url="https://eu.api.openai.com/v1",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_call_costs_what_the_vendor_bills(case: Case) -> None:
    vendor = "anthropic" if case.model.startswith("claude") else "openai"
    model = PricedModel(vendor, vendor, case.base_url, (case.model,))
    cost = cost_of(model, case.usage, {}, **{"at": day("2026-11-20"), **(case.how or {})})
    assert (cost.usd, cost.basis) == (case.usd, "measured"), case.source
