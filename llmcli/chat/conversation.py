"""A conversation in nobody's dialect: turns, what they cost, and a summary of those that were left behind.

The APIs keep no state, so the history is ours: a turn is a question with its answer, and turns are added and
dropped whole. That is why roles always alternate and the first message is the user's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from llmcli.messages import Message, Request, ToolCallPart
from llmcli.render import Outcome
from llmcli.tokens import estimate_request

# Enough for honest percentiles, and a file that does not grow with them.
MOST_LATENCIES = 1000


@dataclass
class Turn:
    """A question and its answer. Pinned turns are always sent again.

    `open` is what followed the question up to tool calls that wait for their results; once there is an answer, what
    went to and fro with tools is no longer kept.
    """

    user: Message
    answer: str
    model: str
    pinned: bool = False
    open: tuple[Message, ...] = ()

    @cached_property
    def tokens(self) -> int:
        """About how many tokens question and answer take, attachments included."""
        return estimate_request(Request("", self.messages(), 0))

    def messages(self) -> tuple[Message, ...]:
        return (self.user, *self.open) if self.open else (self.user, Message.of("assistant", self.answer))

    @property
    def waiting_for(self) -> tuple[str, ...]:
        """The ids of the tool calls whose results are missing."""
        last = self.open[-1].parts if self.open else ()
        return tuple(part.id for part in last if isinstance(part, ToolCallPart))


@dataclass
class Summary:
    """What the model wrote in place of the first `turns` turns."""

    text: str
    turns: int


@dataclass
class Totals:
    """What one model took so far. `unpriced` calls are missing from `cost_usd`."""

    calls: int = 0
    failed: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    unpriced: int = 0

    def add(self, outcome: Outcome) -> None:
        self.calls += 1
        self.failed += outcome.error is not None
        if outcome.reply is None:
            return
        self.input_tokens += outcome.reply.usage.input_tokens or 0
        self.output_tokens += outcome.reply.usage.output_tokens or 0
        if outcome.cost.usd is None:
            self.unpriced += 1
        else:
            self.cost_usd += outcome.cost.usd


@dataclass
class Conversation:
    """Everything that a session keeps."""

    system: str | None = None
    model: str | None = None
    turns: list[Turn] = field(default_factory=list)
    summary: Summary | None = None
    totals: dict[str, Totals] = field(default_factory=dict)
    latencies_ms: list[int] = field(default_factory=list)

    def account(self, outcome: Outcome) -> None:
        """Add what a call took, whether or not its answer becomes part of the conversation."""
        self.totals.setdefault(outcome.model or "?", Totals()).add(outcome)
        if outcome.latency_ms is not None and outcome.error is None:
            self.latencies_ms = [*self.latencies_ms, outcome.latency_ms][-MOST_LATENCIES:]

    def total(self) -> Totals:
        """All models together."""
        everything = Totals()
        for each in self.totals.values():
            everything.calls += each.calls
            everything.failed += each.failed
            everything.input_tokens += each.input_tokens
            everything.output_tokens += each.output_tokens
            everything.cost_usd += each.cost_usd
            everything.unpriced += each.unpriced
        return everything

    def forget(self) -> None:
        """Start over; what was spent stays spent."""
        self.turns.clear()
        self.summary = None

    def undo(self) -> Turn | None:
        """Take back the last turn."""
        if not self.turns:
            return None
        turn = self.turns.pop()
        if self.summary is not None and self.summary.turns > len(self.turns):
            self.summary = None
        return turn

    def latency_ms(self, quantile: float) -> int | None:
        """The latency that this share of the answers stayed within (nearest rank)."""
        if not self.latencies_ms:
            return None
        ordered = sorted(self.latencies_ms)
        return ordered[max(0, math.ceil(quantile * len(ordered)) - 1)]
