"""Conversations as tests need them, and somebody who answers without a provider."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from llmcli.chat.conversation import Conversation, Turn
from llmcli.chat.dialogue import Dialogue
from llmcli.chat.window import WindowPolicy
from llmcli.errors import LlmcliError
from llmcli.messages import Cost, Message, Reply, Request, StopReason, Usage
from llmcli.render import Outcome

OPTIONS = Request("", (), max_tokens=100)


def said(number: int, length: int = 10, *, pinned: bool = False) -> Turn:
    """Turn `number`, whose question and answer have about `length` characters each and begin with its number."""
    text = f"{number} ".ljust(length, "x")
    return Turn(Message.of("user", f"q{text}"), f"a{text}", "sim", pinned)


def conversation(turns: int, length: int = 10, pinned: Sequence[int] = ()) -> Conversation:
    """A conversation of that many turns; `pinned` are numbers from 0."""
    return Conversation(turns=[said(number, length, pinned=number in pinned) for number in range(turns)])


def outcome(
    text: str = "fine",
    error: LlmcliError | None = None,
    stop: StopReason = StopReason.END_TURN,
    usd: str | None = "0.5",
    model: str = "m",
) -> Outcome:
    """A call that took 10 tokens in and 5 out, and 100 ms."""
    reply = Reply(text, stop, Usage(10, 5))
    cost = Cost(None, "unknown") if usd is None else Cost(Decimal(usd), "measured")
    return Outcome("chat", model, "sim", reply, error, cost, latency_ms=100)


@dataclass
class Answerer:
    """Answers whatever is sent, and remembers it. `say` makes the outcome; by default the answer is numbered."""

    say: Callable[[Request], Outcome] | None = None
    requests: list[Request] = field(default_factory=list)

    def __call__(self, request: Request, model: str) -> Outcome:
        self.requests.append(request)
        return self.say(request) if self.say else outcome(f"answer {len(self.requests)}", model=model)

    def texts(self, number: int = -1) -> list[str]:
        """The messages of a request."""
        return [message.text for message in self.requests[number].messages]


def dialogue(
    answerer: Answerer,
    policy: WindowPolicy | None = None,
    *,
    window: int | None = None,
    talk: Conversation | None = None,
) -> tuple[Dialogue, list[str]]:
    """A dialogue with `answerer`, and the notes that it makes."""
    notes: list[str] = []
    made = Dialogue(
        talk or Conversation(), OPTIONS, policy or WindowPolicy(), answerer, lambda model: window, notes.append
    )
    return made, notes


def check_roles(request: Request) -> None:
    """Roles alternate, and the first and the last message are the user's."""
    roles = [message.role for message in request.messages]
    assert roles == [("user", "assistant")[number % 2] for number in range(len(roles))]
    assert len(roles) % 2 == 1


def lines_of(text: str) -> list[Any]:
    """JSON Lines, parsed."""
    return [json.loads(line) for line in text.splitlines()]
