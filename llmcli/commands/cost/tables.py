"""Tables and numbers as the commands below `cost` print them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal


def aligned(lines: Sequence[Sequence[str]], left: int) -> str:
    """Columns two spaces apart: the first `left` of them begin, the others end below each other."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(
        "  ".join(
            cell.ljust(width) if number < left else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in lines
    )


def decimal_string(amount: Decimal | None) -> str | None:
    """An exact amount for JSON, without zeros at its end; None is unknown."""
    return None if amount is None else f"{amount.normalize():f}"


def price_cell(price: str | None) -> str:
    """A price for a table, with two places at least, so that most stand below each other; `-` for none."""
    if price is None:
        return "-"
    whole, _, places = price.partition(".")
    return f"{whole}.{places:0<2}"
