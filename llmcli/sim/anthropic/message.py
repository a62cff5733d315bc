"""What the Messages API answers with: anthropic 2.10 `types/message.py` and the blocks in it."""

from __future__ import annotations

from llmcli.messages import StopReason, ToolCallPart
from llmcli.sim.anthropic.history import THINKING_SEAL
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation
from llmcli.sim.seal import seal
from llmcli.sim.wire import Call, new_id

_STOP_WORDS = {
    StopReason.END_TURN: "end_turn",
    StopReason.STOP_SEQUENCE: "stop_sequence",
    StopReason.TOOL_USE: "tool_use",
    StopReason.MAX_TOKENS: "max_tokens",
    StopReason.CONTEXT_WINDOW: "model_context_window_exceeded",
    StopReason.REFUSAL: "refusal",
    StopReason.INCOMPLETE: "pause_turn",
}


def message_of(call: Call, content: list[JsonObject]) -> JsonObject:
    """The message as it starts."""
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


def content_of(generation: Generation, text: str, *, shown: bool) -> list[JsonObject]:
    """All blocks of an answer that ended; one that was cut amid a call holds no arguments for it."""
    blocks = []
    if generation.reasoning_tokens:
        blocks.append(thinking_block(generation.reasoning, shown=shown))
    if text:
        blocks.append(text_block(text))
    for number, made in enumerate(generation.tool_calls, 1):
        cut = generation.stop_reason is StopReason.MAX_TOKENS and number == len(generation.tool_calls)
        blocks.append(tool_use_block(made, {} if cut else made.arguments))
    return blocks


def text_block(text: str) -> JsonObject:
    return {"type": "text", "text": text}


def thinking_block(reasoning: str, *, shown: bool) -> JsonObject:
    """The thinking, or only its signature where it is not to be shown."""
    thinking = reasoning if shown else ""
    return {"type": "thinking", "thinking": thinking, "signature": signature(reasoning, shown=shown)}


def signature(reasoning: str, *, shown: bool) -> str:
    return seal(reasoning, THINKING_SEAL + (reasoning if shown else ""))


def tool_use_block(made: ToolCallPart, arguments: JsonObject) -> JsonObject:
    return {
        "type": "tool_use",
        "id": new_id("toolu_01", 22),
        "name": made.name,
        "input": arguments,
        "caller": {"type": "direct"},
    }


def stop_of(generation: Generation) -> JsonObject:
    word = _STOP_WORDS.get(generation.stop_reason, generation.raw_stop_reason)
    details = None
    if word == "refusal":
        details = {"type": "refusal", "category": None, "explanation": None}
    return {"stop_reason": word, "stop_sequence": generation.stop_sequence, "stop_details": details}


def cumulative_usage(call: Call, generation: Generation) -> JsonObject:
    """What the end of a stream counts. Tokens from and for the cache are not in `input_tokens`."""
    cached = call.cached
    return {
        "input_tokens": generation.input_tokens - cached.read - cached.write,
        "cache_creation_input_tokens": cached.write,
        "cache_read_input_tokens": cached.read,
        "output_tokens": generation.output_tokens,
        "output_tokens_details": {"thinking_tokens": generation.reasoning_tokens},
    }


def usage_of(call: Call, generation: Generation) -> JsonObject:
    return {
        **cumulative_usage(call, generation),
        "cache_creation": {
            "ephemeral_5m_input_tokens": call.cached.short_write,
            "ephemeral_1h_input_tokens": call.cached.long_write,
        },
        "inference_geo": None,
        "server_tool_use": None,
        "service_tier": "batch" if call.batched else "standard",
    }
