"""A Request as the body and headers of Anthropic's Messages API. What was not asked for is not sent."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Any, assert_never

from llmcli.attachments import is_file
from llmcli.choices import CacheTtl
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
from llmcli.providers.attachment_limits import AttachmentLimits, check_attachments
from llmcli.providers.uploads import sendable

API = "anthropic"

# The API version that still takes sampling parameters; the SDK's own answers 400 to them.
SAMPLING_VERSION = {"anthropic-version": "2023-06-01"}
LEAST_THINKING_TOKENS = 1024
LEAST_TOP_P_WITH_THINKING = 0.95

# Vision guide and request size limits, 2026-10: models with the longer context window take more images. 7 MB are
# just under the 10 MB that one image may have in base64.
LIMITS = AttachmentLimits(images=600, image_mb=7, image_px=8000, request_mb=32, crowd=21, crowd_px=2000)
OLDER_LIMITS = replace(LIMITS, images=100)
MANY_IMAGES_SINCE = (4, 6)

# Since these versions a model decides itself how long it thinks (adaptive), and takes no budget any more.
ADAPTIVE_SINCE = (4, 6)
NO_BUDGET_SINCE = (4, 7)
# For older models an effort is a budget; the largest leave room for an answer below the models' own limits.
BUDGETS = {"low": 2048, "medium": 8192, "high": 16_384, "xhigh": 24_576, "max": 32_000}

JSON_INSTRUCTION = "Answer with one JSON object and nothing else: no prose, no code fence."

_COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config")

_VERSION = re.compile(r"claude-[a-z]+-(\d+)(?:-(\d{1,2})(?!\d))?")


def check(request: Request) -> None:
    """Raise UsageError for what the API does not have, or is known to refuse."""
    if request.seed is not None:
        raise UsageError("anthropic has no seed", hint="leave out --seed")
    _check_combination(request)
    _thinking(request)
    check_attachments(request, LIMITS if _version_of(request.model) >= MANY_IMAGES_SINCE else OLDER_LIMITS)


def body(request: Request) -> dict[str, Any]:
    """The body for a request that passes `check`."""
    found: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "messages": _messages(request),
    }
    found |= _system(request) | _tools(request) | _thinking(request)
    if request.output_schema is not None:
        form = {"type": "json_schema", "schema": request.output_schema.schema}
        found["output_config"] = found.get("output_config", {}) | {"format": form}
    if request.stop:
        found["stop_sequences"] = list(request.stop)
    if request.user_id is not None:
        found["metadata"] = {"user_id": request.user_id}
    if request.service_tier is not None:
        found["service_tier"] = request.service_tier
    return found | _sampling(request) | dict(request.options)


def headers(request: Request) -> dict[str, str]:
    """What has to be sent besides what the SDK sends anyway."""
    return (SAMPLING_VERSION if _sampling(request) else {}) | dict(request.headers)


def countable(request: Request) -> dict[str, Any]:
    """The body that is counted: what becomes input, not how it is answered."""
    return {name: value for name, value in body(request).items() if name in _COUNTED}


def _sampling(request: Request) -> dict[str, Any]:
    asked = {"temperature": request.temperature, "top_p": request.top_p, "top_k": request.top_k}
    return {name: value for name, value in asked.items() if value is not None}


def _check_combination(request: Request) -> None:
    """The API refuses to sample differently while it thinks (extended thinking guide, 2026-10)."""
    if request.thinking_budget is None and request.effort in (None, "none"):
        return
    for name in ("temperature", "top_k"):
        if getattr(request, name) is not None:
            raise UsageError(f"{name} cannot be combined with thinking", hint=f"leave out --{name.replace('_', '-')}")
    if request.top_p is not None and request.top_p < LEAST_TOP_P_WITH_THINKING:
        raise UsageError(f"top_p {request.top_p:g} cannot be combined with thinking", hint="use 0.95 or more")


def _thinking(request: Request) -> dict[str, Any]:
    version = _version_of(request.model)
    display = {"display": "summarized"} if request.show_reasoning else {}
    if request.thinking_budget is not None:
        if version >= NO_BUDGET_SINCE:
            raise UsageError(f"{request.model} takes no thinking budget", hint="use --effort")
        return {"thinking": {"type": "enabled", "budget_tokens": _budget(request.thinking_budget, request), **display}}
    match request.effort:
        case None:
            return {}
        case "none":
            return {"thinking": {"type": "disabled"}}
        case "minimal":
            raise UsageError("anthropic has no effort minimal", hint="use none, low, medium, high, xhigh or max")
        case effort if version >= ADAPTIVE_SINCE:
            return {"thinking": {"type": "adaptive", **display}, "output_config": {"effort": effort}}
        case effort:
            budget = _budget(min(BUDGETS[effort], request.max_tokens - 1), request)
            return {"thinking": {"type": "enabled", "budget_tokens": budget, **display}}


def _budget(tokens: int, request: Request) -> int:
    """`tokens`, if the API takes it: at least 1,024, and less than max_tokens, of which it is a part."""
    if not LEAST_THINKING_TOKENS <= tokens < request.max_tokens:
        raise UsageError(
            f"a thinking budget of {tokens} is not between {LEAST_THINKING_TOKENS} and max_tokens {request.max_tokens}",
            hint="raise --max-tokens",
        )
    return tokens


@lru_cache(maxsize=64)
def _version_of(model: str) -> tuple[int, int]:
    """The model's version, such as (4, 6); a name that does not tell is taken for a current one."""
    match = _VERSION.match(model)
    return (int(match[1]), int(match[2] or 0)) if match else (99, 0)


def _system(request: Request) -> dict[str, Any]:
    text = request.system
    if request.json_object:
        text = f"{text}\n\n{JSON_INSTRUCTION}" if text else JSON_INSTRUCTION
    if text is None:
        return {}
    if request.cache is None:
        return {"system": text}
    return {"system": [_marked({"type": "text", "text": text}, request.cache)]}


def _tools(request: Request) -> dict[str, Any]:
    if not request.tools:
        return {}
    tools = [
        {"name": tool.name, "description": tool.description, "input_schema": tool.input_schema}
        for tool in request.tools
    ]
    match request.tool_choice:
        case None:
            return {"tools": tools}
        case "auto" | "any" | "none" as choice:
            return {"tools": tools, "tool_choice": {"type": choice}}
        case name:
            return {"tools": tools, "tool_choice": {"type": "tool", "name": name}}


def _messages(request: Request) -> list[dict[str, Any]]:
    """The turns; with caching, the last file and the end of the history are marked as reusable."""
    turns = [_message(message) for message in request.messages]
    if request.cache is not None:
        files = [
            block
            for message, turn in zip(request.messages, turns, strict=True)
            for part, block in zip(_sent(message), turn["content"], strict=True)
            if is_file(part)
        ]
        history = turns[-2]["content"][-1:] if len(turns) > 1 else []
        for block in [*files[-1:], *history]:
            _marked(block, request.cache)
    return turns


def _message(message: Message) -> dict[str, Any]:
    return {"role": message.role, "content": [_block(part) for part in _sent(message)]}


def _sent(message: Message) -> list[Part]:
    """The parts this API can be sent: what another one wrote for itself stays out."""
    return [part for part in message.parts if not isinstance(part, OpaquePart) or part.api == API]


def _marked(block: dict[str, Any], ttl: CacheTtl) -> dict[str, Any]:
    block["cache_control"] = {"type": "ephemeral", "ttl": ttl}
    return block


def _block(part: Part) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"type": "text", "text": part.text}
        case ImagePart(url=str() as url):
            return {"type": "image", "source": {"type": "url", "url": url}}
        case ImagePart():
            return {"type": "image", "source": _base64(part)}
        case DocumentPart():
            return {"type": "document", "title": part.name, "source": _base64(part)}
        case ToolCallPart():
            return {"type": "tool_use", "id": part.id, "name": part.name, "input": part.arguments}
        case ToolResultPart():
            error = {"is_error": True} if part.is_error else {}
            return {"type": "tool_result", "tool_use_id": part.call_id, "content": part.content, **error}
        case OpaquePart():
            return dict(part.data)
        case _:
            assert_never(part)


def _base64(part: ImagePart | DocumentPart) -> dict[str, str]:
    return {"type": "base64", "media_type": part.media_type, "data": sendable(part)}
