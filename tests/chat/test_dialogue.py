"""The next turn: what is sent, and what becomes of the answer."""

from __future__ import annotations

import pytest

from llmcli.chat.conversation import Conversation
from llmcli.chat.dialogue import SUMMARY_MAX_TOKENS, well_formed
from llmcli.chat.window import ALWAYS_FITS_TOKENS, SAFETY, WindowPolicy, estimate
from llmcli.errors import (
    AuthError,
    InterruptedRunError,
    LlmcliError,
    RateLimitedError,
    RefusedError,
    TruncatedError,
    UnavailableError,
    UsageError,
)
from llmcli.messages import Message, Request, StopReason
from llmcli.render import Outcome

from .helpers import Answerer, check_roles, conversation, dialogue, outcome


def ask(text: str) -> Message:
    return Message.of("user", text)


def is_summary(request: Request) -> bool:
    return (request.system or "").startswith("You summarize conversations")


def test_a_turn_sends_the_history_and_adds_to_it() -> None:
    answerer = Answerer()
    talk, _ = dialogue(answerer, talk=Conversation(system="be kind"))
    talk.ask(ask("one"), "m")
    talk.ask(ask("two"), "m")
    assert answerer.texts() == ["one", "answer 1", "two"]
    assert answerer.requests[-1].system == "be kind"
    assert [turn.answer for turn in talk.conversation.turns] == ["answer 1", "answer 2"]
    assert talk.conversation.model == "m"


@pytest.mark.parametrize(
    "failed",
    [
        Outcome("chat", "m", "p", error=RateLimitedError("slow down")),
        Outcome("chat", "m", "p", error=UnavailableError("no network")),
        outcome("Sorry, no.", RefusedError("declined"), StopReason.REFUSAL),
        outcome("half an ans", TruncatedError("the answer broke off"), StopReason.INCOMPLETE),
        outcome("half an ans", InterruptedRunError(), StopReason.INCOMPLETE),
        outcome(" \n"),
        outcome(""),
    ],
    ids=["rate limit", "network", "refused", "network amid the answer", "Ctrl-C", "blank answer", "no answer"],
)
def test_a_turn_without_an_answer_leaves_the_history_as_it_was_but_is_accounted_for(failed: Outcome) -> None:
    talk, _ = dialogue(Answerer(lambda request: failed), talk=conversation(2))
    before = list(talk.conversation.turns)
    assert talk.ask(ask("again?"), "other") is failed
    assert talk.conversation.turns == before
    assert talk.conversation.model is None
    assert talk.conversation.total().calls == 1


def test_an_answer_that_was_cut_at_the_token_limit_is_part_of_the_history() -> None:
    cut = outcome("once upon a", TruncatedError("cut"), StopReason.MAX_TOKENS)
    talk, _ = dialogue(Answerer(lambda request: cut))
    talk.ask(ask("a story"), "m")
    assert [turn.answer for turn in talk.conversation.turns] == ["once upon a"]


def test_asking_again_replaces_the_answer_and_keeps_the_pin() -> None:
    answerer = Answerer()
    talk, _ = dialogue(answerer, talk=conversation(2, pinned=[1]))
    talk.ask_again("m")
    assert answerer.texts() == ["q0 xxxxxxxx", "a0 xxxxxxxx", "q1 xxxxxxxx"]
    assert [turn.answer for turn in talk.conversation.turns] == ["a0 xxxxxxxx", "answer 1"]
    assert talk.conversation.turns[1].pinned


def test_asking_again_in_vain_keeps_the_answer_that_was_there() -> None:
    talk, _ = dialogue(Answerer(lambda request: Outcome("chat", error=RateLimitedError("no"))), talk=conversation(2))
    before = list(talk.conversation.turns)
    talk.ask_again("m")
    assert talk.conversation.turns == before


@pytest.mark.parametrize("error", [AuthError("no key"), KeyboardInterrupt()])
def test_asking_again_keeps_the_answer_also_if_nothing_can_be_sent(error: BaseException) -> None:
    def refuse(request: Request) -> Outcome:
        raise error

    talk, _ = dialogue(Answerer(refuse), talk=conversation(2))
    before = list(talk.conversation.turns)
    with pytest.raises(type(error)):
        talk.ask_again("m")
    assert talk.conversation.turns == before


def test_there_must_be_something_to_ask_again() -> None:
    talk, _ = dialogue(Answerer())
    with pytest.raises(UsageError, match="no question to ask again"):
        talk.ask_again("m")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [("\ud83d\ude00!", "\U0001f600!"), ("a\ud83d", "a\ufffd"), ("\u00e9\n", "\u00e9\n")],
    ids=["a split pair", "one alone", "none"],
)
def test_surrogates_in_an_answer_do_not_reach_the_history(sent: str, kept: str) -> None:
    """JSON from careless servers holds them, alone or as a pair in two deltas; UTF-8 cannot."""
    assert ascii(well_formed(sent)) == ascii(kept)
    talk, _ = dialogue(Answerer(lambda request: outcome(sent)))
    talk.ask(ask("?"), "m")
    assert ascii(talk.conversation.turns[0].answer) == ascii(kept)


def test_dropping_turns_is_said_once_not_on_every_turn() -> None:
    talk, notes = dialogue(Answerer(), WindowPolicy(turns=2), talk=conversation(2))
    talk.ask(ask("3"), "m")
    assert notes == []
    talk.ask(ask("4"), "m")
    talk.ask(ask("5"), "m")
    assert notes == ["the history no longer fits: leaving out the oldest turns, 1 now"]


def test_by_default_the_history_fits_the_models_window_with_room_for_the_answer() -> None:
    answerer = Answerer()
    window = 5_000
    talk, notes = dialogue(answerer, talk=conversation(60, length=400), window=window)
    assert estimate(talk.conversation) > window
    talk.ask(ask("and?"), "m")
    characters = sum(map(len, answerer.texts()))
    assert window * 0.5 < characters / 4 < window - 100
    check_roles(answerer.requests[-1])
    assert "leaving out the oldest turns" in notes[0]


def test_the_models_window_is_not_looked_up_while_any_model_would_do() -> None:
    def never(model: str) -> int | None:
        raise AssertionError("looked up")

    talk, _ = dialogue(Answerer(), talk=conversation(5))
    talk.context_window = never
    talk.ask(ask("hi"), "m")
    talk.conversation.turns += conversation(20, length=ALWAYS_FITS_TOKENS).turns
    with pytest.raises(AssertionError, match="looked up"):
        talk.ask(ask("hi"), "m")


def test_a_smaller_model_gets_less_of_the_history() -> None:
    """The window is that of the model that is asked now, not of the one that began."""
    answerer = Answerer()
    talk, _ = dialogue(answerer, talk=conversation(60, length=400))
    talk.context_window = {"large": 100_000, "small": 5_000}.get
    talk.ask(ask("hi"), "large")
    talk.ask(ask("hi"), "small")
    assert len(answerer.requests[0].messages) == 121
    assert 1 < len(answerer.requests[1].messages) < 60


class TestSummaries:
    """`--window summarize`."""

    def test_the_oldest_turns_are_replaced_by_what_the_model_wrote_about_them(self) -> None:
        answerer = Answerer(lambda request: outcome("they spoke of x" if is_summary(request) else "yes"))
        talk, notes = dialogue(answerer, WindowPolicy(turns=4, mode="summarize"), talk=conversation(5))
        talk.ask(ask("and?"), "m")
        summary, turn = answerer.requests
        assert is_summary(summary)
        check_roles(summary)
        for number in range(3):
            assert f"User: q{number}" in summary.messages[0].text
            assert f"Assistant: a{number}" in summary.messages[0].text
        assert "q3" not in summary.messages[0].text
        assert [message.text[:2] for message in turn.messages] == ["q3", "a3", "q4", "a4", "an"]
        assert turn.system == "Summary of the conversation so far:\nthey spoke of x"
        assert talk.conversation.summary is not None
        assert talk.conversation.summary.turns == 3
        assert len(talk.conversation.turns) == 6, "the turns themselves are kept"
        assert notes == []

    def test_a_summary_is_paid_for_in_the_totals(self) -> None:
        talk, _ = dialogue(Answerer(), WindowPolicy(turns=2, mode="summarize"), talk=conversation(3))
        talk.ask(ask("and?"), "m")
        assert (talk.conversation.total().calls, str(talk.conversation.total().cost_usd)) == (2, "1.0")

    def test_the_next_summary_takes_over_the_one_before(self) -> None:
        answerer = Answerer(lambda request: outcome("it was about x" if is_summary(request) else "yes"))
        talk, _ = dialogue(answerer, WindowPolicy(turns=2, mode="summarize"), talk=conversation(3))
        for number in range(4):
            talk.ask(ask(f"more {number}"), "m")
        second = [request for request in answerer.requests if is_summary(request)][1]
        assert second.messages[0].text.startswith("Summary of what came before:\nit was about x\n\nUser: q2")

    @pytest.mark.parametrize(
        "policy", [WindowPolicy(turns=10, mode="summarize"), WindowPolicy(tokens=800, mode="summarize")]
    )
    def test_summaries_are_written_every_few_turns_not_on_every_turn(self, policy: WindowPolicy) -> None:
        answerer = Answerer(lambda request: outcome("s" * request.max_tokens * 4 if is_summary(request) else "y" * 40))
        talk, _ = dialogue(answerer, policy)
        for number in range(100):
            talk.ask(ask(f"question {number}"), "m")
        summaries = sum(map(is_summary, answerer.requests))
        assert 1 < summaries <= 25
        assert len(answerer.requests[-1].messages) >= 3

    def test_a_summary_may_take_a_quarter_of_the_room_at_most(self) -> None:
        """Otherwise it leaves no room for turns, and is written anew on every one of them."""
        answerer = Answerer()
        policy = WindowPolicy(tokens=400, mode="summarize")
        talk, _ = dialogue(answerer, policy, talk=conversation(20, length=100))
        talk.ask(ask("and?"), "m")
        assert answerer.requests[0].max_tokens == 400 * (1 - SAFETY) / 4
        talk, _ = dialogue(answerer, WindowPolicy(turns=1, mode="summarize"), talk=conversation(20))
        talk.ask(ask("and?"), "m")
        assert answerer.requests[2].max_tokens == SUMMARY_MAX_TOKENS

    @pytest.mark.parametrize("error", [RateLimitedError("slow down"), UnavailableError("down")])
    def test_if_there_is_no_summary_turns_are_dropped_and_that_is_said(self, error: LlmcliError) -> None:
        answerer = Answerer(lambda request: Outcome("chat", error=error) if is_summary(request) else outcome("yes"))
        talk, notes = dialogue(answerer, WindowPolicy(turns=2, mode="summarize"), talk=conversation(3))
        assert talk.ask(ask("and?"), "m").error is None
        assert notes[0] == "could not summarize the oldest turns, leaving them out"
        assert talk.conversation.summary is None
        assert len(answerer.requests[-1].messages) == 5

    def test_pinned_turns_are_sent_as_they_are(self) -> None:
        answerer = Answerer()
        talk, _ = dialogue(answerer, WindowPolicy(turns=2, mode="summarize"), talk=conversation(4, pinned=[0]))
        talk.ask(ask("and?"), "m")
        assert "q0" not in answerer.requests[0].messages[0].text
        assert answerer.texts()[0].startswith("q0")
