"""What an image's first bytes tell: its format and size. Nothing is decoded, so nothing heavy is loaded.

By the formats' own specifications: PNG (W3C), JPEG (ITU T.81), GIF89a, WebP (RFC 9649).
"""

from __future__ import annotations

import io
import struct

from llmcli.errors import UsageError

# How much of a file is enough for `size_of`; a JPEG's thumbnail and camera data may come before its size.
HEAD_BYTES = 256 * 1024
# How much tells the format.
MAGIC_BYTES = 12

_PNG, _JPEG, _GIF, _WEBP = "image/png", "image/jpeg", "image/gif", "image/webp"
_FORMATS = {_PNG: "PNG", _JPEG: "JPEG", _GIF: "GIF", _WEBP: "WEBP"}


def media_type_of(head: bytes) -> str | None:
    """The media type of an image by its magic bytes; None if it is none that models take."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _PNG
    if head.startswith(b"\xff\xd8\xff"):
        return _JPEG
    if head.startswith((b"GIF87a", b"GIF89a")):
        return _GIF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _WEBP
    return None


def size_of(head: bytes) -> tuple[int, int] | None:
    """Width and height in pixels; None if the bytes do not tell."""
    try:
        match media_type_of(head):
            case "image/png" if head[12:16] == b"IHDR":
                return struct.unpack(">II", head[16:24])
            case "image/gif":
                return struct.unpack("<HH", head[6:10])
            case "image/webp":
                return _webp_size(head)
            case "image/jpeg":
                return _jpeg_size(head)
            case _:
                return None
    except (struct.error, IndexError):
        return None  # cut off before its size


def _webp_size(head: bytes) -> tuple[int, int] | None:
    """WebP container specification (RFC 9649): lossy, lossless and extended files say it differently."""
    match head[12:16]:
        case b"VP8 " if head[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack("<HH", head[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L" if head[20:21] == b"\x2f":
            (bits,) = struct.unpack("<I", head[21:25])
            return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
        case b"VP8X" if len(head) >= 30:
            return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
        case _:
            return None


def _jpeg_size(head: bytes) -> tuple[int, int] | None:
    """The first frame header (SOF) tells; the segments before it are skipped by their lengths."""
    at = 2
    while at + 9 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", head[at + 5 : at + 9])
            return width, height
        elif 0xD0 <= marker <= 0xD9 or marker == 0x01:  # has no length
            at += 2
        else:
            at += 2 + struct.unpack(">H", head[at + 2 : at + 4])[0]
    return None


def downsized(data: bytes, longest_px: int, name: str) -> bytes:
    """`data` as an image in the same format whose longer side is at most `longest_px`. Raises UsageError."""
    size = size_of(data)
    if size is not None and max(size) <= longest_px:
        return data
    try:
        from PIL import Image, ImageOps
    except ImportError as error:
        raise UsageError("--image-max-px needs Pillow", hint="pip install 'llmcli[images]'") from error
    try:
        with Image.open(io.BytesIO(data)) as image:
            smaller = ImageOps.exif_transpose(image)
            smaller.thumbnail((longest_px, longest_px))
            out = io.BytesIO()
            smaller.save(out, _FORMATS[str(media_type_of(data))])
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise UsageError(f"{name} cannot be downsized: {error}") from error
    return out.getvalue()
