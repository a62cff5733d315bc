"""The provider-neutral vocabulary: what is asked, what comes back.

A conversation is a system text and a list of messages that alternate between user and assistant.
The APIs keep no state: every request carries the whole history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from llmcli.choices import CacheTtl, Effort

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
    """Text as the model reads it; `file` names the file that it was read from."""

    text: str
    file: str | None = None
    type: Literal["text"] = "text"


@dataclass(frozen=True)
class ImagePart:
    """An image: its bytes in base64, as all APIs want them, or a URL that the provider is to fetch."""

    name: str
    media_type: str
    data: str | None = field(default=None, repr=False)
    url: str | None = None
    type: Literal["image"] = "image"


@dataclass(frozen=True)
class DocumentPart:
    """A document that the provider reads itself, such as a PDF; its bytes in base64."""

    name: str
    media_type: str
    data: str = field(repr=False)
    type: Literal["document"] = "document"


@dataclass(frozen=True)
class ToolCallPart:
    """A call that the model wants made; `id` ties the result to it."""

    id: str
    name: str
    arguments: dict[str, Any]
    type: Literal["tool_call"] = "tool_call"


@dataclass(frozen=True)
class ToolResultPart:
    """What a call gave, or why it failed."""

    call_id: str
    content: str
    is_error: bool = False
    type: Literal["tool_result"] = "tool_result"


@dataclass(frozen=True)
class OpaquePart:
    """What only the API that wrote it understands, such as signed reasoning: sent back to it, kept from others."""

    api: str
    data: dict[str, Any]
    type: Literal["opaque"] = "opaque"


Part = TextPart | ImagePart | DocumentPart | ToolCallPart | ToolResultPart | OpaquePart


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
        return "\n\n".join(part.text for part in self.parts if isinstance(part, TextPart))


@dataclass(frozen=True)
class Tool:
    """A function that the model may have called. `input_schema` is a JSON Schema of an object."""

    name: str
    description: str
    input_schema: dict[str, Any]


@dataclass(frozen=True)
class OutputSchema:
    """The JSON Schema that the answer has to fit, within the subset that the provider enforces."""

    name: str
    schema: dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What is asked of a model. None means: not sent, the provider decides.

    `model` is the provider's own name for the model, without our `provider/` prefix. `tool_choice` is `auto`,
    `any`, `none` or a tool's name. `options` are parameters of the provider's own, passed on as they are.
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
    seed: int | None = None
    service_tier: str | None = None
    effort: Effort | None = None
    thinking_budget: int | None = None
    show_reasoning: bool = False
    cache: CacheTtl | None = None
    json_object: bool = False
    output_schema: OutputSchema | None = None
    logprobs: bool = False
    tools: tuple[Tool, ...] = ()
    tool_choice: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Usage:
    """Tokens of one call. None means the provider did not say. `cache_write_1h_tokens` are part of the writes.

    `input_tokens` counts everything sent, cached or not; the cache counts are parts of it.
    `output_tokens` counts everything generated; `reasoning_tokens` are part of it.
    """

    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    reasoning_tokens: int | None = None
    cache_write_1h_tokens: int | None = None


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
    service_tier: str | None = None


@dataclass(frozen=True)
class Delta:
    """A piece of a streamed answer."""

    text: str
    kind: Literal["text", "reasoning"] = "text"


@dataclass(frozen=True)
class Reply:
    """What came back: complete, or as far as it got (see `stop_reason`).

    `model` is the model that answered, as the provider names it; `raw_stop_reason` is the provider's word, and so is
    `service_tier`, which says how the request was served and with that what it costs.
    """

    text: str
    stop_reason: StopReason
    usage: Usage = field(default_factory=Usage)
    model: str | None = None
    request_id: str | None = None
    raw_stop_reason: str | None = None
    service_tier: str | None = None
    reasoning: str = ""
    token_logprobs: tuple[tuple[str, float], ...] = ()  # how likely each token of the text was, where one is told
    extra_parts: tuple[Part, ...] = ()  # tool calls, and what the API wants back with their results

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        return tuple(part for part in self.extra_parts if isinstance(part, ToolCallPart))

    def as_message(self) -> Message:
        """The model's turn as it has to be sent back with tool results: its reasoning, its words, its calls."""
        words = (TextPart(self.text),) if self.text else ()
        kept = tuple(part for part in self.extra_parts if not isinstance(part, ToolCallPart))
        return Message("assistant", (*kept, *words, *self.tool_calls))


Event = Started | Delta | Reply
"""What a stream consists of: Started, any number of Deltas, then one Reply without text."""
