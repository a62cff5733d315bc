"""A Request as the body of the Chat Completions API. What was not asked for is not sent."""

from __future__ import annotations

import json
from typing import Any

from llmcli.errors import UsageError
from llmcli.messages import (
    DocumentPart,
    ImagePart,
    Message,
    Part,
    Request,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from llmcli.providers.openai_chat_calls import given_back
from llmcli.providers.openai_client import JSON_INSTRUCTION, check_common, data_url, error_text, lacks_json_word


def check(request: Request, *, openai: bool) -> None:
    """Raise UsageError for what the API does not have; `openai` is OpenAI itself, not a server that imitates it."""
    check_common(request, openai=openai)
    if openai and request.top_k is not None:
        raise UsageError("openai has no top_k", hint="leave out --top-k, or use --top-p")


def body(request: Request, *, openai: bool, api: str | None = None) -> dict[str, Any]:
    """The JSON body for a request that passes `check`; `api` as in CallingTurn."""
    found: dict[str, Any] = {"model": request.model, "messages": _messages(request, api)}
    plain = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "top_k": request.top_k,
        "seed": request.seed,
        "service_tier": request.service_tier,
        "reasoning_effort": request.effort,
        "stop": list(request.stop) or None,
        "response_format": _response_format(request),
        "logprobs": request.logprobs or None,
    }
    found |= {name: value for name, value in plain.items() if value is not None}
    return found | _dialect(request, openai=openai) | _tools(request) | dict(request.options)


def _response_format(request: Request) -> dict[str, Any] | None:
    if request.output_schema is not None:
        wanted = request.output_schema
        schema = {"name": wanted.name, "schema": wanted.schema, "strict": True}
        return {"type": "json_schema", "json_schema": schema}
    return {"type": "json_object"} if request.json_object else None


def _dialect(request: Request, *, openai: bool) -> dict[str, Any]:
    """What OpenAI itself names differently from the servers that imitate its older self."""
    names = ("max_completion_tokens", "safety_identifier") if openai else ("max_tokens", "user")
    user = {} if request.user_id is None else {names[1]: request.user_id}
    return {names[0]: request.max_tokens, **user}


def _tools(request: Request) -> dict[str, Any]:
    if not request.tools:
        return {}
    tools = [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.description, "parameters": tool.input_schema},
        }
        for tool in request.tools
    ]
    match request.tool_choice:
        case None:
            return {"tools": tools}
        case "any":
            return {"tools": tools, "tool_choice": "required"}
        case "auto" | "none" as choice:
            return {"tools": tools, "tool_choice": choice}
        case name:
            return {"tools": tools, "tool_choice": {"type": "function", "function": {"name": name}}}


def _messages(request: Request, api: str | None) -> list[dict[str, Any]]:
    text = request.system
    if lacks_json_word(request, text):
        text = f"{text}\n\n{JSON_INSTRUCTION}" if text else JSON_INSTRUCTION
    system = [] if text is None else [{"role": "system", "content": text}]
    return [*system, *(turn for message in request.messages for turn in _turns(message, api))]


def _turns(message: Message, api: str | None) -> list[dict[str, Any]]:
    """One message of ours may be several of theirs: each tool result is one of its own."""
    results = [
        {
            "role": "tool",
            "tool_call_id": part.call_id,
            "content": error_text(part.content, is_error=part.is_error),
        }
        for part in message.parts
        if isinstance(part, ToolResultPart)
    ]
    calls = [_call(part) for part in message.parts if isinstance(part, ToolCallPart)]
    content = _content(message)
    if calls:
        turn = {"role": message.role, "content": content or None, "tool_calls": calls}
        return [*results, given_back(turn, message.parts, api)]
    return [*results, {"role": message.role, "content": content}] if content or not results else results


def _content(message: Message) -> str | list[dict[str, Any]]:
    """A string if it is all text, which every server understands; otherwise a list of parts."""
    shown = [part for part in message.parts if isinstance(part, TextPart | ImagePart | DocumentPart)]
    if all(isinstance(part, TextPart) for part in shown):
        return message.text
    return [_part(part) for part in shown]


def _part(part: Part) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"type": "text", "text": part.text}
        case ImagePart():
            url = part.url or data_url(part)
            return {"type": "image_url", "image_url": {"url": url}}
        case DocumentPart():
            file = {"filename": part.name, "file_data": data_url(part)}
            return {"type": "file", "file": file}
        case _:
            raise TypeError(f"no content part: {type(part).__name__}")


def _call(part: ToolCallPart) -> dict[str, Any]:
    function = {"name": part.name, "arguments": json.dumps(part.arguments)}
    return {"id": part.id, "type": "function", "function": function}
