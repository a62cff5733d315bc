"""The provider-neutral vocabulary: what is asked, what comes back.

A conversation is a system text and a list of messages that alternate between user and assistant.
The APIs keep no state: every request carries the whole history.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Literal

Role = Literal["user", "assistant"]
Basis = Literal["measured", "estimated", "unknown"]


class StopReason(StrEnum):
    """Why the model stopped, in one vocabulary for all providers."""

    END_TURN = "end_turn"
    STOP_SEQUENCE = "stop_sequence"
    TOOL_USE = "tool_use"
    MAX_TOKENS = "max_tokens"
    CONTEXT_WINDOW = "context_window"
    REFUSAL = "refusal"
    INCOMPLETE = "incomplete"  # the stream or the turn ended without saying that it was over
    UNKNOWN = "unknown"  # a reason that this version does not know

    @property
    def complete(self) -> bool:
        """Whether the answer is whole: only then is exit code 0 honest."""
        return self in (StopReason.END_TURN, StopReason.STOP_SEQUENCE, StopReason.TOOL_USE)

    @property
    def truncated(self) -> bool:
        """Whether text is missing at the end, as far as one can know."""
        return not self.complete and self is not StopReason.REFUSAL


@dataclass(frozen=True)
class TextPart:
    """Text as the model reads it."""

    text: str


Part = TextPart


@dataclass(frozen=True)
class Message:
    """One turn of the conversation."""

    role: Role
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, role: Role, text: str) -> Message:
        return cls(role, (TextPart(text),))

    @property
    def text(self) -> str:
        """All text of the turn; parts are separated by a blank line."""
        return "\n\n".join(part.text for part in self.parts)


@dataclass(frozen=True)
class Request:
    """What is asked of a model. None means: not sent, the provider decides.

    `model` is the provider's own name for the model, without our `provider/` prefix.
    """

    model: str
    messages: tuple[Message, ...]
    max_tokens: int
    system: str | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    user_id: str | None = None


@dataclass(frozen=True)
class Usage:
    """Tokens of one call. None means the provider did not say.

    `input_tokens` counts everything sent, cached or not; the cache counts are parts of it.
    `output_tokens` counts everything generated; `reasoning_tokens` are part of it.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None


@dataclass(frozen=True)
class Cost:
    """USD of one call: `measured` when the provider counted the tokens, `estimated` when we did."""

    usd: Decimal | None
    basis: Basis
    prices: str | None = None  # which price table, with its version


UNKNOWN_COST = Cost(None, "unknown")


@dataclass(frozen=True)
class Started:
    """The first event of a stream: what is known before there is any text."""

    model: str | None = None
    request_id: str | None = None
    usage: Usage = field(default_factory=Usage)


@dataclass(frozen=True)
class Delta:
    """A piece of a streamed answer."""

    text: str
    kind: Literal["text", "reasoning"] = "text"


@dataclass(frozen=True)
class Reply:
    """What came back: complete, or as far as it got (see `stop_reason`).

    `model` is the model that answered, as the provider names it; `raw_stop_reason` is the provider's word.
    """

    text: str
    stop_reason: StopReason
    usage: Usage = field(default_factory=Usage)
    model: str | None = None
    request_id: str | None = None
    raw_stop_reason: str | None = None
    reasoning: str = ""


Event = Started | Delta | Reply
"""What a stream consists of: Started, any number of Deltas, then one Reply without text."""
