"""What a conversation keeps: turns, totals, latencies."""

from __future__ import annotations

from decimal import Decimal

from llmcli.chat.conversation import MOST_LATENCIES, Conversation, Summary
from llmcli.errors import RateLimitedError
from llmcli.render import Outcome

from .helpers import conversation, outcome


def test_totals_are_kept_for_each_model_and_summed_over_all() -> None:
    talk = Conversation()
    for model in ("a", "b", "a"):
        talk.account(outcome(model=model, usd="0.1"))
    assert {name: (totals.calls, totals.input_tokens) for name, totals in talk.totals.items()} == {
        "a": (2, 20),
        "b": (1, 10),
    }
    total = talk.total()
    assert (total.calls, total.input_tokens, total.output_tokens, total.cost_usd) == (3, 30, 15, Decimal("0.3"))


def test_a_call_without_a_price_is_counted_as_such_not_as_free() -> None:
    talk = Conversation()
    talk.account(outcome(usd=None))
    talk.account(outcome(usd="0.25"))
    assert (talk.total().unpriced, talk.total().cost_usd) == (1, Decimal("0.25"))


def test_a_failed_call_counts_as_failed_and_has_no_latency() -> None:
    talk = Conversation()
    talk.account(Outcome("chat", "m", "sim", error=RateLimitedError("slow down"), latency_ms=7))
    assert (talk.total().calls, talk.total().failed, talk.latencies_ms) == (1, 1, [])


def test_percentiles_are_of_the_nearest_rank() -> None:
    talk = Conversation(latencies_ms=list(range(100, 0, -1)))
    assert [talk.latency_ms(share) for share in (0.5, 0.95, 1.0, 0.0)] == [50, 95, 100, 1]
    assert Conversation(latencies_ms=[7]).latency_ms(0.95) == 7
    assert Conversation().latency_ms(0.5) is None


def test_latencies_do_not_grow_without_bound() -> None:
    talk = Conversation(latencies_ms=[1] * MOST_LATENCIES)
    talk.account(outcome())
    assert len(talk.latencies_ms) == MOST_LATENCIES
    assert talk.latencies_ms[-1] == 100


def test_forgetting_keeps_what_was_spent() -> None:
    talk = conversation(3)
    talk.summary = Summary("s", 2)
    talk.account(outcome())
    talk.forget()
    assert not talk.turns
    assert talk.summary is None
    assert talk.total().calls == 1


def test_undo_takes_back_the_last_turn_and_a_summary_that_covers_it() -> None:
    talk = conversation(3)
    talk.summary = Summary("s", 2)
    third = talk.undo()
    assert third is not None
    assert third.user.text.startswith("q2")
    assert talk.summary
    talk.undo()
    assert len(talk.turns) == 1
    assert not talk.summary
    talk.undo()
    assert talk.undo() is None
