"""Options that may stand without their value, which the option parser does not know."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from llmcli.choices import CacheTtl, Evidence

# The option, the values that it takes, and the one that it stands for alone.
BARE: dict[str, tuple[tuple[str, ...], str]] = {
    "--cache": (get_args(CacheTtl), "5m"),
    "--evidence": (get_args(Evidence), "record"),
}


def spelled_out(arguments: Sequence[str]) -> list[str]:
    """The command line with the values that were left out; behind `--` there are no options."""
    return list(_spelled_out(arguments))


def _spelled_out(arguments: Sequence[str]) -> Iterator[str]:
    end = arguments.index("--") if "--" in arguments else len(arguments)
    for number, argument in enumerate(arguments):
        yield argument
        if argument in BARE and number < end:
            values, alone = BARE[argument]
            if number + 1 >= end or arguments[number + 1] not in values:
                yield alone
