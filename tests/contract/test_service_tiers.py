"""What a call costs goes by the tier that served it, as the answer says, and what is set aside by the one asked for.

gpt-6-luna is 0.10 USD per million tokens in and 0.50 out, half as flex and twice as fast or priority
(https://developers.openai.com/api/docs/pricing, November 2026). claude-opus-5-5 is 4 and 20, in fast mode 8 and 40
(https://platform.claude.com/docs/en/build-with-claude/fast-mode), and 1.1 times as much in the US alone
(https://platform.claude.com/docs/en/manage-claude/data-residency). Anthropic's priority is paid for beforehand
(https://platform.claude.com/docs/en/api/service-tiers), and so is OpenAI's scale: nobody can say what a call costs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from llmcli.errors import ExitCode

from .answers import head_events, sse_answer, whole_of
from .bench import Bench, check_stderr, result_of
from .servers import RawServer, Sim, http_answer
from .vendors import ANTHROPIC, OPENAI, Vendor

LUNA = (Decimal("0.10"), Decimal("0.50"))
OPUS = Vendor("anthropic", "claude-opus-5-5", ANTHROPIC.key_variable, "")
CHAT, RESPONSES = 'api = "chat"\n', 'api = "responses"\n'


def usd(usage: dict[str, Any], prices: tuple[Decimal, Decimal]) -> Decimal:
    sent, written = Decimal(usage["input_tokens"]), Decimal(usage["output_tokens"])
    return (sent * prices[0] + written * prices[1]) / 1_000_000


@pytest.mark.parametrize("api", [CHAT, RESPONSES], ids=["chat", "responses"])
@pytest.mark.parametrize(("asked", "served", "times"), [("flex", "flex", "0.5"), ("fast", "priority", "2")])
def test_a_call_is_priced_as_it_was_served(
    bench: Bench, sim: Sim, command: str, api: str, asked: str, served: str, times: str
) -> None:
    bench.point(OPENAI, sim.root, api)
    done = bench.run(command, OPENAI, bench.prompt("sim:tokens=50"), "--service-tier", asked, "--json")
    check_stderr(done, ExitCode.OK)
    result = result_of(command, done)
    assert Decimal(result["cost"]["usd"]) == usd(result["usage"], LUNA) * Decimal(times)
    assert result["cost"]["basis"] == "measured"
    [row] = bench.rows()
    assert (row["service_tier"], row["cost_usd"]) == (served, result["cost"]["usd"])
    assert bench.logged()[0]["service_tier"] == served


@pytest.mark.parametrize(
    ("vendor", "said", "expected"),
    [
        (OPENAI, {"service_tier": "default"}, "0.0000007"),  # 2 in, 1 out
        (OPENAI, {"service_tier": "priority"}, "0.0000014"),  # as the project is set up
        (OPENAI, {"service_tier": "ultrafast"}, None),
        (OPENAI, {"service_tier": "scale"}, None),
        (OPENAI, {"service_tier": 5}, "0.0000007"),  # no word: nothing is known
        (OPUS, {"usage": {"service_tier": "standard"}}, "0.000028"),
        (OPUS, {"usage": {"service_tier": "priority"}}, None),
        (OPUS, {"usage": {"service_tier": "standard", "speed": "fast"}}, "0.000056"),
        (OPUS, {"usage": {"service_tier": "standard", "inference_geo": "us"}}, "0.0000308"),
        (OPUS, {"usage": {"inference_geo": "us", "speed": "fast"}}, "0.0000616"),
        (OPUS, {"usage": {"service_tier": "standard", "inference_geo": "global"}}, "0.000028"),
    ],
    ids=lambda value: "" if isinstance(value, Vendor) else str(value),
)
def test_the_answer_says_how_it_was_served(
    bench: Bench, vendor: Vendor, said: dict[str, Any], expected: str | None
) -> None:
    whole = whole_of(OPENAI if vendor is OPENAI else ANTHROPIC, "hi", vendor.model)
    answer = whole | said | {"usage": whole["usage"] | said.get("usage", {})}
    with RawServer(http_answer(200, answer)) as server:
        bench.point(vendor, server.root)
        done = bench.run("ask", vendor, "hello", "--json")
    check_stderr(done, ExitCode.OK)
    assert result_of("ask", done)["cost"]["usd"] == expected
    [row] = bench.rows()
    assert (row["cost_usd"], row["input_tokens"]) == (expected, 2)


def test_an_answer_that_breaks_off_is_estimated_by_what_its_stream_began_with(bench: Bench) -> None:
    events = head_events(OPENAI, ["a" * 4000], OPENAI.model)
    begun = events[0].replace(b'"model"', b'"service_tier": "flex", "model"', 1)
    with RawServer(sse_answer([begun, *events[1:]])) as server:
        bench.point(OPENAI, server.root, CHAT)
        done = bench.run("stream", OPENAI, "hello", "--json")
    result = result_of("stream", done)
    assert (done.code, result["cost"]["basis"]) == (ExitCode.TRUNCATED, "estimated")
    assert Decimal(result["cost"]["usd"]) == usd(result["usage"], LUNA) / 2


@pytest.mark.parametrize("flags", [("--service-tier", "priority"), ("--option", 'service_tier="fast"')], ids=str)
def test_a_dearer_tier_is_set_aside_for(bench: Bench, flags: tuple[str, ...]) -> None:
    """1,000 tokens that may be written are 0.0005 USD, and here twice that."""
    done = bench.run("ask", OPENAI, bench.prompt(), "--max-tokens", "1000", "--max-cost", "0.0009", *flags)
    assert "--max-cost" in check_stderr(done, ExitCode.BUDGET)
    assert bench.run("ask", OPENAI, bench.prompt(), "--max-tokens", "1000", "--max-cost", "0.0009").code == ExitCode.OK


def test_the_price_of_the_us_alone_is_set_aside_for(bench: Bench) -> None:
    """20,000 tokens that may be written are 0.01 USD, and there a tenth more; the prompt is less than that."""
    flags = ("--max-tokens", "20000", "--max-cost", "0.0105")
    done = bench.run("ask", ANTHROPIC, bench.prompt(), *flags, "--option", "inference_geo=us")
    assert "--max-cost" in check_stderr(done, ExitCode.BUDGET)
    assert bench.run("ask", ANTHROPIC, bench.prompt(), *flags).code == ExitCode.OK


def test_a_cheaper_tier_is_set_aside_for_at_the_full_price(bench: Bench) -> None:
    """Who asks for it may not get it."""
    flags = ("--max-tokens", "1000", "--max-cost", "0.0004", "--service-tier", "flex")
    assert bench.run("ask", OPENAI, bench.prompt(), *flags).code == ExitCode.BUDGET


def test_a_tier_without_a_price_is_not_sent_under_a_cap_in_dollars(bench: Bench, sim: Sim) -> None:
    bench.point(OPENAI, sim.root, RESPONSES)
    flags = ("--service-tier", "ultrafast", "--max-cost", "5")
    line = check_stderr(bench.run("ask", OPENAI, bench.prompt(), *flags), ExitCode.BUDGET)
    assert 'nobody knows the price of gpt-6-luna in the service tier "ultrafast"' in line
    assert bench.run("ask", OPENAI, bench.prompt(), *flags, "--allow-unknown-price").code == ExitCode.OK
    assert [row["cost_usd"] for row in bench.rows()] == [None]
