"""A request of Anthropic's Message Batches: custom_id and params (API reference, 2026-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmcli.batch.rows import fields
from llmcli.batch.rows.content import string, text_of
from llmcli.batch.rows.fields import Body, InexpressibleError
from llmcli.batch.rows.row import Ask, BadRowError, digest
from llmcli.batch.rows.turns import turns_of
from llmcli.messages import TextPart


def is_anthropic(source: Mapping[str, Any]) -> bool:
    return "params" in source and "custom_id" in source


def ask_anthropic(source: Mapping[str, Any]) -> Ask:
    """What such a line asks for. Raises BadRowError."""
    params = source["params"]
    body = Body(params, "params")
    given, system = body.take("messages"), body.take("system")
    said, messages, exact = turns_of(given)
    if said is not None:
        raise BadRowError('a message has the role "system": the API takes the system text as "system"')
    body.changes["messages"] = messages
    if not exact:
        body.keep("messages", given)
    if system is not None:
        [text], exact = text_of(system, "system")
        assert isinstance(text, TextPart)
        body.changes["system"] = text.text
        if not exact:
            body.keep("system", system)
    body.map("model", "model", fields.model_name)
    body.map("max_tokens", "max_tokens", fields.count)
    body.map("temperature", "temperature", fields.number)
    body.map("top_p", "top_p", fields.number)
    body.map("top_k", "top_k", fields.count)
    body.map("stop_sequences", "stop", fields.texts)
    body.map("service_tier", "service_tier", string)
    body.map("metadata", "user_id", _user_id)
    body.map("thinking", "thinking_budget", _budget)
    body.map("tools", "tools", fields.tools)
    if "tools" in body.changes:
        body.map("tool_choice", "tool_choice", fields.tool_choice)
    return Ask(body.done(), digest("messages", params), "messages")


def _user_id(value: Any, name: str) -> str:
    match value:
        case {"user_id": str(user)} if len(value) == 1:
            return user
    raise InexpressibleError


def _budget(value: Any, name: str) -> int:
    match value:
        case {"type": "enabled", "budget_tokens": tokens} if len(value) == 2:
            return fields.count(tokens, "thinking.budget_tokens")
    raise InexpressibleError
