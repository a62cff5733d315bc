"""A group of attempts as the fields that scripts read, and as the cells of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from llmcli.commands.columns import aligned

if TYPE_CHECKING:
    from llmcli.ledger.group import Group

UNKNOWN = "unknown"

# Field, heading of its column.
_COLUMNS = {
    "calls": "CALLS",
    "failures": "FAILED",
    "attempts": "ATTEMPTS",
    "input_tokens": "TOKENS IN",
    "output_tokens": "OUT",
    "cache_read_tokens": "CACHE READ",
    "cache_write_tokens": "CACHE WRITE",
    "reasoning_tokens": "REASONING",
    "cost_usd": "USD",
    "latency_p50_ms": "P50 MS",
    "latency_p95_ms": "P95 MS",
    "latency_p99_ms": "P99 MS",
    "ttft_p50_ms": "TTFT P50 MS",
    "ttft_p95_ms": "P95 MS",
    "ttft_p99_ms": "P99 MS",
    "tokens_per_second": "TOKENS/S",
}


def fields_of(group: Group) -> dict[str, object]:
    """What a group adds up to. What is not known is None; `…_unknown_attempts` says how many a sum leaves out."""
    from llmcli.ledger.spread import PERCENTILES
    from llmcli.ledger.sums import TOKEN_KINDS

    cost = group.cost_usd
    return {
        "calls": group.calls,
        "failures": group.failures,
        "open": group.open,
        "attempts": group.attempts,
        **{kind: group.tokens(kind) for kind in TOKEN_KINDS},
        "cost_usd": None if cost is None else f"{cost:f}",
        **{f"{kind}_unknown_attempts": group.unknown(kind) for kind in TOKEN_KINDS},
        "cost_unknown_attempts": group.unknown("cost_picousd"),
        **{f"latency_p{percent}_ms": group.latency_ms.percentile(percent) for percent in PERCENTILES},
        **{f"ttft_p{percent}_ms": group.ttft_ms.percentile(percent) for percent in PERCENTILES},
        "tokens_per_second": group.tokens_per_second,
    }


def table(
    keys: tuple[str, ...],
    rows: Sequence[Mapping[str, object]],
    total: Mapping[str, object] | None = None,
    names: tuple[str, ...] = tuple(_COLUMNS),
) -> str:
    """Columns for people: `keys`, then the fields of these names; `total` is the last line."""
    lines = [[key.upper() for key in keys] + [_COLUMNS[name] for name in names]]
    lines += [[_key(row[key]) for key in keys] + [_cell(name, row[name]) for name in names] for row in rows]
    if total is not None:
        head = ["total", *[""] * len(keys)][: len(keys)]
        lines.append(head + [_cell(name, total[name]) for name in names])
    return aligned(lines, left=len(keys))


def left_out(total: Mapping[str, object], names: tuple[str, ...] = tuple(_COLUMNS)) -> list[str]:
    """What a person must know about the sums of these names: which attempts they lack."""
    said = {"cost_unknown_attempts": "USD"}
    said |= {f"{name}_unknown_attempts": name.replace("_", " ") for name in names if name.endswith("_tokens")}
    return [
        f"{words}: without {total[name]} attempts of which it is unknown" for name, words in said.items() if total[name]
    ]


def usd(text: object) -> str:
    """Dollars to a hundredth of a cent, without a sign."""
    from decimal import Decimal

    from llmcli.render import dollars_of

    return UNKNOWN if text is None else dollars_of(Decimal(str(text)), sign="")


def _key(value: object) -> str:
    return "none" if value is None else str(value)


def _cell(name: str, value: object) -> str:
    if name == "cost_usd":
        return usd(value)
    return UNKNOWN if value is None else f"{value:,}"
