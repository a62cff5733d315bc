"""What the bytes of an attachment are: format and size in pixels from the header, pages of a PDF.

Only headers are read, by the formats' own specifications (PNG: W3C; JPEG: ITU T.81; GIF89a; WebP: RFC 9649).
"""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

PDF = "application/pdf"
_PDF_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")
# Markers that start a frame, which holds the size: SOF0 to SOF15 without DHT, JPG and DAC.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Picture:
    """An image as its header describes it."""

    media_type: str
    width: int
    height: int

    @property
    def name(self) -> str:
        """The format's usual name, such as `PNG`."""
        return {"image/webp": "WebP"}.get(self.media_type, self.media_type.removeprefix("image/").upper())


def picture(data: bytes) -> Picture | None:
    """What image `data` is, or None if it is none that models take, or has no readable size."""
    found: tuple[str, tuple[int, int] | None] | None = None
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        found = "image/png", _png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        found = "image/jpeg", _jpeg(data)
    elif data.startswith((b"GIF87a", b"GIF89a")):
        found = "image/gif", _little(data, 6, 8, 2)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        found = "image/webp", _webp(data)
    if found is None or found[1] is None or 0 in found[1]:
        return None
    return Picture(found[0], *found[1])


def decoded(data: str | None) -> bytes:
    """The bytes in base64 text; none if it is no base64."""
    try:
        return binascii.a2b_base64(data or "")
    except (binascii.Error, ValueError):
        return b""


def is_pdf(data: bytes) -> bool:
    """Whether `data` is a PDF: the header may come after other bytes, but early (ISO 32000, annex H)."""
    return b"%PDF-" in data[:1024]


def pdf_pages(data: bytes) -> int:
    """About how many pages a PDF has: compressed ones hide theirs, so at least 1."""
    return max(1, len(_PDF_PAGE.findall(data)))


def _png(data: bytes) -> tuple[int, int] | None:
    if data[12:16] != b"IHDR" or len(data) < 24:
        return None
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def _jpeg(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in _JPEG_FRAMES:
            return int.from_bytes(data[at + 7 : at + 9], "big"), int.from_bytes(data[at + 5 : at + 7], "big")
        elif marker in (0x01, *range(0xD0, 0xD9)):  # markers without a segment
            at += 2
        else:
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return None


def _webp(data: bytes) -> tuple[int, int] | None:
    match data[12:16]:
        case b"VP8 " if data[23:26] == b"\x9d\x01\x2a":
            size = _little(data, 26, 28, 2)
            return None if size is None else (size[0] & 0x3FFF, size[1] & 0x3FFF)
        case b"VP8L" if len(data) >= 25 and data[20] == 0x2F:
            bits = int.from_bytes(data[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            size = _little(data, 24, 27, 3)
            return None if size is None else (size[0] + 1, size[1] + 1)
    return None


def _little(data: bytes, width_at: int, height_at: int, length: int) -> tuple[int, int] | None:
    if len(data) < height_at + length:
        return None
    width = int.from_bytes(data[width_at : width_at + length], "little")
    return width, int.from_bytes(data[height_at : height_at + length], "little")
