"""The soak's comparison finds what is wrong: books that agree with the server's log, and then one thing changed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .balance import compare

TOKENS = {
    "input_tokens": 30,
    "output_tokens": 4,
    "cache_read_tokens": 10,
    "cache_write_tokens": 0,
    "reasoning_tokens": 1,
}
UNKNOWN: dict[str, Any] = dict.fromkeys(TOKENS)
COST = 20 * 10**6 + 4 * 5 * 10**6 + 10 * 10**5  # picodollars


def entry(name: str, **changed: Any) -> dict[str, Any]:
    """A request that was answered whole."""
    return {
        "request_id": name,
        "path": "/v1/messages",
        "vendor": "anthropic",
        "user_id": "m",
        "status": 200,
        "fault": None,
        "complete": True,
        **TOKENS,
        **changed,
    }


def row(name: str | None, **changed: Any) -> dict[str, Any]:
    """An attempt that was measured."""
    return {
        "request_id": name,
        "tags": json.dumps({"mark": "m"}),
        "command": "ask",
        "attempt": 1,
        "status": "ok",
        "http_status": None,
        "stop_reason": "end_turn",
        "cost_basis": "measured",
        "cost_picousd": COST,
        "charge_picousd": COST,
        **TOKENS,
        **changed,
    }


ENTRIES = [
    entry("whole"),
    entry("limited", status=429, fault="429:0.1", **dict.fromkeys(TOKENS, 0)),
    entry("broken", complete=False, fault="early-close:0.1", output_tokens=3),
    entry("silent", fault="no-usage:0.1"),
    entry("dropped", status=None, complete=False, fault="drop-before", **dict.fromkeys(TOKENS, 0)),
    entry("left"),
    entry("silent and broken", complete=False, fault="no-usage:0.1", output_tokens=0),
    entry("garbled", complete=False, fault="garbage:0.1", output_tokens=0),
]
FAILED = {"status": "rate_limited", "http_status": 429, "cost_basis": "unknown", "charge_picousd": 0} | UNKNOWN
BROKEN = {"status": "truncated", "cost_basis": "estimated", "stop_reason": "incomplete"}
ALONE = {"status": "unavailable", "cost_basis": "unknown", "stop_reason": None} | UNKNOWN
ROWS = [
    row("whole"),
    row("limited", **FAILED),
    row("broken", **BROKEN),
    row("silent", **UNKNOWN | {"cost_basis": "unknown"}),
    row(None, **ALONE),
    row("left", **UNKNOWN | {"status": "interrupted", "cost_basis": "unknown"}),
    row("silent and broken", input_tokens=9, **BROKEN),
    row("garbled", **ALONE),
]


def changed(rows: list[dict[str, Any]], number: int, **to: Any) -> list[dict[str, Any]]:
    return [one | to if at == number else one for at, one in enumerate(rows)]


def test_books_that_agree_have_no_problems_and_their_sums_are_the_servers() -> None:
    balance = compare(ENTRIES, ROWS)
    assert balance.problems == []
    assert balance.measured == balance.answered == TOKENS
    assert balance.counts == {
        "measured": 1,
        "errors": 1,
        "broken off": 3,
        "without usage": 1,
        "not waited for": 1,
        "no head heard": 1,
        "never arrived": 0,
    }
    assert balance.unheard["output_tokens"] == 3 + 4 + 4


@pytest.mark.parametrize(
    ("entries", "rows", "says"),
    [
        (ENTRIES, changed(ROWS, 0, output_tokens=5), "the server has"),
        (changed(ENTRIES, 0, reasoning_tokens=2), ROWS, "the server has"),
        (ENTRIES, changed(ROWS, 0, cost_picousd=COST + 1), "costs"),
        (ENTRIES, changed(ROWS, 0, tags='{"mark": "other"}'), "asked by m"),
        (ENTRIES, [*ROWS, row("whole")], "twice"),
        (ENTRIES, [*ROWS, row("made up")], "knows no request"),
        (ENTRIES, changed(ROWS, 0, cost_basis="unknown"), "not measured"),
        (ENTRIES, changed(ROWS, 1, http_status=500), "http_status 500"),
        (ENTRIES, changed(ROWS, 1, input_tokens=30), "tokens [30]"),
        (ENTRIES, changed(ROWS, 1, charge_picousd=7), "charge 7"),
        (ENTRIES, changed(ROWS, 2, cost_basis="measured"), "called measured"),
        (ENTRIES, changed(ROWS, 2, input_tokens=29), "it was told 30"),
        (ENTRIES, changed(ROWS, 3, cost_basis="measured"), "called measured"),
        (ENTRIES, changed(ROWS, 7, output_tokens=1), "nothing of it was an answer"),
        (ENTRIES, changed(ROWS, 7, status="ok"), "nothing of it was an answer"),
        (ENTRIES, ROWS[:-1], "2 requests for 1 attempts"),
        (ENTRIES, changed(ROWS, 4, status="ok"), "no request id"),
        (ENTRIES, changed(ROWS, 4, output_tokens=1), "no request id"),
        (ENTRIES, [*ROWS, *[row(None, **ALONE | {"status": "rejected"})] * 2], "never arrived"),
    ],
)
def test_whatever_is_wrong_is_a_problem(entries: Any, rows: Any, says: str) -> None:
    found = compare(entries, rows).problems
    assert any(says in problem for problem in found), found


def test_of_runs_that_go_on_only_what_is_settled_counts() -> None:
    assert compare(ENTRIES, ROWS[:-1], ended=()).problems == []
    assert compare(ENTRIES, changed(ROWS, 0, output_tokens=5), ended=()).problems != []
