"""One attempt as the ledger keeps it: what is known when it is sent, and when it is over."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from llmcli.ledger.money import MOST, to_pico
from llmcli.messages import UNKNOWN_COST, Cost, Usage


@dataclass(frozen=True)
class Charge:
    """What an attempt counts against budgets: the most it can take until it is over, then what it took.

    `usd` is None if nobody knows the price.
    """

    usd: Decimal | None
    tokens: int


NO_CHARGE = Charge(Decimal(0), 0)


@dataclass(frozen=True)
class Sent:
    """What is known of an attempt when it is sent. `run` ties together what one `--max-cost` caps."""

    call_id: str
    attempt: int
    command: str
    provider: str
    model: str
    tags: dict[str, str] = field(default_factory=dict)
    profile: str | None = None
    run: str | None = None
    time: float = field(default_factory=time.time)


@dataclass(frozen=True)
class Settled:
    """What is known of an attempt when it is over."""

    status: str
    model_resolved: str | None = None
    http_status: int | None = None
    stop_reason: str | None = None
    service_tier: str | None = None
    usage: Usage = field(default_factory=Usage)
    cost: Cost = UNKNOWN_COST
    charge: Charge = NO_CHARGE
    latency_ms: int | None = None
    ttft_ms: int | None = None
    tokens_per_second: float | None = None
    request_id: str | None = None


def sent_columns(sent: Sent, charge: Charge) -> dict[str, object]:
    """The row of an attempt that is about to be sent."""
    return {
        "call_id": sent.call_id,
        "attempt": sent.attempt,
        "time": sent.time,
        "command": sent.command,
        "provider": sent.provider,
        "model": sent.model,
        "profile": sent.profile,
        "run": sent.run,
        "status": "sent",
        "cost_basis": "unknown",
        "tags": json.dumps(sent.tags, sort_keys=True),
        "pid": os.getpid(),
        **_charged(charge),
    }


def settled_columns(settled: Settled) -> dict[str, object]:
    """What completes the row."""
    cost = settled.cost
    return {
        **_known(settled),
        "cost_picousd": None if cost.usd is None else to_pico(cost.usd),
        "cost_basis": cost.basis,
        **_charged(settled.charge),
    }


def usage_line(sent: Sent, settled: Settled) -> str:
    """The attempt as a line of `usage_log`."""
    when = datetime.fromtimestamp(sent.time, UTC).isoformat(timespec="milliseconds")
    head = {"time": when, "call_id": sent.call_id, "attempt": sent.attempt, "command": sent.command}
    what = {"provider": sent.provider, "model": sent.model, "tags": sent.tags}
    cost = settled.cost
    cost_fields = {"cost_usd": None if cost.usd is None else f"{cost.usd:f}", "cost_basis": cost.basis}
    return json.dumps({**head, **what, **_known(settled), **cost_fields}, ensure_ascii=False) + "\n"


def _known(settled: Settled) -> dict[str, object]:
    usage = settled.usage
    return {
        "status": settled.status,
        "model_resolved": settled.model_resolved,
        "http_status": settled.http_status,
        "stop_reason": settled.stop_reason,
        "service_tier": settled.service_tier,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "cache_write_1h_tokens": usage.cache_write_1h_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "latency_ms": settled.latency_ms,
        "ttft_ms": settled.ttft_ms,
        "tokens_per_second": settled.tokens_per_second,
        "request_id": settled.request_id,
    }


def _charged(charge: Charge) -> dict[str, object]:
    return {
        "charge_picousd": None if charge.usd is None else to_pico(charge.usd),
        "charge_tokens": min(charge.tokens, MOST),
    }
