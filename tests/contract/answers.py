"""Answers as a raw server sends them: right by each API's form, or as wrong as a test wants."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .vendors import ANTHROPIC, RESPONSES, Vendor


def whole_of(vendor: Vendor, text: str, model: str = "m", stop: str | None = None) -> dict[str, Any]:
    """A complete answer; `stop` is the vendor's word, or None for its ordinary end."""
    if vendor is ANTHROPIC:
        return {
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": model,
            "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn" if stop is None else stop,
            "stop_sequence": None,
            "usage": {"input_tokens": 2, "output_tokens": 1},
        }
    if vendor is RESPONSES:
        return _response(text, model, stop)
    message = {"role": "assistant", "content": text, "refusal": None}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": "stop" if stop is None else stop}],
        "usage": {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3},
    }


def _response(text: str, model: str, stop: str | None) -> dict[str, Any]:
    """A response; a stop reason that is given makes it incomplete, for a complete one has none."""
    part = {"type": "output_text", "text": text, "annotations": []}
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": model,
        "status": "completed" if stop is None else "incomplete",
        "incomplete_details": None if stop is None else {"reason": stop},
        "output": [{"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}],
        "usage": {"input_tokens": 2, "output_tokens": 1, "total_tokens": 3},
    }


def event(data: object) -> bytes:
    """One server-sent event; Anthropic's have their type as a name, too."""
    name = data["type"] if isinstance(data, dict) and isinstance(data.get("type"), str) else None
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {json.dumps(data)}\n\n".encode()


def head_events(vendor: Vendor, texts: Sequence[str], model: str = "m") -> list[bytes]:
    """The events of a stream up to its last piece of text."""
    if vendor is ANTHROPIC:
        message = whole_of(vendor, "", model) | {"content": [], "stop_reason": None}
        block = {"type": "text", "text": ""}
        return [
            event({"type": "message_start", "message": message}),
            event({"type": "content_block_start", "index": 0, "content_block": block}),
            *(
                event({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": text}})
                for text in texts
            ),
        ]
    if vendor is RESPONSES:
        begun = _response("", model, None) | {"status": "in_progress", "output": [], "usage": None}
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        deltas = [{"type": "response.output_text.delta", **place, "delta": text} for text in texts]
        return [event({"type": "response.created", "response": begun}), *map(event, deltas)]
    return [event(_chunk({"content": text}, model)) for text in texts]


def tail_events(vendor: Vendor, model: str = "m", stop: str | None = None, usage: object = None) -> list[bytes]:
    """The events that end a stream; `usage` replaces what the vendor calls so."""
    usage = whole_of(vendor, "")["usage"] if usage is None else usage
    if vendor is ANTHROPIC:
        delta = {"stop_reason": stop or "end_turn", "stop_sequence": None}
        return [
            event({"type": "content_block_stop", "index": 0}),
            event({"type": "message_delta", "delta": delta, "usage": usage}),
            event({"type": "message_stop"}),
        ]
    if vendor is RESPONSES:
        kind = "completed" if stop is None else "incomplete"
        return [event({"type": f"response.{kind}", "response": _response("", model, stop) | {"usage": usage}})]
    return [
        event(_chunk({}, model, stop or "stop")),
        event({**_chunk({}, model), "choices": [], "usage": usage}),
        b"data: [DONE]\n\n",
    ]


def _chunk(delta: object, model: str, stop: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": stop}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": model, "choices": [choice]}


def stream_of(
    vendor: Vendor,
    texts: Sequence[str],
    model: str = "m",
    stop: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> bytes:
    """A complete stream, headers and all."""
    return sse_answer([*head_events(vendor, texts, model), *tail_events(vendor, model, stop)], headers)


def sse_answer(events: Sequence[bytes], headers: Mapping[str, str] | None = None) -> bytes:
    """A stream that ends when the connection does."""
    sent = {"content-type": "text/event-stream", "connection": "close", **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + b"".join(events)
