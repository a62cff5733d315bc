"""Dollars as the ledger keeps them: whole picodollars (10^-12 USD), which SQLite adds up exactly.

Prices are dollars per million tokens with at most six decimals, so that no call costs a fraction of one.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal

_DIGITS = 12
# A million dollars, or as many tokens: more than an attempt can take, and SQLite can still add up a few of them.
MOST = 10**18


def to_pico(usd: Decimal) -> int:
    """Picodollars, MOST at most; a fraction of one counts as a whole one, so that no cap is passed by rounding."""
    return int(min(usd.scaleb(_DIGITS), Decimal(MOST)).to_integral_value(ROUND_CEILING))


def from_pico(pico: int) -> Decimal:
    """Dollars, without zeros that say nothing."""
    usd = Decimal(pico).scaleb(-_DIGITS).normalize()
    return usd if usd else Decimal(0)
