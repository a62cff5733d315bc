"""OpenAI's Chat Completions API: POST /v1/chat/completions."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from llmcli.messages import StopReason
from llmcli.sim.body import compact
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation, Terms
from llmcli.sim.kept_files import Files
from llmcli.sim.openai import chat_conversation
from llmcli.sim.openai import chat_schema as schema
from llmcli.sim.openai import vendor as openai
from llmcli.sim.openai.answer_format import schema_of_chat
from llmcli.sim.openai.errors import invalid, validate
from llmcli.sim.openai.rules import check_chat, known_model
from llmcli.sim.openai.schema import served_tier
from llmcli.sim.openai.tools import chosen, functions_of
from llmcli.sim.wire import ApiError, Call, Chunk, Vendor, new_id, sse

_STOP_WORDS = {
    StopReason.END_TURN: "stop",
    StopReason.STOP_SEQUENCE: "stop",
    StopReason.TOOL_USE: "tool_calls",
    StopReason.MAX_TOKENS: "length",
    StopReason.CONTEXT_WINDOW: "length",
    StopReason.INCOMPLETE: None,
}


class ChatCompletions:
    """POST /v1/chat/completions; `files` are those that were uploaded."""

    vendor: Vendor = openai

    def __init__(self, files: Files) -> None:
        self._files = files

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        if "model" not in body:
            raise invalid("you must provide a model parameter")
        validate(schema.CHAT, body)
        model = known_model(body["model"])
        most_tokens = check_chat(body, model)
        choice, tools = chosen(body.get("tool_choice"), functions_of(body.get("tools") or [], nested=True), nested=True)
        answer_schema = schema_of_chat(body)
        stop = body.get("stop") or ()
        request, prompt = chat_conversation.read(
            body,
            model,
            self._files,
            tools,
            answer_schema,
            max_tokens=most_tokens,
            temperature=body.get("temperature"),
            top_p=body.get("top_p"),
            stop=(stop,) if isinstance(stop, str) else tuple(stop),
            user_id=body.get("safety_identifier") or body.get("user"),
            effort=body.get("reasoning_effort"),
            tool_choice=choice,
            json_object=(body.get("response_format") or {}).get("type") == "json_object",
        )
        total = prompt.tokens
        terms = Terms(
            input_tokens=total,
            reasons=model.reasoning or model.simulated,
            parallel=body.get("parallel_tool_calls") is not False,
            schema=answer_schema,
        )
        call_id = new_id("chatcmpl-", 29)
        prefixes, free = prompt.prefixes(model, total), not model.caches_explicitly
        return Call(request, body, bool(body.get("stream")), call_id, terms, prefixes, writes_are_free=free)

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject:
        refused = generation.will_refuse
        calls = zip(generation.tool_calls, generation.arguments, strict=True)
        made = [_tool_call(one.name, arguments) for one, arguments in calls]
        message: JsonObject = {
            "role": "assistant",
            "content": None if refused or (made and not text) else text,
            "refusal": text if refused else None,
            "annotations": [],
        }
        if made:
            message["tool_calls"] = made
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": _finish_reason(generation),
        }
        answer = {**_head(call, "chat.completion"), "choices": [choice]}
        if call.body.get("metadata"):
            answer["metadata"] = call.body["metadata"]
        if usage:
            answer["usage"] = _usage(call, generation)
        return answer

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]:
        with_usage = usage and bool((call.body.get("stream_options") or {}).get("include_usage"))
        head = _head(call, "chat.completion.chunk")
        tail: JsonObject = {"usage": None} if with_usage else {}

        def chunk(delta: JsonObject, finish_reason: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
            return sse({**head, "choices": [choice], **tail})

        yield from _deltas(generation, chunk)
        yield Chunk(chunk({}, _finish_reason(generation)), terminal=True)
        if with_usage:
            yield Chunk(sse({**head, "choices": [], "usage": _usage(call, generation)}), terminal=True)
        yield Chunk(b"data: [DONE]\n\n", terminal=True)

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes:
        return sse(openai.error_body(error.error, request_id))


def _deltas(generation: Generation, chunk: Callable[[JsonObject], bytes]) -> Iterator[Chunk]:
    """The chunks of the answer itself; the first one says whose it is."""
    before, after = chunk({"refusal" if generation.will_refuse else "content": "\0"}).split(rb'"\u0000"')
    started, index, current = False, -1, None
    for piece in generation.pieces():
        if piece.kind == "reasoning":  # this API does not show it, but bills it
            yield Chunk(b"", tokens=1)
            continue
        if not started:
            started = True
            yield Chunk(chunk({"role": "assistant", "content": None if piece.call else "", "refusal": None}))
        if piece.call is None:
            yield Chunk(before + compact(piece.text).encode() + after, tokens=1)
            continue
        if current is not piece.call:
            current, index = piece.call, index + 1
            yield Chunk(chunk({"tool_calls": [{"index": index, **_tool_call(piece.call.name, "")}]}))
        more = {"index": index, "function": {"arguments": piece.text}}
        yield Chunk(chunk({"tool_calls": [more]}), tokens=1)
    if not started:
        yield Chunk(chunk({"role": "assistant", "content": "", "refusal": None}))


def _tool_call(name: str, arguments: str) -> JsonObject:
    return {"id": new_id("call_", 24), "type": "function", "function": {"name": name, "arguments": arguments}}


def _head(call: Call, kind: str) -> JsonObject:
    return {
        "id": call.id,
        "object": kind,
        "created": int(time.time()),
        "model": call.request.model,
        "service_tier": served_tier(call.body),
        "system_fingerprint": None,
    }


def _finish_reason(generation: Generation) -> str | None:
    if generation.stop_reason is StopReason.REFUSAL:
        return "stop" if generation.will_refuse else "content_filter"
    return _STOP_WORDS.get(generation.stop_reason, generation.raw_stop_reason)


def _usage(call: Call, generation: Generation) -> JsonObject:
    return {
        "prompt_tokens": generation.input_tokens,
        "completion_tokens": generation.output_tokens,
        "total_tokens": generation.input_tokens + generation.output_tokens,
        "prompt_tokens_details": {
            "cached_tokens": call.cached.read,
            "cache_write_tokens": call.cached.write,
            "audio_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": generation.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
