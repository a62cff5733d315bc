"""Which turns are sent again: the whole history grows without bound, the model's window does not."""

from __future__ import annotations

from dataclasses import dataclass, replace

from llmcli.chat.conversation import Conversation, Turn
from llmcli.choices import WindowMode
from llmcli.messages import Message
from llmcli.tokens import estimate_text

# Any current model takes this much, so that the window of the model needs to be looked up only above it.
ALWAYS_FITS_TOKENS = 4_000
# Estimates err: this share of the window is left free.
SAFETY = 0.1
TOKENS_PER_MESSAGE = 8


@dataclass(frozen=True)
class WindowPolicy:
    """What the user wants kept: at most so many turns, at most so many tokens; None is as much as fits."""

    turns: int | None = None
    tokens: int | None = None
    mode: WindowMode = "slide"

    def halved(self) -> WindowPolicy:
        """The same with half the turns."""
        return replace(self, turns=None if self.turns is None else self.turns // 2)


@dataclass(frozen=True)
class Fitted:
    """The turns to send, in order, and those left out."""

    kept: tuple[Turn, ...]
    dropped: tuple[Turn, ...]

    def messages(self, question: Message) -> tuple[Message, ...]:
        return (*(message for turn in self.kept for message in turn.messages()), question)


def room_tokens(policy: WindowPolicy, context_window: int | None, max_tokens: int) -> int | None:
    """How many tokens system, history and question may take; None if nobody knows a limit."""
    limits = [] if policy.tokens is None else [policy.tokens]
    if context_window is not None:
        limits.append(context_window - min(max_tokens, context_window // 2))
    return int(min(limits) * (1 - SAFETY)) if limits else None


def fit(conversation: Conversation, question: Message, policy: WindowPolicy, room: int | None) -> Fitted:
    """Pinned turns, and the newest others that fit. Turns that a summary stands for are left out already."""
    first = conversation.summary.turns if conversation.summary else 0
    candidates = [turn for number, turn in enumerate(conversation.turns) if number >= first or turn.pinned]
    fixed = tokens_of_text(system_text(conversation)) + tokens_of_text(question.text)
    left = None if room is None else room - fixed - sum(tokens_of(turn) for turn in candidates if turn.pinned)
    turns_left = policy.turns
    kept: set[int] = {id(turn) for turn in candidates if turn.pinned}
    for turn in reversed([turn for turn in candidates if not turn.pinned]):
        if turns_left == 0 or (left is not None and tokens_of(turn) > left):
            break  # no gaps: an older turn that happens to be short would be out of context
        left = None if left is None else left - tokens_of(turn)
        turns_left = None if turns_left is None else turns_left - 1
        kept.add(id(turn))
    return Fitted(
        tuple(turn for turn in candidates if id(turn) in kept),
        tuple(turn for turn in candidates if id(turn) not in kept),
    )


def estimate(conversation: Conversation, question: str = "") -> int:
    """About how many tokens the whole history would take."""
    turns = sum(tokens_of(turn) for turn in conversation.turns)
    return turns + tokens_of_text(system_text(conversation)) + tokens_of_text(question)


def system_text(conversation: Conversation) -> str:
    """The system text, with the summary of what is no longer sent. A summary is no turn: nobody said it."""
    parts = [conversation.system] if conversation.system else []
    if conversation.summary is not None:
        parts.append(f"Summary of the conversation so far:\n{conversation.summary.text}")
    return "\n\n".join(parts)


def tokens_of(turn: Turn) -> int:
    return turn.tokens + 2 * TOKENS_PER_MESSAGE


def tokens_of_text(text: str) -> int:
    return estimate_text(text) + TOKENS_PER_MESSAGE
