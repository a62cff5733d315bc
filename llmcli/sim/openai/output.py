"""The items that a response puts out: reasoning, a message, calls of functions."""

from __future__ import annotations

from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation
from llmcli.sim.openai.responses_history import REASONING_SEAL
from llmcli.sim.seal import seal
from llmcli.sim.wire import Call, new_id


def items_of(call: Call, generation: Generation, text: str, *, completed: bool) -> list[JsonObject]:
    """All items of an answer that ended; the last one is incomplete if the answer is."""
    calls = list(zip(generation.tool_calls, generation.arguments, strict=True))
    items = []
    if generation.reasoning_tokens:
        items.append(reasoning_item(call, new_item_id("rs"), generation.reasoning))
    if text or not (calls or items):
        items.append(message_item(new_item_id("msg"), text, refusal=generation.will_refuse))
    items += [call_item(new_item_id("fc"), new_call_id(), one.name, arguments) for one, arguments in calls]
    if not completed:
        items[-1]["status"] = "incomplete"
    return items


def new_item_id(kind: str) -> str:
    return new_id(f"{kind}_", 48).lower()


def new_call_id() -> str:
    return new_id("call_", 24)


def message_item(item_id: str, text: str, *, refusal: bool) -> JsonObject:
    content = [part_of(text, refusal=refusal)]
    return {"id": item_id, "type": "message", "status": "completed", "content": content, "role": "assistant"}


def part_of(text: str, *, refusal: bool) -> JsonObject:
    """The message's only part: text, or a refusal."""
    if refusal:
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}


def call_item(item_id: str, call_id: str, name: str, arguments: str) -> JsonObject:
    return {
        "id": item_id,
        "type": "function_call",
        "status": "completed",
        "arguments": arguments,
        "call_id": call_id,
        "name": name,
    }


def reasoning_item(call: Call, item_id: str, reasoning: str) -> JsonObject:
    """Reasoning: its text as a summary if one was asked for, and sealed if that was included."""
    summary = [{"type": "summary_text", "text": reasoning}] if wants_summary(call) and reasoning else []
    item: JsonObject = {"id": item_id, "type": "reasoning", "summary": summary}
    if "reasoning.encrypted_content" in (call.body.get("include") or ()):
        item["encrypted_content"] = seal(reasoning, REASONING_SEAL)
    return item


def wants_summary(call: Call) -> bool:
    asked = call.body.get("reasoning") or {}
    return bool(asked.get("summary") or asked.get("generate_summary"))
