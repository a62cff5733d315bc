"""Revealer: a stream is revealed as its whole would be, however it was split, and as early as can be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcli.redact import Redactor

PIECES = st.sampled_from(
    [
        *("[EMAIL_1]", "[email_2]", "[EMAIL_3]", "[EMAIL_1", "[EMAIL_12]", "[CODE_1]", "[LITERAL_1]", "[", "]", "[["),
        *("EMAIL_1]", "_1]", "text", " ", "\u017f", "[ß", "\n"),
    ]
)


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    redactor = Redactor(["email"], {"code": r"X-\d+"})
    redactor.hide("a@example.com b@example.com X-1 [EMAIL_1]")
    return redactor


@given(st.lists(PIECES).map("".join), st.data())
def test_the_pieces_add_up_to_the_revealed_whole_for_every_split(
    redactor: Redactor, answer: str, data: st.DataObject
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(answer)))))
    deltas = [answer[start:end] for start, end in zip([0, *cuts], [*cuts, len(answer)], strict=True)]
    revealer = redactor.revealer()
    assert "".join([*map(revealer.feed, deltas), revealer.finish()]) == redactor.reveal(answer)


def test_a_placeholder_split_at_any_place_is_revealed(redactor: Redactor) -> None:
    answer = "to [EMAIL_1]."
    for cut in range(len(answer)):
        revealer = redactor.revealer()
        assert revealer.feed(answer[:cut]) + revealer.feed(answer[cut:]) == "to a@example.com."


@given(st.lists(PIECES))
def test_never_more_than_a_placeholder_is_held_back(redactor: Redactor, deltas: list[str]) -> None:
    revealer = redactor.revealer()
    for delta in deltas:
        revealer.feed(delta)
    assert len(revealer.finish()) < len("[LITERAL_1]")


@pytest.mark.parametrize("delta", ["plain", "list[0]", "x = [1, 2", "[EMAILS", "[EMAIL_9", "[SECRET_", "[L\u0131TERAL"])
def test_what_cannot_become_a_placeholder_is_not_held_back(redactor: Redactor, delta: str) -> None:
    assert redactor.revealer().feed(delta) == delta


@pytest.mark.parametrize("delta", ["[", "[EM", "[email_", "[EMAIL_1"])
def test_what_may_become_a_placeholder_is_held_back_and_let_go_at_the_end(redactor: Redactor, delta: str) -> None:
    revealer = redactor.revealer()
    assert revealer.feed("see " + delta) == "see "
    assert revealer.finish() == delta
