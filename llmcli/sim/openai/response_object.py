"""What OpenAI's Responses API answers with, as openai 3.51 `types/responses/response.py` has it."""

from __future__ import annotations

import time

from llmcli.messages import StopReason
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation
from llmcli.sim.openai.output import items_of
from llmcli.sim.openai.schema import served_tier
from llmcli.sim.wire import Call

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


def begun(call: Call, created: float) -> JsonObject:
    """The response in progress."""
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
        "service_tier": served_tier(body),
        "store": body.get("store") is not False,
        "temperature": 1.0 if body.get("temperature") is None else body["temperature"],
        "text": {"format": text.get("format") or {"type": "text"}, "verbosity": text.get("verbosity") or "medium"},
        "tool_choice": body.get("tool_choice") or "auto",
        "tools": [_tool(tool) for tool in body.get("tools") or []],
        "top_logprobs": 0,
        "top_p": 1.0 if body.get("top_p") is None else body["top_p"],
        "truncation": body.get("truncation") or "disabled",
        "usage": None,
        "user": body.get("user"),
        "metadata": body.get("metadata") or {},
    }


def ended(
    call: Call, created: float, generation: Generation, output: list[JsonObject], *, usage: bool = True
) -> JsonObject:
    """The response whose answer ended as `generation` says, with these items."""
    response = begun(call, created)
    status, reason = status_of(generation)
    response["status"] = status
    response["output"] = output
    if status == "completed":
        response["completed_at"] = int(time.time())
    if status == "incomplete":
        response["incomplete_details"] = {"reason": reason}
    if status == _FAILED:
        response["error"] = _SERVER_ERROR
    if usage:
        response["usage"] = _usage(call, generation)
    return response


def whole_response(call: Call, generation: Generation, text: str, *, usage: bool) -> JsonObject:
    """The final response, for an answer that was not streamed."""
    completed = status_of(generation)[0] == "completed"
    items = items_of(call, generation, text, completed=completed)
    return ended(call, time.time(), generation, items, usage=usage)


def status_of(generation: Generation) -> tuple[str, str | None]:
    """The status, and why the response is incomplete if it is."""
    stop, word = generation.stop_reason, generation.raw_stop_reason
    if stop.complete or (stop is StopReason.REFUSAL and generation.will_refuse):
        return "completed", None
    if stop is StopReason.UNKNOWN and word == _FAILED:
        return _FAILED, None
    return "incomplete", _INCOMPLETE_BECAUSE.get(stop, word)


def _tool(tool: JsonObject) -> JsonObject:
    """A tool as the vendor repeats it: strict unless the client said otherwise."""
    if tool["type"] != "function":
        return tool
    return {"description": None, "parameters": None, **tool, "strict": tool.get("strict") is not False}


def _usage(call: Call, generation: Generation) -> JsonObject:
    return {
        "input_tokens": generation.input_tokens,
        "input_tokens_details": {
            "cached_tokens": call.cached.read,
            "cache_write_tokens": call.cached.write,
        },
        "output_tokens": generation.output_tokens,
        "output_tokens_details": {"reasoning_tokens": generation.reasoning_tokens},
        "total_tokens": generation.input_tokens + generation.output_tokens,
    }
