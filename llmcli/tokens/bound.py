"""What a request can be at most: for reserving money, where an estimate that errs would overspend.

A token of a byte-level vocabulary is at least one byte, so that a text has no more tokens than bytes. Claude's marks
words and normalises text, which gives at most two for a byte of the normalised text. On top come generous constants
for what the vendors add; images and pages count the most that their vendor names. No request is larger than the
model's context window: who knows that takes the smaller of the two.
"""

from __future__ import annotations

import unicodedata

from llmcli.messages import DocumentPart, ImagePart, Part, Request
from llmcli.tokens.families import Family, family_of
from llmcli.tokens.media import MOST_PAGES, pages_of
from llmcli.tokens.request import part_text, schema_text, tool_text

# The frame of a conversation, and the instructions that we add ourselves for JSON.
_PER_REQUEST = 128
_PER_MESSAGE = 16
_PER_PART = 32
_PER_TOOL = 64
# What a vendor tells its model about tools: up to 530 tokens with Claude 3 (pricing page).
_FOR_TOOLS = 1024
_CHUNK_CHARACTERS = 1 << 18


def upper_bound(request: Request, model: str | None = None) -> int:
    """A count that the true one never exceeds, as `model` or else the request's own counts."""
    family = family_of(model or request.model)
    total = _PER_REQUEST + _text(request.system or "", family)
    for message in request.messages:
        total += _PER_MESSAGE + sum(_PER_PART + _part(part, family) for part in message.parts)
    if request.output_schema is not None:
        total += _PER_TOOL + _text(schema_text(request.output_schema), family)
    if request.tools:
        total += _FOR_TOOLS
    return total + sum(_PER_TOOL + _text(tool_text(tool), family) for tool in request.tools)


def _part(part: Part, family: Family) -> int:
    match part:
        case ImagePart():
            return family.image_bound
        case DocumentPart():
            return _text(part.name, family) + (pages_of(part) or MOST_PAGES) * family.page_bound
        case _:
            return _text(part_text(part), family)


def _text(text: str, family: Family) -> int:
    chunks = (text[at : at + _CHUNK_CHARACTERS] for at in range(0, len(text), _CHUNK_CHARACTERS))
    return family.tokens_per_byte * sum(_bytes(chunk, family) for chunk in chunks)


def _bytes(text: str, family: Family) -> int:
    """Bytes of the text in UTF-8, before or after it is normalised, whichever is more."""
    if text.isascii():
        return len(text)
    size = len(text.encode("utf-8", "surrogatepass"))
    if not family.normalizes:
        return size
    return max(size, len(unicodedata.normalize("NFC", text).encode("utf-8", "surrogatepass")))
