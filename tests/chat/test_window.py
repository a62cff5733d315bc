"""Which turns are sent again."""

from __future__ import annotations

import random

import pytest

from llmcli.chat.conversation import Conversation, Summary
from llmcli.chat.window import SAFETY, Fitted, WindowPolicy, estimate, fit, room_tokens, tokens_of, tokens_of_text
from llmcli.messages import Message, Request

from .helpers import check_roles, conversation, said

QUESTION = Message.of("user", "and now?")


def numbers(fitted: Fitted, talk: Conversation) -> list[int]:
    """Which turns were kept, as places in the conversation."""
    return [next(n for n, turn in enumerate(talk.turns) if turn is kept) for kept in fitted.kept]


def test_without_limits_everything_is_sent() -> None:
    talk = conversation(7)
    fitted = fit(talk, QUESTION, WindowPolicy(), None)
    assert numbers(fitted, talk) == list(range(7))
    assert fitted.dropped == ()
    assert [message.text for message in fitted.messages(QUESTION)][-3:] == ["q6 xxxxxxxx", "a6 xxxxxxxx", "and now?"]


@pytest.mark.parametrize(
    ("turns", "kept"), [(0, []), (1, [4]), (3, [2, 3, 4]), (5, [0, 1, 2, 3, 4]), (9, [0, 1, 2, 3, 4])]
)
def test_window_turns_keeps_the_newest(turns: int, kept: list[int]) -> None:
    talk = conversation(5)
    assert numbers(fit(talk, QUESTION, WindowPolicy(turns=turns), None), talk) == kept


def test_pinned_turns_come_on_top_of_window_turns_and_stay_in_order() -> None:
    talk = conversation(6, pinned=[1])
    assert numbers(fit(talk, QUESTION, WindowPolicy(turns=2), None), talk) == [1, 4, 5]


def test_a_turn_that_does_not_fit_ends_the_window_even_if_an_older_one_would_fit() -> None:
    """A gap in the middle would tear questions from what they refer to."""
    talk = Conversation(turns=[said(0), said(1, 4000), said(2)])
    room = estimate(talk, QUESTION.text) - 100
    assert numbers(fit(talk, QUESTION, WindowPolicy(), room), talk) == [2]


def test_pinned_turns_are_sent_even_where_nothing_else_fits() -> None:
    talk = conversation(4, length=400, pinned=[0])
    assert numbers(fit(talk, QUESTION, WindowPolicy(), 10), talk) == [0]


def test_the_system_text_and_the_question_count_against_the_room() -> None:
    talk = conversation(4, length=100)
    room = estimate(talk, QUESTION.text)
    assert len(fit(talk, QUESTION, WindowPolicy(), room).kept) == 4
    talk.system = "s" * 400
    assert len(fit(talk, QUESTION, WindowPolicy(), room).kept) == 2
    talk.system = None
    assert len(fit(talk, Message.of("user", "q" * 400), WindowPolicy(), room).kept) == 2


def test_turns_that_a_summary_stands_for_are_not_sent_but_pinned_ones_are() -> None:
    talk = conversation(5, pinned=[1])
    talk.summary = Summary("they talked", 3)
    assert numbers(fit(talk, QUESTION, WindowPolicy(), None), talk) == [1, 3, 4]


@pytest.mark.parametrize(
    ("policy", "window", "max_tokens", "room"),
    [
        (WindowPolicy(), None, 1000, None),
        (WindowPolicy(tokens=500), None, 1000, 450),
        (WindowPolicy(), 10_000, 1000, int(9000 * (1 - SAFETY))),
        (WindowPolicy(tokens=500), 10_000, 1000, 450),
        (WindowPolicy(tokens=50_000), 10_000, 1000, int(9000 * (1 - SAFETY))),
        (WindowPolicy(), 10_000, 1_000_000, int(5000 * (1 - SAFETY))),
    ],
)
def test_room_is_what_the_answer_leaves_of_the_models_window_or_less_if_asked(
    policy: WindowPolicy, window: int | None, max_tokens: int, room: int | None
) -> None:
    """An absurd `max_tokens` takes half of the window, not all of it."""
    assert room_tokens(policy, window, max_tokens) == room


@pytest.mark.parametrize("seed", range(200))
def test_whatever_the_conversation_the_window_keeps_its_promises(seed: int) -> None:
    """Alternation, user first, pinned kept, newest kept without gaps, never over the room, as much as fits."""
    draw = random.Random(seed)
    talk = Conversation(
        system=draw.choice([None, "be brief " * draw.randrange(20)]),
        turns=[said(n, draw.randrange(1, 400), pinned=draw.random() < 0.1) for n in range(draw.randrange(40))],
    )
    if talk.turns and draw.random() < 0.3:
        talk.summary = Summary("s" * draw.randrange(1, 200), draw.randrange(1, len(talk.turns) + 1))
    policy = WindowPolicy(turns=draw.choice([None, 0, 1, 5, 100]))
    room = draw.choice([None, draw.randrange(1, 4000)])
    fitted = fit(talk, QUESTION, policy, room)
    places = numbers(fitted, talk)

    check_roles(Request("m", fitted.messages(QUESTION), 1))
    assert places == sorted(places)
    candidates = [
        n for n, turn in enumerate(talk.turns) if turn.pinned or n >= (talk.summary.turns if talk.summary else 0)
    ]
    assert len(fitted.kept) + len(fitted.dropped) == len(candidates)
    pinned = [n for n in candidates if talk.turns[n].pinned]
    assert set(pinned) <= set(places)
    loose = [n for n in candidates if n not in pinned]
    sent_loose = [n for n in places if n not in pinned]
    assert sent_loose == loose[len(loose) - len(sent_loose) :]
    assert policy.turns is None or len(sent_loose) <= policy.turns

    fixed = tokens_of_text(QUESTION.text) + tokens_of_text(_system(talk))
    took = fixed + sum(tokens_of(talk.turns[n]) for n in places)
    if room is not None and sent_loose:
        assert took <= room
    if len(sent_loose) < len(loose):
        next_one = loose[len(loose) - len(sent_loose) - 1]
        full = policy.turns is not None and len(sent_loose) == policy.turns
        assert full or (room is not None and took + tokens_of(talk.turns[next_one]) > room)


def _system(talk: Conversation) -> str:
    parts = [talk.system] if talk.system else []
    if talk.summary:
        parts.append(f"Summary of the conversation so far:\n{talk.summary.text}")
    return "\n\n".join(parts)
