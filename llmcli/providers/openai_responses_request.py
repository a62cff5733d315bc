"""A Request as the body of OpenAI's Responses API. What was not asked for is not sent."""

from __future__ import annotations

import json
from typing import Any

from llmcli.errors import UsageError
from llmcli.messages import (
    DocumentPart,
    ImagePart,
    Message,
    OpaquePart,
    Part,
    Request,
    TextPart,
    ToolCallPart,
    ToolResultPart,
)
from llmcli.providers.openai_client import JSON_INSTRUCTION, check_common, data_url, error_text, lacks_json_word

API = "openai-responses"

_MISSING = {"top_k": "--top-k", "seed": "--seed", "stop": "--stop"}


def check(request: Request) -> None:
    """Raise UsageError for what the API does not have."""
    check_common(request, openai=True)
    for name, option in _MISSING.items():
        if getattr(request, name) not in (None, ()):
            raise UsageError(
                f"openai's Responses API has no {name}",
                hint=f'leave out {option}, or set api = "chat" for this provider',
            )


def body(request: Request) -> dict[str, Any]:
    """The JSON body for a request that passes `check`. Nothing is stored at OpenAI: the history is ours."""
    found: dict[str, Any] = {
        "model": request.model,
        "input": [*_json_word(request), *(item for message in request.messages for item in _items(message))],
        "max_output_tokens": request.max_tokens,
        "store": False,
    }
    plain = {
        "instructions": request.system,
        "temperature": request.temperature,
        "top_p": request.top_p,
        "service_tier": request.service_tier,
        "safety_identifier": request.user_id,
        "text": _text(request),
        "reasoning": _reasoning(request),
    }
    found |= {name: value for name, value in plain.items() if value is not None}
    found |= _tools(request)
    if request.logprobs:
        found["include"] = [*found.get("include", []), "message.output_text.logprobs"]
    return found | dict(request.options)


def _json_word(request: Request) -> list[dict[str, Any]]:
    """The word JSON, if nobody has said it: in JSON mode the API looks for it in the input, not in the instructions."""
    if not lacks_json_word(request):
        return []
    return [{"role": "developer", "content": [{"type": "input_text", "text": JSON_INSTRUCTION}]}]


def _text(request: Request) -> dict[str, Any] | None:
    if request.output_schema is not None:
        wanted = request.output_schema
        return {"format": {"type": "json_schema", "name": wanted.name, "schema": wanted.schema, "strict": True}}
    return {"format": {"type": "json_object"}} if request.json_object else None


def _reasoning(request: Request) -> dict[str, str] | None:
    effort = {} if request.effort is None else {"effort": request.effort}
    summary = {"summary": "auto"} if request.show_reasoning else {}
    return effort | summary or None


def _tools(request: Request) -> dict[str, Any]:
    if not request.tools:
        return {}
    tools = [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.input_schema,
            "strict": False,  # the schema is the user's; the strict subset would refuse most
        }
        for tool in request.tools
    ]
    # As nothing is stored, reasoning has to come back with the results of the tools it led to.
    shared: dict[str, Any] = {"tools": tools, "include": ["reasoning.encrypted_content"]}
    match request.tool_choice:
        case None:
            return shared
        case "any":
            return shared | {"tool_choice": "required"}
        case "auto" | "none" as choice:
            return shared | {"tool_choice": choice}
        case name:
            return shared | {"tool_choice": {"type": "function", "name": name}}


def _items(message: Message) -> list[dict[str, Any]]:
    """One message of ours may be several items of theirs; text and attachments that follow each other are one."""
    items: list[dict[str, Any]] = []
    for part in message.parts:
        match part:
            case OpaquePart():
                if part.api == API:
                    items.append(dict(part.data))
            case ToolCallPart():
                arguments = json.dumps(part.arguments)
                items.append({"type": "function_call", "call_id": part.id, "name": part.name, "arguments": arguments})
            case ToolResultPart():
                output = error_text(part.content, is_error=part.is_error)
                items.append({"type": "function_call_output", "call_id": part.call_id, "output": output})
            case _:
                content = _content(part, message.role)
                if items and items[-1].get("role") == message.role:
                    items[-1]["content"].append(content)
                else:
                    items.append({"role": message.role, "content": [content]})
    return items


def _content(part: Part, role: str) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"type": "output_text" if role == "assistant" else "input_text", "text": part.text}
        case ImagePart():
            url = part.url or data_url(part)
            return {"type": "input_image", "image_url": url, "detail": "auto"}
        case DocumentPart():
            return {"type": "input_file", "filename": part.name, "file_data": data_url(part)}
        case _:
            raise TypeError(f"no content part: {type(part).__name__}")
