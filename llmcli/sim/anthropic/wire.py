"""Anthropic's Messages API: POST /v1/messages and POST /v1/messages/count_tokens.

The events of a stream are those of anthropic 2.10 `types/raw_message_stream_event.py`, plus `ping`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmcli.messages import Message, Request, StopReason, TextPart
from llmcli.sim.anthropic import schema
from llmcli.sim.anthropic import vendor as anthropic
from llmcli.sim.anthropic.rules import check_meaning
from llmcli.sim.checks import Check, JsonObject, Violation
from llmcli.sim.engine import Generation
from llmcli.sim.wire import ApiError, Call, Chunk, Vendor, compact, new_id, sse

_STOP_WORDS = {
    StopReason.END_TURN: "end_turn",
    StopReason.STOP_SEQUENCE: "stop_sequence",
    StopReason.TOOL_USE: "tool_use",
    StopReason.MAX_TOKENS: "max_tokens",
    StopReason.CONTEXT_WINDOW: "model_context_window_exceeded",
    StopReason.REFUSAL: "refusal",
    StopReason.INCOMPLETE: "pause_turn",
}
_PING = sse({"type": "ping"}, "ping")
_DELTA_HEAD = (
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":'
)


class Messages:
    """POST /v1/messages."""

    vendor: Vendor = anthropic

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        version = anthropic.check_version(headers)
        old = version < "2026-10-21"
        _validate(schema.CREATE_WITH_SAMPLING if old else schema.CREATE, body)
        check_meaning(body, version)
        request = _request(
            body,
            max_tokens=body["max_tokens"],
            temperature=body.get("temperature"),
            top_p=body.get("top_p"),
            top_k=body.get("top_k"),
            stop=tuple(body.get("stop_sequences", ())),
            user_id=(body.get("metadata") or {}).get("user_id"),
        )
        return Call(request, body, body.get("stream", False), new_id("msg_01", 22))

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        message = _message(call, generation, [_text_block(text)] if text else [])
        message.update(_stop(generation))
        if usage:
            message["usage"] = _usage(generation)
        return message

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        message = _message(call, generation, [])
        if usage:
            message["usage"] = {**_usage(generation), "output_tokens": 1}
        yield Chunk(sse({"type": "message_start", "message": message}, "message_start"))
        first = next(generation, None)
        if first is not None:
            start = {"type": "content_block_start", "index": 0, "content_block": _text_block("")}
            yield Chunk(sse(start, "content_block_start"))
            yield Chunk(_PING)
            yield _delta(first)
            for piece in generation:
                yield _delta(piece)
            yield Chunk(sse({"type": "content_block_stop", "index": 0}, "content_block_stop"))
        end: JsonObject = {"type": "message_delta", "delta": _stop(generation)}
        if usage:
            end["usage"] = _cumulative(generation)
        yield Chunk(sse(end, "message_delta"), terminal=True)
        yield Chunk(sse({"type": "message_stop"}, "message_stop"), terminal=True)

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        return sse(anthropic.error_body(error.error, request_id), "error")


class CountTokens:
    """POST /v1/messages/count_tokens."""

    vendor: Vendor = anthropic

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        version = anthropic.check_version(headers)
        _validate(schema.COUNT, body)
        check_meaning(body, version)
        return Call(_request(body, max_tokens=0), body)

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        return {"input_tokens": generation.input_tokens}

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        return iter(())

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        return b""


def _validate(check: Check, body: JsonObject) -> None:
    try:
        check(body, ())
    except Violation as found:
        raise anthropic.from_violation(found) from found


def _request(body: JsonObject, max_tokens: int, **settings: Any) -> Request:
    system = [_joined(body.get("system") or "")]
    messages = []
    for entry in body["messages"]:
        if entry["role"] == "system":
            system.append(_joined(entry["content"]))
        else:
            messages.append(Message(entry["role"], _parts(entry["content"])))
    return Request(
        model=body["model"],
        messages=tuple(messages),
        max_tokens=max_tokens,
        system="\n\n".join(filter(None, system)) or None,
        **settings,
    )


def _parts(content: str | list[JsonObject]) -> tuple[TextPart, ...]:
    if isinstance(content, str):
        return (TextPart(content),)
    return tuple(TextPart(block["text"]) for block in content)


def _joined(content: str | list[JsonObject]) -> str:
    return "\n\n".join(part.text for part in _parts(content))


def _message(call: Call, generation: Generation, content: list[JsonObject]) -> JsonObject:
    return {
        "model": call.request.model,
        "id": call.id,
        "type": "message",
        "role": "assistant",
        "content": content,
        "stop_reason": None,
        "stop_sequence": None,
        "stop_details": None,
    }


def _text_block(text: str) -> JsonObject:
    return {"type": "text", "text": text}


def _delta(piece: str) -> Chunk:
    return Chunk(f"{_DELTA_HEAD}{compact(piece)}}}}}\n\n".encode(), tokens=1)


def _stop(generation: Generation) -> JsonObject:
    word = _STOP_WORDS.get(generation.stop_reason, generation.raw_stop_reason)
    details = None
    if word == "refusal":
        details = {"type": "refusal", "category": None, "explanation": None}
    return {"stop_reason": word, "stop_sequence": generation.stop_sequence, "stop_details": details}


def _cumulative(generation: Generation) -> JsonObject:
    return {
        "input_tokens": generation.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "output_tokens": generation.output_tokens,
        "output_tokens_details": {"thinking_tokens": 0},
    }


def _usage(generation: Generation) -> JsonObject:
    return {
        **_cumulative(generation),
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "inference_geo": None,
        "server_tool_use": None,
        "service_tier": "standard",
    }
