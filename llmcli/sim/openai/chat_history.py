"""Which message may follow which in Chat Completions: calls of tools and the answers to them.

The sentences, and the paths with a dot before the bracket, are the vendor's own, as quoted in public issues of 2025
and 2026.
"""

from __future__ import annotations

from llmcli.sim.checks import JsonObject
from llmcli.sim.openai.errors import invalid


def check_history(messages: list[JsonObject]) -> None:
    """Raises the ApiError for the first message that may not stand where it does."""
    waiting: list[str] = []
    answered: set[str] = set()
    for index, message in enumerate(messages):
        if message["role"] == "tool":
            _check_result(message, index, [*waiting, *answered])
            answered.add(message["tool_call_id"])
            waiting = [name for name in waiting if name != message["tool_call_id"]]
            continue
        _check_answered(waiting, index)
        waiting = [call["id"] for call in message.get("tool_calls") or ()]
        answered = set()
        if message["role"] == "assistant" and not waiting:
            _check_answer(message, index)
    _check_answered(waiting, len(messages))


def _check_result(message: JsonObject, index: int, called: list[str]) -> None:
    if not called:
        raise invalid(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with"
            " 'tool_calls'.",
            f"messages.[{index}].role",
        )
    name = message["tool_call_id"]
    if name not in called:
        raise invalid(
            f"Invalid parameter: 'tool_call_id' of '{name}' not found in 'tool_calls' of previous message.",
            f"messages.[{index}].tool_call_id",
        )


def _check_answered(waiting: list[str], index: int) -> None:
    if waiting:
        raise invalid(
            "An assistant message with 'tool_calls' must be followed by tool messages responding to each"
            f" 'tool_call_id'. The following tool_call_ids did not have response messages: {', '.join(waiting)}",
            f"messages.[{index}].role",
        )


def _check_answer(message: JsonObject, index: int) -> None:
    if message.get("content") is None and not message.get("refusal") and not message.get("function_call"):
        where = f"messages[{index}].content"
        raise invalid("Invalid value for 'content': expected a string, got null.", where)
