"""Right answers of the three APIs, with all that can be in one: what mutations begin with."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ..contract.answers import head_events, tail_events, whole_of
from ..contract.vendors import ANTHROPIC, OPENAI, RESPONSES, Vendor

Event = dict[str, Any]

WORDS = ("alpha ", "beta ", "größe ", '{"records":[{"a":1},', '{"a":2}]}')
TEXT = "".join(WORDS)
ARGUMENTS = '{"city":"Oslo","days":2}'


class Stream(NamedTuple):
    """The events of a stream, and how many of them it takes until it is known that the answer is complete."""

    events: tuple[Event, ...]
    complete_at: int


def streams(vendor: Vendor) -> tuple[Stream, ...]:
    """A plain stream, and one with reasoning and a tool call. The text of both is TEXT."""
    plain = _plain(vendor)
    if vendor is ANTHROPIC:
        return plain, _anthropic()
    return plain, (_chat() if vendor is OPENAI else _responses())


def _plain(vendor: Vendor) -> Stream:
    raw = [*head_events(vendor, WORDS), *tail_events(vendor)]
    events = tuple(_data(each) for each in raw if b"[DONE]" not in each)
    return Stream(events, len(events) - 1 if vendor is OPENAI else len(events))


def _data(event: bytes) -> Event:
    found: Event = json.loads(event.partition(b"data: ")[2])
    return found


def _anthropic() -> Stream:
    thinking = {"type": "thinking", "thinking": "", "signature": ""}
    tool = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    events: list[Event] = [
        _plain(ANTHROPIC).events[0],
        {"type": "ping"},
        {"type": "content_block_start", "index": 0, "content_block": thinking},
        _piece(0, {"type": "thinking_delta", "thinking": "hm"}),
        _piece(0, {"type": "signature_delta", "signature": "c2ln"}),
        {"type": "content_block_stop", "index": 0},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}},
        *(_piece(1, {"type": "text_delta", "text": word}) for word in WORDS),
        {"type": "content_block_stop", "index": 1},
        {"type": "content_block_start", "index": 2, "content_block": tool},
        *(_piece(2, {"type": "input_json_delta", "partial_json": part}) for part in (ARGUMENTS[:9], ARGUMENTS[9:])),
        {"type": "content_block_stop", "index": 2},
        {"type": "message_delta", "delta": {"stop_reason": "tool_use", "stop_sequence": None}, "usage": _USAGE},
        {"type": "message_stop"},
    ]
    return Stream(tuple(events), len(events))


def _piece(index: int, delta: Event) -> Event:
    return {"type": "content_block_delta", "index": index, "delta": delta}


_USAGE: Event = {
    "input_tokens": 20,
    "output_tokens": 9,
    "cache_read_input_tokens": 4,
    "cache_creation_input_tokens": 3,
    "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
    "output_tokens_details": {"thinking_tokens": 2},
}
_CHAT_USAGE: Event = {
    "prompt_tokens": 20,
    "completion_tokens": 9,
    "total_tokens": 29,
    "prompt_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 1},
    "completion_tokens_details": {"reasoning_tokens": 2},
}
_RESPONSES_USAGE: Event = {
    "input_tokens": 20,
    "output_tokens": 9,
    "total_tokens": 29,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens_details": {"reasoning_tokens": 2},
}


def _chat() -> Stream:
    call = {"index": 0, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    parts = [{"index": 0, "function": {"arguments": part}} for part in (ARGUMENTS[:9], ARGUMENTS[9:])]
    logprobs = {"content": [{"token": "alpha", "logprob": -0.1, "bytes": None, "top_logprobs": []}]}
    deltas: list[Event] = [
        {"role": "assistant", "content": None, "reasoning_content": "hm"},
        *({"content": word} for word in WORDS),
        *({"tool_calls": [each]} for each in (call, *parts)),
    ]
    events = [_chunk({"index": 0, "delta": delta, "logprobs": logprobs, "finish_reason": None}) for delta in deltas]
    end = [_chunk({"index": 0, "delta": {}, "finish_reason": "tool_calls"}), {**_chunk(), "usage": _CHAT_USAGE}]
    return Stream((*events, *end), len(events) + 1)


def _chunk(*choices: Event) -> Event:
    head = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return {**head, "choices": list(choices)}


def _responses() -> Stream:
    whole = bodies(RESPONSES)[1]
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    place = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    call = {"item_id": "fc_1", "output_index": 2}
    message = whole["output"][1]
    events: list[Event] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        {"type": "response.reasoning_summary_text.delta", "item_id": "rs_1", "output_index": 0, "delta": "hm"},
        {"type": "response.output_item.added", "output_index": 1, "item": {**message, "content": []}},
        {"type": "response.content_part.added", **place, "part": {"type": "output_text", "text": ""}},
        *({"type": "response.output_text.delta", **place, "delta": word, "logprobs": []} for word in WORDS),
        {"type": "response.output_text.done", **place, "text": TEXT},
        {"type": "response.output_item.done", "output_index": 1, "item": message},
        {"type": "response.function_call_arguments.delta", **call, "delta": ARGUMENTS},
        {"type": "response.function_call_arguments.done", **call, "arguments": ARGUMENTS},
        {"type": "response.completed", "response": whole},
    ]
    return Stream(tuple({**each, "sequence_number": at} for at, each in enumerate(events)), len(events))


def bodies(vendor: Vendor) -> tuple[Event, ...]:
    """Whole answers: a plain one, and one with reasoning and a tool call. The text of both is TEXT."""
    plain = whole_of(vendor, TEXT)
    if vendor is ANTHROPIC:
        blocks = [
            {"type": "thinking", "thinking": "hm", "signature": "c2ln"},
            {"type": "text", "text": TEXT, "citations": None},
            {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": json.loads(ARGUMENTS)},
        ]
        return plain, {**plain, "content": blocks, "stop_reason": "tool_use", "usage": _USAGE}
    if vendor is OPENAI:
        call = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ARGUMENTS}}
        message = {"role": "assistant", "content": TEXT, "reasoning_content": "hm", "tool_calls": [call]}
        logprobs = {"content": [{"token": "a", "logprob": -0.5, "bytes": [97], "top_logprobs": []}], "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": logprobs, "finish_reason": "tool_calls"}
        return plain, {**plain, "choices": [choice], "usage": _CHAT_USAGE}
    items = [
        {"type": "reasoning", "id": "r", "summary": [{"type": "summary_text", "text": "hm"}], "encrypted_content": "x"},
        plain["output"][0],
        {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather", "arguments": ARGUMENTS},
    ]
    return plain, {**plain, "output": items, "usage": _RESPONSES_USAGE, "error": None, "service_tier": "default"}


def errors(vendor: Vendor) -> tuple[Event, ...]:
    """Error bodies, which also come as events amid a stream."""
    if vendor is ANTHROPIC:
        kinds = ("overloaded_error", "rate_limit_error", "invalid_request_error", "authentication_error")
        return tuple(
            {"type": "error", "error": {"type": kind, "message": "No."}, "request_id": "req_1"} for kind in kinds
        )
    return tuple(
        {"error": {"message": "No.", "type": kind, "param": None, "code": code}}
        for kind, code in (("server_error", None), ("insufficient_quota", "insufficient_quota"), ("tokens", "429"))
    )


def counts(vendor: Vendor) -> tuple[Event, ...]:
    """What the counting endpoints say."""
    if vendor is ANTHROPIC:
        return ({"input_tokens": 9},)
    return ({"object": "response.input_tokens", "input_tokens": 9},)
