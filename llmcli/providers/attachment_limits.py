"""What a provider takes in files, checked before anything is uploaded."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from llmcli import images
from llmcli.errors import UsageError
from llmcli.messages import DocumentPart, ImagePart, Request

_MB = 1024 * 1024


@dataclass(frozen=True)
class AttachmentLimits:
    """The most of each. `crowd` images or more may only be `crowd_px` on their longer side."""

    images: int
    image_mb: int
    image_px: int
    request_mb: int
    crowd: int
    crowd_px: int


def check_attachments(request: Request, limits: AttachmentLimits) -> None:
    """Raise UsageError naming the file and the limit that it exceeds."""
    parts = [part for message in request.messages for part in message.parts]
    pictures = [part for part in parts if isinstance(part, ImagePart)]
    documents = [part for part in parts if isinstance(part, DocumentPart)]
    if len(pictures) > limits.images:
        extra = pictures[limits.images].name
        raise UsageError(f"{extra} is image {limits.images + 1}, one request takes {limits.images}", hint="send fewer")
    longest_px = limits.image_px if len(pictures) < limits.crowd else limits.crowd_px
    total = 0
    files: list[ImagePart | DocumentPart] = [*pictures, *documents]
    for part in files:
        size = _bytes_in(part.data)
        total += size
        if total > limits.request_mb * _MB:
            raise UsageError(f"{part.name} makes the request larger than {limits.request_mb} MB", hint="send less")
        if isinstance(part, ImagePart):
            _check_image(part, size, limits.image_mb, longest_px)


def _check_image(part: ImagePart, size: int, most_mb: int, longest_px: int) -> None:
    if size > most_mb * _MB:
        raise UsageError(f"{part.name} is larger than the {most_mb} MB of one image", hint="see --image-max-px")
    pixels = images.size_of(_head(part.data)) if part.data is not None else None
    if pixels is not None and max(pixels) > longest_px:
        shown = f"{pixels[0]}x{pixels[1]}"
        raise UsageError(f"{part.name} is {shown}, more than {longest_px} pixels", hint="see --image-max-px")


def _bytes_in(data: str | None) -> int:
    """How many bytes base64 text stands for, near enough for a limit."""
    return len(data or "") * 3 // 4


def _head(data: str) -> bytes:
    """The first bytes; base64 can be cut after any four characters."""
    return base64.b64decode(data[: images.HEAD_BYTES // 3 * 4])
