"""A whole request as tokens: its texts, images, documents, tools and schema, and what frames them."""

from __future__ import annotations

import json

from llmcli.messages import (
    DocumentPart,
    ImagePart,
    OpaquePart,
    OutputSchema,
    Part,
    Request,
    TextPart,
    Tool,
    ToolCallPart,
    ToolResultPart,
)
from llmcli.tokens.families import Family, family_of
from llmcli.tokens.media import image_tokens, pages_of
from llmcli.tokens.tokenizer import Tokenizer, heuristic_for

# Every vendor puts a few tokens of its own around a conversation, and around each turn of it.
TOKENS_PER_REQUEST = 3
TOKENS_PER_MESSAGE = 4
TOKENS_PER_TOOL = 8


def estimate_request(request: Request, model: str | None = None, tokenizer: Tokenizer | None = None) -> int:
    """A count for a whole request, as `model` or else the request's own counts; texts by the heuristic."""
    family = family_of(model or request.model)
    counter = tokenizer or heuristic_for(model or request.model)
    total = TOKENS_PER_REQUEST
    if request.system:
        total += TOKENS_PER_MESSAGE + counter.count(request.system)
    for message in request.messages:
        total += TOKENS_PER_MESSAGE + sum(_part(part, family, counter) for part in message.parts)
    if request.output_schema is not None:
        total += counter.count(schema_text(request.output_schema))
    if request.tools:
        total += family.tools_tokens
    return total + sum(TOKENS_PER_TOOL + counter.count(tool_text(tool)) for tool in request.tools)


def estimate_part(part: Part, model: str | None, tokenizer: Tokenizer) -> int:
    """A count for one part of a message, as `model` counts."""
    return _part(part, family_of(model), tokenizer)


def _part(part: Part, family: Family, counter: Tokenizer) -> int:
    match part:
        case ImagePart():
            return image_tokens(part, family)
        case DocumentPart():
            return (pages_of(part) or 1) * family.page_tokens
        case _:
            return counter.count(part_text(part))


def part_text(part: TextPart | ToolCallPart | ToolResultPart | OpaquePart) -> str:
    """What of a part is counted as text."""
    match part:
        case TextPart():
            return part.text
        case ToolResultPart():
            return part.content
        case ToolCallPart():
            return f"{part.name} {as_json(part.arguments)}"
        case OpaquePart():
            return as_json(part.data)


def tool_text(tool: Tool) -> str:
    """A tool's definition as the model gets to read it, or longer."""
    return f"{tool.name} {tool.description} {as_json(tool.input_schema)}"


def schema_text(wanted: OutputSchema) -> str:
    """The schema of an answer as the model gets to read it."""
    return f"{wanted.name} {as_json(wanted.schema)}"


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
