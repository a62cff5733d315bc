"""cost by itself: today, this month, what is reserved, and what is left of each budget."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from llmcli.ledger import Charge, Sent
from llmcli.messages import Usage

from ..helpers import RunLlmcli
from ..ledgers import Book, ok

CAPS = """
[budget]
daily_usd = "5"
monthly_usd = "100"
[budget.providers.openai]
daily_usd = "1"
[budget.profiles.ci]
daily_tokens = 1000
[budget.tags."team=a"]
monthly_usd = "0.5"
"""


@pytest.fixture(autouse=True)
def noon(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A time zone in which it is about noon, so that no day ends during a test."""
    monkeypatch.setenv("LLMCLI_TIME_ZONE", f"Etc/GMT{time.gmtime().tm_hour - 12:+d}")


@pytest.fixture
def book(state_dir: Path) -> Iterator[Book]:
    made = Book(state_dir)
    yield made
    made.close()


def test_it_says_what_is_spent_reserved_and_left(book: Book, user_config: Path, run_here: RunLlmcli) -> None:
    """Of every cap in the settings, also those that nothing was spent of."""
    user_config.write_text(CAPS)
    now = time.time()
    book.call(now, ok("0.75"), provider="openai", tags={"team": "a"})
    book.call(now, ok("0.25"), profile="ci")
    running = Sent("running", 1, "ask", "anthropic", "m", time=now)
    book.ledger.begin(running, Charge(ok("1.5").cost.usd, 300))
    done = run_here("cost", "--json").json
    assert [done["today"][name] for name in ("calls", "open", "failures", "cost_usd")] == [3, 1, 0, "1"]
    assert done["reserved"] == {"attempts": 1, "cost_usd": "1.5", "tokens": 300}
    found = {budget.pop("name"): tuple(budget.values()) for budget in done["budgets"]}
    assert found == {
        "budget.daily_usd": ("usd", "5", "1", "1.5", "2.5", 50.0),
        "budget.monthly_usd": ("usd", "100", "1", "1.5", "97.5", 2.5),
        "budget.providers.openai.daily_usd": ("usd", "1", "0.75", "0", "0.25", 75.0),
        "budget.profiles.ci.daily_tokens": ("tokens", 1000, 120, 0, 880, 12.0),
        'budget.tags."team=a".monthly_usd': ("usd", "0.5", "0.75", "0", "-0.25", 150.0),
    }
    text = run_here("cost").out.splitlines()
    assert [line.split()[0] for line in text if line] == [
        "CALLS", "today", "this", *["today's"] * 3, *["this"] * 3, "running:", "BUDGET", *found
    ]  # fmt: skip
    assert next(line for line in text if line.startswith("BUDGET")).split() == [
        "BUDGET",
        "LIMIT",
        "SPENT",
        "RESERVED",
        "LEFT",
        "TAKEN",
    ]


def test_older_months_do_not_count(book: Book, run_here: RunLlmcli) -> None:
    """What was spent two months ago is in neither."""
    now = time.time()
    book.call(now, ok("0.5"))
    book.call(now - 62 * 86_400, ok("7"))
    done = run_here("cost", "--json").json
    assert (done["today"]["cost_usd"], done["month"]["cost_usd"]) == ("0.5", "0.5")


def test_unknown_costs_are_said(book: Book, run_here: RunLlmcli) -> None:
    book.call(time.time(), ok(None))
    done = run_here("cost")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert lines[1].split()[-1] == lines[2].split()[-1] == "unknown"
    assert lines[3:] == [
        f"{whose} USD: without 1 attempts of which it is unknown" for whose in ("today's", "this month's")
    ]


def test_what_is_not_shown_is_not_said_to_be_unknown(book: Book, run_here: RunLlmcli) -> None:
    book.call(time.time(), replace(ok(), usage=Usage(100, 20)))
    assert len(run_here("cost").out.splitlines()) == 3


def test_without_a_ledger_nothing_is_spent(user_config: Path, state_dir: Path, run_here: RunLlmcli) -> None:
    user_config.write_text(CAPS)
    done = run_here("cost", "--json").json
    assert (done["today"]["calls"], done["month"]["cost_usd"], done["budgets"][0]["left"]) == (0, "0", "5")
    assert not state_dir.exists()
