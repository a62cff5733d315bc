"""What Anthropic's Messages API answers, whole or as events, as a Reply."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from llmcli.messages import Delta, Event, OpaquePart, Part, Reply, Started, StopReason, ToolCallPart, Usage
from llmcli.pricing.residency import tier_in
from llmcli.providers.anthropic_request import API
from llmcli.providers.values import (
    NotAnAnswerError,
    arguments_of,
    count_or_none,
    field_of,
    stop_reason_of,
    text_or_none,
    writable,
)

_STOP_REASONS = {
    "end_turn": StopReason.END_TURN,
    "max_tokens": StopReason.MAX_TOKENS,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_USE,
    "pause_turn": StopReason.INCOMPLETE,
    "refusal": StopReason.REFUSAL,
    "model_context_window_exceeded": StopReason.CONTEXT_WINDOW,
}
_CALL = "tool_use"
# Blocks that the API wants back, unchanged, together with the results of the tools that were called.
_SIGNED = ("thinking", "redacted_thinking")


def reply_of(message: object, request_id: str | None) -> Reply | None:
    """The reply, or None if this is no message. Raises NotAnAnswerError if its text is none."""
    blocks = field_of(message, "content")
    if not isinstance(blocks, list):
        return None
    content = [_block(block) for block in blocks]
    if not all(isinstance(block.get("type"), str) for block in content):
        return None
    raw = text_or_none(field_of(message, "stop_reason"))
    return Reply(
        text="".join(_words(block, "text") for block in content),
        stop_reason=stop_reason_of(_stop_reason(raw), _calls(content)),
        usage=_usage(_counts(field_of(message, "usage"))),
        model=text_or_none(field_of(message, "model")),
        request_id=request_id,
        raw_stop_reason=raw,
        service_tier=_tier(field_of(message, "usage")),
        reasoning="".join(_words(block, "thinking") for block in content),
        extra_parts=tuple(part for block in content if (part := _extra_part(block))),
    )


class StreamState:
    """What a stream has told so far: usage comes in two events, and later counts replace earlier ones."""

    def __init__(self, request_id: str | None) -> None:
        self.started = False
        self._request_id = request_id
        self._ended = False
        self._model: str | None = None
        self._stop: str | None = None
        self._tier: str | None = None
        self._counts: dict[str, int] = {}
        self._blocks: dict[int, dict[str, Any]] = {}

    def take(self, event: object) -> Event | None:
        """Our event for one of theirs, if it has one."""
        self.started = True
        match field_of(event, "type"):
            case "message_start":
                message = field_of(event, "message")
                self._model = text_or_none(field_of(message, "model"))
                self._counts |= _counts(field_of(message, "usage"))
                self._tier = _tier(field_of(message, "usage"))
                return Started(self._model, self._request_id, _usage(self._counts), self._tier)
            case "content_block_start":
                block = _block(field_of(event, "content_block"))
                if block.get("type") != "text":
                    self._blocks[_index(event)] = block
            case "content_block_delta":
                return self._delta(_index(event), _block(field_of(event, "delta")))
            case "message_delta":
                self._stop = text_or_none(field_of(field_of(event, "delta"), "stop_reason"))
                self._counts |= _counts(field_of(event, "usage"))
                self._tier = _tier(field_of(event, "usage")) or self._tier
            case "message_stop":
                self._ended = True
            case _:
                pass
        return None

    def _delta(self, index: int, delta: dict[str, Any]) -> Delta | None:
        """Text is passed on and forgotten; what has to be sent back is put together."""
        match delta:
            case {"type": "text_delta"}:
                return Delta(_words(delta, "text", "text_delta"))
            case {"type": "thinking_delta", "thinking": str(text)}:
                self._append(index, "thinking", text)
                return Delta(text, "reasoning")
            case {"type": "signature_delta", "signature": str(signature)}:
                self._append(index, "signature", signature)
            case {"type": "input_json_delta", "partial_json": str(piece)}:
                self._append(index, "partial_json", piece)
            case _:
                pass
        return None

    def _append(self, index: int, key: str, piece: str) -> None:
        block = self._blocks.setdefault(index, {})
        block[key] = (text_or_none(block.get(key)) or "") + piece

    def reply(self) -> Reply:
        blocks = [self._blocks[index] for index in sorted(self._blocks)]
        usage = _usage(self._counts)
        return Reply(
            text="",
            stop_reason=stop_reason_of(_stop_reason(self._stop), _calls(blocks)) if self._ended else _stop_reason(None),
            # `message_start` counts only the first tokens of the answer: before the end, nobody has counted it.
            usage=usage if self._ended else replace(usage, output_tokens=None),
            model=self._model,
            request_id=self._request_id,
            raw_stop_reason=self._stop,
            service_tier=self._tier,
            extra_parts=tuple(part for block in blocks if (part := _extra_part(block))),
        )


def _extra_part(block: dict[str, Any]) -> Part | None:
    if block.get("type") in _SIGNED:
        return OpaquePart(API, block) if writable(block) else None
    return _call(block) if block.get("type") == _CALL else None


def _calls(blocks: list[dict[str, Any]]) -> list[ToolCallPart | None]:
    return [_call(block) for block in blocks if block.get("type") == _CALL]


def _call(block: dict[str, Any]) -> ToolCallPart | None:
    """A tool call; None if its arguments cannot be read."""
    arguments = arguments_of(block["partial_json"] if "partial_json" in block else block.get("input"))
    return None if arguments is None else ToolCallPart(str(block.get("id")), str(block.get("name")), arguments)


def _words(block: dict[str, Any], field: str, kind: str | None = None) -> str:
    """The text of a block of that kind, which is its field's name by default; other blocks have none."""
    if block.get("type") != (kind or field):
        return ""
    words = block.get(field)
    if not isinstance(words, str):
        raise NotAnAnswerError(field)
    return words


def _index(event: object) -> int:
    """The position of the block that an event is about."""
    return count_or_none(field_of(event, "index")) or 0


def _stop_reason(raw: str | None) -> StopReason:
    if raw is None:
        return StopReason.INCOMPLETE
    return _STOP_REASONS.get(raw, StopReason.UNKNOWN)


def _block(found: object) -> dict[str, Any]:
    """A part of the answer without what it leaves open; whatever is no object is empty."""
    return {name: value for name, value in found.items() if value is not None} if isinstance(found, dict) else {}


def _counts(usage: object) -> dict[str, int]:
    known = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    counts = {name: count_or_none(field_of(usage, name)) for name in known}
    counts["cache_1h"] = count_or_none(field_of(field_of(usage, "cache_creation"), "ephemeral_1h_input_tokens"))
    counts["thinking"] = count_or_none(field_of(field_of(usage, "output_tokens_details"), "thinking_tokens"))
    return {name: count for name, count in counts.items() if count is not None}


def _tier(usage: object) -> str | None:
    """How the request was served. Fast mode and the US alone, which have fields of their own, count by their cost."""
    fast = field_of(usage, "speed") == "fast"
    tier = "fast" if fast else text_or_none(field_of(usage, "service_tier"))
    return tier_in(tier, field_of(usage, "inference_geo"))


def _usage(counts: dict[str, int]) -> Usage:
    """The API's `input_tokens` leaves out what was read from and written to the cache; ours counts everything."""
    fresh = counts.get("input_tokens")
    read, write = counts.get("cache_read_input_tokens"), counts.get("cache_creation_input_tokens")
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (write or 0),
        output_tokens=counts.get("output_tokens"),
        cache_read_tokens=read,
        cache_write_tokens=write,
        reasoning_tokens=counts.get("thinking"),
        cache_write_1h_tokens=counts.get("cache_1h"),
    )
