"""What OpenAI's Responses API answers with, as openai 3.51 `types/responses/response.py` has it."""

from __future__ import annotations

import time

from llmcli.messages import StopReason
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation
from llmcli.sim.wire import Call, new_id

_FAILED = "failed"
_INCOMPLETE_BECAUSE = {
    StopReason.MAX_TOKENS: "max_output_tokens",
    StopReason.CONTEXT_WINDOW: "max_output_tokens",
    StopReason.REFUSAL: "content_filter",
    StopReason.INCOMPLETE: None,
}
_SERVER_ERROR = {
    "code": "server_error",
    "message": "An error occurred while processing your request. Please retry your request.",
}


def response_of(
    call: Call,
    created: float,
    generation: Generation | None = None,
    text: str = "",
    *,
    usage: bool = True,
    item_id: str | None = None,
) -> JsonObject:
    """The response as it stands: in progress without a generation, final with one that ended."""
    response = _frame(call, created)
    if generation is None:
        return response
    status, reason = _status(generation)
    part = part_of(text, refusal=generation.will_refuse)
    item_status = "completed" if status == "completed" else "incomplete"
    response["status"] = status
    response["output"] = [item_of(item_id or new_id("msg_", 48).lower(), item_status, [part])]
    if status == "completed":
        response["completed_at"] = int(time.time())
    if status == "incomplete":
        response["incomplete_details"] = {"reason": reason}
    if status == _FAILED:
        response["error"] = _SERVER_ERROR
    if usage:
        response["usage"] = _usage(generation)
    return response


def item_of(item_id: str, status: str, content: list[JsonObject]) -> JsonObject:
    """The message that is the only output item."""
    return {"id": item_id, "type": "message", "status": status, "content": content, "role": "assistant"}


def part_of(text: str, *, refusal: bool) -> JsonObject:
    """The message's only part: text, or a refusal."""
    if refusal:
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def _status(generation: Generation) -> tuple[str, str | None]:
    """The status, and why the response is incomplete if it is."""
    stop, word = generation.stop_reason, generation.raw_stop_reason
    if stop.complete or (stop is StopReason.REFUSAL and generation.will_refuse):
        return "completed", None
    if stop is StopReason.UNKNOWN and word == _FAILED:
        return _FAILED, None
    return "incomplete", _INCOMPLETE_BECAUSE.get(stop, word)


def _frame(call: Call, created: float) -> JsonObject:
    body = call.body
    reasoning, text = body.get("reasoning") or {}, body.get("text") or {}
    return {
        "id": call.id,
        "object": "response",
        "created_at": int(created),
        "status": "in_progress",
        "background": False,
        "completed_at": None,
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": body.get("max_tool_calls"),
        "model": call.request.model,
        "output": [],
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
        "previous_response_id": None,
        "prompt_cache_key": body.get("prompt_cache_key"),
        "reasoning": {"effort": reasoning.get("effort"), "summary": reasoning.get("summary")},
        "safety_identifier": body.get("safety_identifier"),
        "service_tier": "default",
        "store": body.get("store") is not False,
        "temperature": 1.0 if body.get("temperature") is None else body["temperature"],
        "text": {"format": {"type": "text"}, "verbosity": text.get("verbosity") or "medium"},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": body.get("tools") or [],
        "top_logprobs": 0,
        "top_p": 1.0 if body.get("top_p") is None else body["top_p"],
        "truncation": body.get("truncation") or "disabled",
        "usage": None,
        "user": body.get("user"),
        "metadata": body.get("metadata") or {},
    }


def _usage(generation: Generation) -> JsonObject:
    return {
        "input_tokens": generation.input_tokens,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": generation.output_tokens,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": generation.input_tokens + generation.output_tokens,
    }
