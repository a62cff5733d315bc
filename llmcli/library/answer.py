"""What a call gives in Python."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from llmcli.messages import Basis, StopReason, Usage

if TYPE_CHECKING:
    from llmcli.messages import Reply
    from llmcli.render import Outcome


@dataclass(frozen=True)
class Answer:
    """A model's answer; `str()` of it is its text. The fields are named as in the JSON envelope.

    `model` is the name asked for, `model_resolved` the provider's. What is not known is None, never 0. `cost_basis`
    says whether the provider counted the tokens ("measured") or llmcli did ("estimated").
    """

    text: str
    model: str
    model_resolved: str | None
    provider: str
    stop_reason: StopReason
    usage: Usage
    cost_usd: Decimal | None
    cost_basis: Basis
    reasoning: str = ""
    request_id: str | None = None
    attempts: int = 1
    latency_ms: int | None = None
    ttft_ms: int | None = None

    def __str__(self) -> str:
        return self.text


def answer_of(outcome: Outcome) -> Answer:
    """The answer, if it is complete. Raises why it is not; what did arrive is the error's `answer`."""
    reply, error = outcome.reply, outcome.error
    found = None if reply is None else _answer(outcome, reply)
    if error is not None:
        error.answer = found
        raise error from None  # the SDK's own error repeats what the server said, which may be our key
    assert found is not None
    return found


def _answer(outcome: Outcome, reply: Reply) -> Answer:
    return Answer(
        reply.text,
        outcome.model or "",
        reply.model,
        outcome.provider or "",
        reply.stop_reason,
        reply.usage,
        outcome.cost.usd,
        outcome.cost.basis,
        reply.reasoning,
        reply.request_id,
        outcome.attempts,
        outcome.latency_ms,
        outcome.ttft_ms,
    )
