"""What a call costs on top because it may be answered in one region only.

Anthropic takes 1.1 times every price of a token in the US (https://platform.claude.com/docs/en/manage-claude/data-residency),
OpenAI a tenth more at its regional addresses for the models since 5 March 2026, of which GPT-5.4 was the first
(https://developers.openai.com/api/docs/guides/data-residency). The price table has neither. Read in November 2026.
"""

from __future__ import annotations

import re
from decimal import Decimal

FACTOR = Decimal("1.1")
_IN_THE_US = "/us"
_REGIONAL = re.compile(r"https://[a-z]{2}\.api\.openai\.com(?:[:/]|$)")
_VERSION = re.compile(r"gpt-(\d+)(?:\.(\d+))?(?![\d.])")
_SINCE = (5, 4)


def tier_in(tier: str | None, place: object) -> str | None:
    """The service tier together with Anthropic's word for where it is served, if that costs more: `standard/us`."""
    return f"{tier or 'standard'}{_IN_THE_US}" if place == "us" else tier


def tier_and_factor(served: str) -> tuple[str, Decimal]:
    """The two that `tier_in` has put together: the tier alone, and what its prices are to be multiplied by."""
    tier = served.removesuffix(_IN_THE_US)
    return tier, Decimal(1) if tier == served else FACTOR


def factor_at(base_url: str | None, name: str) -> Decimal:
    """What the prices of a model are to be multiplied by at this address."""
    version = _VERSION.match(name)
    if version is None or not _REGIONAL.match(base_url or ""):
        return Decimal(1)
    return FACTOR if (int(version[1]), int(version[2] or 0)) >= _SINCE else Decimal(1)
