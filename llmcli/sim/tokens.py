"""The simulator's tokenizer: deterministic, reversible, about as coarse as the vendors' own.

Every count that the simulator reports comes from here, so that usage, `max_tokens` and the counting
endpoints agree with each other. The pieces of a text, joined, are the text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from llmcli.messages import DocumentPart, ImagePart, Message, Part, TextPart, Tool, ToolCallPart, ToolResultPart
from llmcli.sim import media

_PIECE = re.compile(r" ?\w{1,8}| ?[^\w\s]{1,3}|\s{1,8}")

# Vendors wrap every turn in a few tokens of their own, and the whole prompt once more.
REQUEST_OVERHEAD = 3
TURN_OVERHEAD = 4
TOOL_OVERHEAD = 8
# What an image counts whose bytes are not here, since its URL is not fetched: one of 1024 by 1024 pixels.
_UNSEEN = (1024, 1024)
_PIXELS_PER_TOKEN = 750
_MOST_IMAGE_TOKENS = 1600
PAGE_TOKENS = 1500


def split(text: str) -> Iterator[str]:
    """The tokens of `text` in order, one at a time."""
    return (match.group() for match in _PIECE.finditer(text))


def count(text: str) -> int:
    """How many tokens `text` is."""
    return sum(1 for _ in _PIECE.finditer(text))


def count_input(messages: tuple[Message, ...], system: str | None = None, tools: tuple[Tool, ...] = ()) -> int:
    """How many tokens a prompt is: its parts, and the fixed overhead of each turn and tool."""
    total = REQUEST_OVERHEAD
    if system:
        total += TURN_OVERHEAD + count(system)
    for tool in tools:
        total += count_tool(tool.name, tool.description, tool.input_schema)
    for message in messages:
        total += TURN_OVERHEAD
        for part in message.parts:
            total += count_part(part)
    return total


def count_part(part: Part) -> int:
    """How many tokens a part of a message is; what only a vendor's API understands counts nothing here."""
    match part:
        case TextPart():
            return count(part.text)
        case ImagePart():
            return image(*size(part))
        case DocumentPart(media_type=media.PDF):
            return media.pdf_pages(media.decoded(part.data)) * PAGE_TOKENS
        case DocumentPart():
            return count(media.decoded(part.data).decode("utf-8", "replace"))
        case ToolCallPart():
            return count(part.name) + count(as_json(part.arguments))
        case ToolResultPart():
            return count(part.content)
        case _:
            return 0


def count_tool(name: str, description: str, schema: object) -> int:
    """How many tokens the definition of a tool is."""
    return TOOL_OVERHEAD + count(name) + count(description) + count(as_json(schema))


def count_schema(schema: object) -> int:
    """How many tokens the schema of an answer is, for the model is told it."""
    return 0 if schema is None else TURN_OVERHEAD + count(as_json(schema))


def size(part: ImagePart) -> tuple[int, int]:
    """An image's width and height in pixels, or those assumed of one that is not here."""
    found = media.picture(media.decoded(part.data))
    return (found.width, found.height) if found else _UNSEEN


def image(width: int, height: int, longest_edge: int = 1568, most: int = _MOST_IMAGE_TOKENS) -> int:
    """Tokens of an image by Anthropic's formula: scaled down to fit, then a token for each 750 pixels."""
    scale = min(1.0, longest_edge / max(width, height))
    return max(1, min(most, math.ceil(width * height * scale * scale / _PIXELS_PER_TOKEN)))


def as_json(value: object) -> str:
    """JSON as the vendors send it: no spaces, characters as they are."""
    import json  # not at the top: `-m sim` starts without it

    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
