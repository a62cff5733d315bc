"""Amounts as the commands below `cost` print them."""

from __future__ import annotations

from decimal import Decimal


def decimal_string(amount: Decimal | None) -> str | None:
    """An exact amount for JSON, without zeros at its end; None is unknown."""
    return None if amount is None else f"{amount.normalize():f}"


def price_cell(price: str | None) -> str:
    """A price for a table, with two places at least, so that most stand below each other; `-` for none."""
    if price is None:
        return "-"
    whole, _, places = price.partition(".")
    return f"{whole}.{places:0<2}"
