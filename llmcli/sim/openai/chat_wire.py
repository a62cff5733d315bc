"""OpenAI's Chat Completions API: POST /v1/chat/completions."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping

from llmcli.messages import Message, Request, StopReason, TextPart
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation
from llmcli.sim.openai import chat_schema as schema
from llmcli.sim.openai import vendor as openai
from llmcli.sim.openai.errors import invalid
from llmcli.sim.openai.rules import check_chat, known_model, validate
from llmcli.sim.wire import ApiError, Call, Chunk, Vendor, compact, new_id, sse

_STOP_WORDS = {
    StopReason.END_TURN: "stop",
    StopReason.STOP_SEQUENCE: "stop",
    StopReason.TOOL_USE: "tool_calls",
    StopReason.MAX_TOKENS: "length",
    StopReason.CONTEXT_WINDOW: "length",
    StopReason.INCOMPLETE: None,
}


class ChatCompletions:
    """POST /v1/chat/completions."""

    vendor: Vendor = openai

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        if "model" not in body:
            raise invalid("you must provide a model parameter")
        validate(schema.CHAT, body)
        model = known_model(body["model"])
        most_tokens = check_chat(body, model)
        system, messages = _conversation(body["messages"])
        stop = body.get("stop") or ()
        request = Request(
            model=model.id,
            messages=messages,
            max_tokens=most_tokens,
            system=system,
            temperature=body.get("temperature"),
            top_p=body.get("top_p"),
            stop=(stop,) if isinstance(stop, str) else tuple(stop),
            user_id=body.get("user"),
        )
        return Call(request, body, bool(body.get("stream")), new_id("chatcmpl-", 29))

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        refused = generation.will_refuse
        message: JsonObject = {
            "role": "assistant",
            "content": None if refused else text,
            "refusal": text if refused else None,
            "annotations": [],
        }
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": _finish_reason(generation),
        }
        answer = {**_head(call, "chat.completion"), "choices": [choice]}
        if usage:
            answer["usage"] = _usage(generation)
        return answer

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        with_usage = usage and bool((call.body.get("stream_options") or {}).get("include_usage"))
        head = _head(call, "chat.completion.chunk")
        tail: JsonObject = {"usage": None} if with_usage else {}

        def chunk(delta: JsonObject, finish_reason: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
            return sse({**head, "choices": [choice], **tail})

        yield Chunk(chunk({"role": "assistant", "content": "", "refusal": None}))
        field = "refusal" if generation.will_refuse else "content"
        before, after = chunk({field: "\0"}).split(rb'"\u0000"')
        for piece in generation:
            yield Chunk(before + compact(piece).encode() + after, tokens=1)
        yield Chunk(chunk({}, _finish_reason(generation)), terminal=True)
        if with_usage:
            yield Chunk(sse({**head, "choices": [], "usage": _usage(generation)}), terminal=True)
        yield Chunk(b"data: [DONE]\n\n", terminal=True)

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        return sse(openai.error_body(error.error, request_id))


def _conversation(entries: list[JsonObject]) -> tuple[str | None, tuple[Message, ...]]:
    """The instructions, wherever they stand, and the turns."""
    system, messages = [], []
    for entry in entries:
        parts = _parts(entry)
        if entry["role"] in ("system", "developer"):
            system.append("\n\n".join(part.text for part in parts))
        else:
            messages.append(Message(entry["role"], parts))
    return "\n\n".join(filter(None, system)) or None, tuple(messages)


def _parts(entry: JsonObject) -> tuple[TextPart, ...]:
    content = entry.get("content")
    if content is None:
        return (TextPart(entry.get("refusal") or ""),)
    if isinstance(content, str):
        return (TextPart(content),)
    return tuple(TextPart(part[part["type"]]) for part in content)


def _head(call: Call, kind: str) -> JsonObject:
    return {
        "id": call.id,
        "object": kind,
        "created": int(time.time()),
        "model": call.request.model,
        "service_tier": "default",
        "system_fingerprint": None,
    }


def _finish_reason(generation: Generation) -> str | None:
    if generation.stop_reason is StopReason.REFUSAL:
        return "stop" if generation.will_refuse else "content_filter"
    return _STOP_WORDS.get(generation.stop_reason, generation.raw_stop_reason)


def _usage(generation: Generation) -> JsonObject:
    return {
        "prompt_tokens": generation.input_tokens,
        "completion_tokens": generation.output_tokens,
        "total_tokens": generation.input_tokens + generation.output_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
