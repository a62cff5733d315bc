"""What the bytes of an attachment are: an image with its size, or a PDF with its pages."""

from __future__ import annotations

import binascii
import re
from dataclasses import dataclass

from llmcli import images

PDF = "application/pdf"
_PDF_PAGE = re.compile(rb"/Type\s*/Page(?![A-Za-z])")


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
    media_type, size = images.media_type_of(data), images.size_of(data)
    return None if media_type is None or size is None or 0 in size else Picture(media_type, *size)


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
