"""Tables for people, the same for every command."""

from __future__ import annotations

from collections.abc import Sequence

from llmcli.errors import printable


def aligned(lines: Sequence[Sequence[str]], left: int) -> str:
    """Columns two spaces apart: the first `left` of them begin, the others end below each other.

    A cell cannot forge a row: a checkout may have given a model or a profile a name with a line break in it.
    """
    lines = [[printable(cell) for cell in line] for line in lines]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "".join(
        "  ".join(
            cell.ljust(width) if number < left else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        + "\n"
        for line in lines
    )
