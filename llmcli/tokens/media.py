"""Images and documents as tokens: the vendors count pixels and pages."""

from __future__ import annotations

import base64
import binascii
import re
import zlib

from llmcli import images
from llmcli.messages import DocumentPart, ImagePart
from llmcli.tokens.families import Family

# What an image of ordinary size takes with either vendor: of one that is not here, or does not tell its size.
TOKENS_PER_IMAGE = 1600
# More pages than this in one request no vendor takes (Anthropic's PDF guide, 2026).
MOST_PAGES = 600

_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
_OBJECT_STREAM = re.compile(rb"/Type\s*/ObjStm\b.{0,500}?stream\r?\n", re.DOTALL)
_MOST_INFLATED = 1 << 24


def image_tokens(part: ImagePart, family: Family) -> int:
    """An image by its size: scaled down to what the model takes, then a token for each patch."""
    head = base64.b64decode(part.data[: images.HEAD_BYTES // 3 * 4]) if part.data else b""
    size = images.size_of(head)
    if size is None or 0 in size:
        return TOKENS_PER_IMAGE
    scale = min(1.0, family.longest_px / max(size))
    across, down = (-(-int(side * scale) // family.patch_px) for side in size)
    return max(1, min(across * down, family.most_image_tokens))


def pages_of(part: DocumentPart) -> int | None:
    """How many pages a PDF says it has, also where it keeps them compressed; None if it does not tell."""
    try:
        data = base64.b64decode(part.data)
    except binascii.Error:
        return None
    inflated = (_inflated(data[match.end() :]) for match in _OBJECT_STREAM.finditer(data))
    return len(_PAGE.findall(data)) + sum(len(_PAGE.findall(objects)) for objects in inflated) or None


def _inflated(data: bytes) -> bytes:
    """As much as can be made of a compressed stream; nothing of one that is not."""
    try:
        return zlib.decompressobj().decompress(data, _MOST_INFLATED)
    except zlib.error:
        return b""
