"""A line of OpenAI's batch format: custom_id, method, url, body (Batch API reference, 2026-10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmcli.batch.rows import fields
from llmcli.batch.rows.content import shown, string
from llmcli.batch.rows.fields import Body, InexpressibleError
from llmcli.batch.rows.row import Ask, BadRowError, digest
from llmcli.batch.rows.turns import turns_of
from llmcli.messages import Message

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"


def is_openai(source: Mapping[str, Any]) -> bool:
    return "body" in source and ("custom_id" in source or "url" in source)


def ask_openai(source: Mapping[str, Any]) -> Ask:
    """What such a line asks for. Raises BadRowError."""
    if source.get("method", "POST") != "POST":
        raise BadRowError(f'"method" is {shown(source["method"])}, not "POST"')
    url, body = source.get("url"), source["body"]
    if url is None and isinstance(body, dict):
        url = RESPONSES if "input" in body else CHAT
    if url == CHAT:
        return Ask(_chat(body), digest("chat", body), "chat")
    if url == RESPONSES:
        return Ask(_responses(body), digest("responses", body), "responses")
    raise BadRowError(f'"url" is {shown(url)}, neither "{CHAT}" nor "{RESPONSES}"')


def _chat(given: Any) -> dict[str, Any]:
    body = Body(given, "body")
    if body.take("n") not in (None, 1):
        raise BadRowError('"n" is more than one answer, and a row has one')
    system, messages, exact = turns_of(body.take("messages"))
    body.changes["messages"] = messages
    if system is not None:
        body.changes["system"] = system
    if not exact:
        body.keep("messages", given["messages"])
    _common(body)
    body.map("max_tokens", "max_tokens", fields.count)
    body.map("max_completion_tokens", "max_tokens", fields.count)
    body.map("reasoning_effort", "effort", fields.effort)
    body.map("response_format", "json_object", fields.json_mode)
    body.map("seed", "seed", fields.whole)
    body.map("stop", "stop", fields.texts)
    _tools(body)
    return body.done()


def _responses(given: Any) -> dict[str, Any]:
    body = Body(given, "body")
    asked = body.take("input")
    if isinstance(asked, str):
        if not asked.strip():
            raise BadRowError('"input" is empty')
        body.changes["messages"] = (Message.of("user", asked),)
    else:
        system, messages, exact = turns_of(asked, "input")
        body.changes["messages"] = messages
        if system is not None and (exact := exact and "instructions" not in given):
            body.changes["system"] = system
        if not exact:
            body.keep("input", asked)
    body.map("instructions", "system", string)
    _common(body)
    body.map("max_output_tokens", "max_tokens", fields.count)
    body.map("reasoning", "effort", _effort)
    body.map("text", "json_object", _format)
    _tools(body)
    return body.done()


def _common(body: Body) -> None:
    body.map("model", "model", fields.model_name)
    body.map("temperature", "temperature", fields.number)
    body.map("top_p", "top_p", fields.number)
    body.map("service_tier", "service_tier", string)
    body.map("user", "user_id", string)
    body.map("safety_identifier", "user_id", string)


def _tools(body: Body) -> None:
    """Tools and the choice among them stay together: one is nothing without the other."""
    body.map("tools", "tools", fields.tools)
    if "tools" in body.changes:
        body.map("tool_choice", "tool_choice", fields.tool_choice)


def _effort(value: Any, name: str) -> str:
    match value:
        case {"effort": asked} if len(value) == 1:
            return fields.effort(asked, "reasoning.effort")
    raise InexpressibleError


def _format(value: Any, name: str) -> bool | None:
    match value:
        case {"format": asked} if len(value) == 1:
            return fields.json_mode(asked, "text.format")
    raise InexpressibleError
