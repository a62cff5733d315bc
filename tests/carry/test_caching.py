"""The reusable prefix is marked where that is wanted, and cached tokens have prices of their own."""

from __future__ import annotations

import uuid
from decimal import Decimal
from typing import Any

import pytest

from llmcli.errors import ExitCode

from ..contract.bench import Bench, check_stderr, result_of
from ..contract.vendors import ANTHROPIC, OPENAI, VENDORS, Vendor
from ..helpers import RunLlmcli
from .files import png, written
from .servers import Listener

# USD per million tokens, made up so that no two are alike.
PRICES = '[prices."claude-haiku-5-5"]\ninput = 1\noutput = 100\ncache_read = 0.1\ncache_write = 1.25\n'
TTLS = pytest.mark.parametrize("ttl", ["5m", "1h"])


def marks(body: Any) -> list[Any]:
    """All cache marks, in their order."""
    match body:
        case {"cache_control": mark}:
            return [mark]
        case dict():
            return [found for value in body.values() for found in marks(value)]
        case list():
            return [found for value in body for found in marks(value)]
    return []


def long_text() -> str:
    """A text that no cache knows, long enough to be kept."""
    return f"{uuid.uuid4()} " + "word " * 3000


@TTLS
def test_system_and_files_are_marked(bench: Bench, tap: Listener, command: str, ttl: str) -> None:
    """The system text and the last file, not what changes from call to call."""
    flags = ("-f", written(bench.work, "a.txt", "a"), "-f", written(bench.work, "b.png", png()))
    check_stderr(bench.run(command, ANTHROPIC, "sim:echo yes", "--cache", ttl, "-s", "Be brief.", *flags), ExitCode.OK)
    [body] = tap.bodies
    mark = {"type": "ephemeral", "ttl": ttl}
    assert marks(body) == [mark, mark]
    assert body["system"][0]["cache_control"] == mark
    assert "cache_control" in body["messages"][0]["content"][1]


def test_nothing_is_marked_unasked(bench: Bench, tap: Listener) -> None:
    check_stderr(bench.run("ask", ANTHROPIC, "sim:echo yes", "-s", "Be brief."), ExitCode.OK)
    assert marks(tap.bodies) == []


@pytest.mark.parametrize("which", VENDORS[1:], ids=lambda vendor: vendor.name)
def test_openai_wants_no_marks(bench: Bench, tap: Listener, which: Vendor) -> None:
    """It caches by itself, so that the same flag does no harm there."""
    check_stderr(bench.run("ask", which, "sim:echo yes", "--cache", "1h", "-s", "Be brief."), ExitCode.OK)
    assert "cache" not in str(tap.bodies)


def test_chat_marks_the_history(bench: Bench, tap: Listener, run_here: RunLlmcli) -> None:
    """The second turn reads what the first has written."""
    system = long_text()
    done = run_here("chat", "-m", ANTHROPIC.model, "--cache", "5m", "-s", system, input=b"sim:echo a\nsim:echo b\n")
    check_stderr(done, ExitCode.OK)
    assert len(marks(tap.bodies[1])) == 2
    first, second = bench.rows()
    assert first["cache_write_tokens"] > 3000
    assert second["cache_read_tokens"] >= first["cache_write_tokens"]


def usage_and_cost(bench: Bench, command: str, which: Vendor, *flags: str) -> tuple[dict[str, int], Decimal]:
    result = result_of(command, bench.run(command, which, "sim:echo yes", *flags, "--json"))
    assert result["cost"]["usd"] is not None, result
    return result["usage"], Decimal(result["cost"]["usd"])


def test_written_and_read_tokens_have_prices_of_their_own(bench: Bench, tap: Listener, command: str) -> None:
    """By `[prices]`: a first call writes the prefix, a second one reads it; input_tokens counts it either way."""
    bench.point(ANTHROPIC, tap.root, PRICES)
    flags = ("--cache", "5m", "-s", long_text())
    first, first_usd = usage_and_cost(bench, command, ANTHROPIC, *flags)
    second, second_usd = usage_and_cost(bench, command, ANTHROPIC, *flags)
    written_tokens = first["cache_write_tokens"]
    assert written_tokens > 3000
    assert (first["cache_read_tokens"], second["cache_write_tokens"]) == (0, 0)
    assert second["cache_read_tokens"] == written_tokens
    assert first["input_tokens"] == second["input_tokens"]
    fresh = first["input_tokens"] - written_tokens
    rest = fresh * Decimal(1) + first["output_tokens"] * Decimal(100)
    assert first_usd == (rest + written_tokens * Decimal("1.25")) / 1_000_000
    assert second_usd == (rest + written_tokens * Decimal("0.1")) / 1_000_000


@TTLS
def test_snapshot_prices(bench: Bench, tap: Listener, ttl: str) -> None:
    """claude-haiku-5-5 is 0.10/0.50 $/M; writing costs 1.25 times the input price for 5 minutes, twice for an hour."""
    usage, usd = usage_and_cost(bench, "ask", ANTHROPIC, "--cache", ttl, "-s", long_text())
    fresh = usage["input_tokens"] - usage["cache_write_tokens"]
    factor = Decimal("1.25") if ttl == "5m" else Decimal(2)
    expected = (fresh + usage["cache_write_tokens"] * factor) * Decimal("0.10") + usage["output_tokens"] * Decimal(
        "0.5"
    )
    assert usd == expected / 1_000_000


@pytest.mark.parametrize("api", ["chat", "responses"])
def test_openai_read_tokens_are_cheaper(bench: Bench, tap: Listener, command: str, api: str) -> None:
    """The second call of the same prefix is reported as read, and costs less than the first."""
    bench.point(OPENAI, tap.root, f'api = "{api}"\n')
    flags = ("-s", long_text())
    first, first_usd = usage_and_cost(bench, command, OPENAI, *flags)
    second, second_usd = usage_and_cost(bench, command, OPENAI, *flags)
    assert not first["cache_read_tokens"]
    assert second["cache_read_tokens"] > 1000
    assert second["input_tokens"] == first["input_tokens"]
    assert second_usd < first_usd


def test_verbose_says_what_was_saved(bench: Bench, tap: Listener, command: str) -> None:
    """Writing costs a little on top, reading saves most of it."""
    bench.point(ANTHROPIC, tap.root, PRICES)
    flags = ("--cache", "5m", "-v", "-s", long_text())
    written_first = bench.run(command, ANTHROPIC, "sim:echo yes", *flags)
    tokens = bench.rows()[0]["cache_write_tokens"]
    assert f"cache: 0 read, {tokens:,} written, saved -${tokens * 0.25 / 1e6:.4f}" in written_first.err
    read = bench.run(command, ANTHROPIC, "sim:echo yes", *flags)
    assert f"cache: {tokens:,} read, 0 written, saved ${tokens * 0.9 / 1e6:.4f}" in read.err


def test_without_a_cache_nothing_is_said_of_it(bench: Bench, tap: Listener) -> None:
    done = bench.run("ask", ANTHROPIC, "sim:echo yes", "-v")
    assert "tokens:" in done.err
    assert "cache" not in done.err
