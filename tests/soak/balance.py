"""The ledger held against the server's own log, request by request.

Both know who asked: each run of a command gives its mark as user to the server and as tag to the ledger. The server's
request id ties an attempt to a request. What can be said of a pair:

- An answer that went out whole, with its usage, is measured in the ledger: all five token counts are the server's,
  and the cost is theirs at the price. Only who left before the end may not know that; then nothing is called measured.
- An answer that broke off, was none, or did not say what it used, is never called measured.
- An error status is in the ledger as that status, and costs nothing.

An attempt that never saw a head of an answer has no request id, and its request cannot be told from others of the same
run: of these the ledger has at least as many as the server, and none with tokens. It has more of them where a run was
killed or timed out before its request arrived.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]

TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
COUNTING = ("/v1/messages/count_tokens", "/v1/responses/input_tokens", "/v1/models")
# An attempt that ended so was not seen to its end.
CUT_OFF = ("sent", "lost", "interrupted", "unavailable")
PRICES = {"input": "1", "output": "5", "cache_read": "0.1", "cache_write": "1.25"}
"""USD per million tokens, of every model: what the configuration of all runs says."""


@dataclass
class Balance:
    """What the comparison found; no `problems` means that the books are right."""

    problems: list[str] = field(default_factory=list)
    measured: Counter[str] = field(default_factory=Counter)
    """Tokens of the attempts that the ledger calls measured."""
    answered: Counter[str] = field(default_factory=Counter)
    """Tokens of the same requests, as the server counted."""
    counts: Counter[str] = field(default_factory=Counter)
    """Pairs and lone attempts by what they are."""
    unheard: Counter[str] = field(default_factory=Counter)
    """Tokens that the server counted and nobody heard of: of answers that broke off or were not waited for."""


def compare(entries: Iterable[Row], rows: Iterable[Row], ended: Collection[str] | None = None) -> Balance:
    """Of the marks that have `ended` everything is compared, of others what is settled; None means that all have."""
    balance = Balance()
    requests = {entry["request_id"]: entry for entry in entries if entry["path"] not in COUNTING}
    alone: dict[str, list[Row]] = defaultdict(list)
    heard: set[str] = set()
    for row in rows:
        name = row["request_id"]
        if name is None:
            alone[mark_of(row)].append(row)
        elif name in heard:
            balance.problems.append(f"{name} is in the ledger twice")
        elif name not in requests:
            balance.problems.append(f"{_words(row)}: the server knows no request {name}")
        else:
            _pair(balance, requests[name], row)
            heard.add(name)
    lone: dict[str, list[Row]] = defaultdict(list)
    for name, entry in requests.items():
        if name not in heard:
            lone[str(entry["user_id"])].append(entry)
    for mark in alone.keys() | lone.keys():
        _without_id(balance, mark, lone[mark], alone[mark], over=ended is None or mark in ended)
    if balance.measured != balance.answered:
        balance.problems.append(f"measured {dict(balance.measured)}, answered {dict(balance.answered)}")
    return balance


def mark_of(row: Row) -> str:
    """Whose attempt it is."""
    return str(json.loads(row["tags"]).get("mark"))


def cost_usd(tokens: Mapping[str, int]) -> Decimal:
    """What so many tokens cost at PRICES."""
    cached = tokens["cache_read_tokens"], tokens["cache_write_tokens"]
    amounts = {
        "input": tokens["input_tokens"] - sum(cached),
        "output": tokens["output_tokens"],
        "cache_read": cached[0],
        "cache_write": cached[1],
    }
    return sum((Decimal(PRICES[kind]) * amount for kind, amount in amounts.items()), Decimal(0)).scaleb(-6)


def _pair(balance: Balance, entry: Row, row: Row) -> None:
    """A request and the attempt that heard of it."""
    problem = balance.problems.append
    what = f"{_words(row)}, {entry['request_id']} (status {entry['status']}, fault {entry['fault']})"
    if str(entry["user_id"]) != mark_of(row):
        problem(f"{what}: asked by {entry['user_id']}")
    is_measured = row["cost_basis"] == "measured"
    if entry["status"] != 200:
        balance.counts["errors"] += 1
        known = [row[name] for name in TOKENS if row[name] is not None]
        if row["http_status"] != entry["status"] or known or row["charge_picousd"] != 0 or row["status"] == "ok":
            problem(f"{what}: http_status {row['http_status']}, tokens {known}, charge {row['charge_picousd']}")
        return
    silent = (entry["fault"] or "").startswith("no-usage")
    if not entry["complete"] or silent:
        kind = "broken off" if not entry["complete"] else "without usage"
        balance.counts[kind] += 1
        _add(balance.unheard, entry)
        if is_measured:
            problem(f"{what}: is called measured, but was {kind}")
        known = [row[name] for name in TOKENS if row[name] is not None]
        if row["stop_reason"] is None:  # nothing of it could be read
            if known or row["status"] not in CUT_OFF:
                problem(f"{what}: nothing of it was an answer, but there are tokens {known}")
        elif not silent and entry["vendor"] == "anthropic" and row["input_tokens"] != entry["input_tokens"]:
            problem(f"{what}: {row['input_tokens']} tokens in, but it was told {entry['input_tokens']}")
    elif is_measured:
        balance.counts["measured"] += 1
        _add(balance.measured, row)
        _add(balance.answered, entry)
        if any(row[name] != entry[name] for name in TOKENS):
            problem(f"{what}: {[row[name] for name in TOKENS]}, the server has {[entry[name] for name in TOKENS]}")
        elif row["cost_picousd"] != int(cost_usd(entry).scaleb(12)):
            problem(f"{what}: costs {row['cost_picousd']}, not {cost_usd(entry)}")
    else:
        balance.counts["not waited for"] += 1
        _add(balance.unheard, entry)
        if row["status"] not in CUT_OFF and row["stop_reason"] != "incomplete":
            problem(f"{what}: the answer was whole, but is not measured")


def _without_id(balance: Balance, mark: str, lone: list[Row], alone: list[Row], *, over: bool) -> None:
    """Requests and attempts of one run that cannot be tied to each other."""
    for row in alone:
        if row["status"] == "ok" or row["cost_basis"] == "measured" or row["output_tokens"] is not None:
            balance.problems.append(f"{_words(row)}: no request id, but {row['status']}, {row['cost_basis']}")
    if not over:
        return
    if len(lone) > len(alone):
        named = ", ".join(f"{entry['request_id']} {entry['fault']}" for entry in lone[:3])
        balance.problems.append(f"{mark}: {len(lone)} requests for {len(alone)} attempts without an id: {named}")
    for entry in lone:
        balance.counts["no head heard"] += 1
        _add(balance.unheard, entry)
    unreached = len(alone) - len(lone)
    balance.counts["never arrived"] += max(0, unreached)
    left = sum(row["status"] in CUT_OFF for row in alone)
    if unreached > left:
        balance.problems.append(f"{mark}: {unreached} attempts never arrived, but only {left} were cut off")


def _add(total: Counter[str], counted: Row) -> None:
    for name in TOKENS:
        total[name] += counted[name] or 0


def _words(row: Row) -> str:
    return f"{mark_of(row)} {row['command']} attempt {row['attempt']} {row['status']}"
