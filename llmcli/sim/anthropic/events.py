"""A streamed message: the events of anthropic 2.10 `types/raw_message_stream_event.py`, plus `ping`."""

from __future__ import annotations

from collections.abc import Iterator

from llmcli.sim.anthropic.message import (
    cumulative_usage,
    message_of,
    signature,
    stop_of,
    text_block,
    tool_use_block,
    usage_of,
)
from llmcli.sim.body import compact
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation
from llmcli.sim.pieces import Piece
from llmcli.sim.wire import Call, Chunk, sse

_PING = sse({"type": "ping"}, "ping")
_DELTAS = {"text": ("text_delta", "text"), "call": ("input_json_delta", "partial_json")}
_THINKING = ("thinking_delta", "thinking")


def events_of(call: Call, generation: Generation, *, usage: bool, shown: bool) -> Iterator[Chunk]:
    """All events, in order. `shown`: whether thinking is sent, and not only its signature."""
    message = message_of(call, [])
    if usage:
        message["usage"] = {**usage_of(call, generation), "output_tokens": 1}
    yield Chunk(sse({"type": "message_start", "message": message}, "message_start"))
    yield from _blocks(generation, shown=shown)
    end: JsonObject = {"type": "message_delta", "delta": stop_of(generation)}
    if usage:
        end["usage"] = cumulative_usage(call, generation)
    yield Chunk(sse(end, "message_delta"), terminal=True)
    yield Chunk(sse({"type": "message_stop"}, "message_stop"), terminal=True)


def _blocks(generation: Generation, *, shown: bool) -> Iterator[Chunk]:
    index, head = -1, ""
    current: Piece | None = None
    for piece in generation.pieces():
        if current is None or piece.kind != current.kind or piece.call is not current.call:
            if current is not None:
                yield from _end(current, index, generation, shown=shown)
            current, index = piece, index + 1
            head = _delta_head(piece, index)
            yield Chunk(_event("content_block_start", index, content_block=_start(piece)))
            if index == 0:
                yield Chunk(_PING)
            if piece.kind == "call":
                yield Chunk(f'{head}""}}}}\n\n'.encode())
        silent = piece.kind == "reasoning" and not shown
        yield Chunk(b"" if silent else f"{head}{compact(piece.text)}}}}}\n\n".encode(), tokens=1)
    if current is not None:
        yield from _end(current, index, generation, shown=shown)


def _start(piece: Piece) -> JsonObject:
    if piece.call is not None:
        return tool_use_block(piece.call, {})
    if piece.kind == "reasoning":
        return {"type": "thinking", "thinking": "", "signature": ""}
    return text_block("")


def _end(last: Piece, index: int, generation: Generation, *, shown: bool) -> Iterator[Chunk]:
    if last.kind == "reasoning":
        delta = {"type": "signature_delta", "signature": signature(generation.reasoning, shown=shown)}
        yield Chunk(_event("content_block_delta", index, delta=delta))
    yield Chunk(_event("content_block_stop", index))


def _delta_head(piece: Piece, index: int) -> str:
    """A delta event up to its text: that many are sent, so that only what differs is made anew."""
    kind, field = _DELTAS.get(piece.kind, _THINKING)
    start = f'{{"type":"content_block_delta","index":{index},"delta":{{"type":"{kind}","{field}":'
    return f"event: content_block_delta\ndata: {start}"


def _event(kind: str, index: int, **fields: JsonObject) -> bytes:
    return sse({"type": kind, "index": index, **fields}, kind)
