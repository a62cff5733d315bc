"""An outcome as text, as the JSON envelope (version 1), or as its first code block."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import Protocol

from llmcli.errors import InvalidOutputError, LlmcliError, one_line
from llmcli.messages import UNKNOWN_COST, Cost, Message, Reply, ToolCallPart, Usage

SCHEMA_VERSION = 1

_ALL_USAGE = tuple(item.name for item in fields(Usage))
_BASES = ("measured", "estimated", "unknown")  # from the surest

# Their envelopes have data instead of text.
_DATA_COMMANDS = ("extract",)
_USAGE_FIELDS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")

# What JSON leaves as it is: line separators, and the second set of control characters.
_ESCAPED = "".join(map(chr, range(0x7F, 0xA0))) + "\u2028\u2029"

_FENCE_OPEN = re.compile(r"^ {0,3}(`{3,}|~{3,})[^`\n]*$")


@dataclass(frozen=True)
class Outcome:
    """How one call went. `reply` may be partial when `error` says why; both None means nothing was sent."""

    command: str
    model: str | None = None  # as asked
    provider: str | None = None
    reply: Reply | None = None
    error: LlmcliError | None = None
    cost: Cost = UNKNOWN_COST
    attempts: int = 0
    latency_ms: int | None = None
    ttft_ms: int | None = None
    tokens_per_second: float | None = None
    exchanged: tuple[Message, ...] = ()  # what went to and fro with tools before the answer
    data: object = None  # of extract, in the place of text: a value that fits the schema
    cache_saved_usd: Decimal | None = None  # what the cached tokens would have cost on top; negative for writing them


class Spent(Protocol):
    """Whatever has counted several calls."""

    input_tokens: int
    output_tokens: int
    cost_usd: Decimal


def envelope(outcome: Outcome, *, with_text: bool = True) -> dict[str, object]:
    """The one shape for success and failure. What is not known is None, never 0."""
    reply, error = outcome.reply, outcome.error
    head: dict[str, object] = {
        "type": "result",
        "schema_version": SCHEMA_VERSION,
        "ok": error is None,
        "command": outcome.command,
        "provider": outcome.provider,
        "model": outcome.model,
        "model_resolved": reply.model if reply else None,
    }
    if with_text and outcome.command in _DATA_COMMANDS:
        head["data"] = outcome.data
    elif with_text:
        head["text"] = reply.text if reply else None
        head["reasoning"] = (reply.reasoning or None) if reply else None
        head["tool_calls"] = [tool_call(call) for call in reply.tool_calls] if reply and reply.tool_calls else None
    usage = reply.usage if reply else Usage()
    return head | {
        "stop_reason": reply.stop_reason.value if reply else None,
        "truncated": reply.stop_reason.truncated if reply else False,
        "usage": {name: getattr(usage, name) for name in _USAGE_FIELDS},
        "cost": {
            "usd": None if outcome.cost.usd is None else f"{outcome.cost.usd:f}",
            "basis": outcome.cost.basis,
            "prices": outcome.cost.prices,
        },
        "request_id": (reply.request_id if reply else None) or (error.request_id if error else None),
        "attempts": outcome.attempts,
        "latency_ms": outcome.latency_ms,
        "ttft_ms": outcome.ttft_ms,
        "tokens_per_second": outcome.tokens_per_second,
        "error": None if error is None else error_fields(error),
    }


def tool_call(call: ToolCallPart) -> dict[str, object]:
    """A call that the model wants made, as scripts read it."""
    return {"id": call.id, "name": call.name, "arguments": call.arguments}


def error_fields(error: LlmcliError) -> dict[str, object]:
    """The envelope's `error`."""
    return {
        "class": error.kind,
        "message": one_line(error.message),
        "status": error.status,
        "retryable": error.retryable,
        "retry_after_s": error.retry_after_s,
        "hint": error.hint,
    }


def added(before: Outcome, after: Outcome) -> Outcome:
    """Two rounds of one answer: `after` with the tokens, dollars, attempts and time of both."""
    if before.reply is None or after.reply is None:
        return after
    usage = Usage(*(_sum(getattr(before.reply.usage, name), getattr(after.reply.usage, name)) for name in _ALL_USAGE))
    known = before.cost.usd is not None and after.cost.usd is not None
    worse = max((before.cost, after.cost), key=lambda cost: _BASES.index(cost.basis))
    usd = (before.cost.usd or 0) + (after.cost.usd or 0) if known else None
    return replace(
        after,
        reply=replace(after.reply, usage=usage),
        cost=replace(worse, usd=None if usd is None else Decimal(usd)),
        attempts=before.attempts + after.attempts,
        latency_ms=_sum(before.latency_ms, after.latency_ms),
        ttft_ms=before.ttft_ms,
    )


def _sum(one: int | None, other: int | None) -> int | None:
    """The sum of what is known; None only if neither is."""
    return None if one is None and other is None else (one or 0) + (other or 0)


def summary(outcome: Outcome) -> str:
    """What a call took, for a person: tokens, dollars, seconds."""
    usage = outcome.reply.usage if outcome.reply else None
    sent, received = (usage.input_tokens, usage.output_tokens) if usage else (None, None)
    parts = [f"tokens: {_count(sent)} in / {_count(received)} out", dollars(outcome.cost)]
    if usage is not None and (usage.cache_read_tokens or usage.cache_write_tokens):
        read, written = usage.cache_read_tokens or 0, usage.cache_write_tokens or 0
        saved = "" if outcome.cache_saved_usd is None else f", saved {dollars_of(outcome.cache_saved_usd)}"
        parts.append(f"cache: {read:,} read, {written:,} written{saved}")
    if outcome.latency_ms is not None:
        parts.append(f"{outcome.latency_ms / 1000:.1f} s")
    if outcome.ttft_ms is not None:
        parts.append(f"first token {outcome.ttft_ms / 1000:.2f} s")
    if outcome.tokens_per_second is not None:
        parts.append(f"{outcome.tokens_per_second:.0f} tokens/s")
    return " · ".join(parts)


def turn_line(outcome: Outcome, so_far: Spent) -> str:
    """What a turn took, and the whole conversation up to it."""
    usage = outcome.reply.usage if outcome.reply else None
    sent, received = (usage.input_tokens, usage.output_tokens) if usage else (None, None)
    turn = f"tokens: {_count(sent)} in / {_count(received)} out · {dollars(outcome.cost)}"
    session = f"session: {so_far.input_tokens:,} in / {so_far.output_tokens:,} out · {dollars_of(so_far.cost_usd)}"
    return f"{turn} · {session}"


def dollars(cost: Cost) -> str:
    """A cost for a person; `~` marks an estimate."""
    if cost.usd is None:
        return "$?"
    return f"{'~' if cost.basis == 'estimated' else ''}{dollars_of(cost.usd)}"


def dollars_of(amount: Decimal, places: int = 4, sign: str = "$") -> str:
    """An amount for a person, to a hundredth of a cent unless `places` says otherwise."""
    if amount < 0:
        return f"-{dollars_of(-amount, places, sign)}"
    least = Decimal(1).scaleb(-places)
    return f"<{sign}{least:f}" if 0 < amount < least else f"{sign}{amount:,.{places}f}"


def _count(tokens: int | None) -> str:
    return "?" if tokens is None else f"{tokens:,}"


def to_json(value: object) -> str:
    """One line of JSON, readable in any language, without characters that break lines or that a terminal obeys."""
    text = json.dumps(value, ensure_ascii=False)
    for char in "\x7f" if text.isascii() else _ESCAPED:  # a regular expression would take longer than all the rest
        if char in text:
            text = text.replace(char, f"\\u{ord(char):04x}")
    return text + "\n"


def as_text(text: str) -> str:
    """An answer as stdout gets it: with exactly one newline at its end if it had none."""
    return text if text.endswith("\n") else text + "\n"


def first_code_block(text: str) -> str:
    """The content of the first fenced code block, without its fence. Raises InvalidOutputError."""
    lines = text.split("\n")
    for start, line in enumerate(lines):
        opened = _FENCE_OPEN.match(line)
        if opened is None:
            continue
        fence = opened[1]
        for end in range(start + 1, len(lines)):
            closing = lines[end].strip()
            if closing.startswith(fence) and not closing.strip(fence[0]):
                return "\n".join(lines[start + 1 : end])
        break
    raise InvalidOutputError("the answer has no complete code block", hint="ask for one, or leave out -x")
