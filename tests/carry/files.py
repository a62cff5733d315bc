"""Files to attach: small ones that are really what they say, and large ones that only begin like it."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from pathlib import Path

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}


def png(width: int = 1, height: int = 1) -> bytes:
    """A black PNG, whole and valid; as small as its size allows."""
    rows = (b"\0" + bytes(-(-width // 8))) * height
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in chunks)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def image(media_type: str, width: int = 3, height: int = 2) -> bytes:
    """An image of that format, made by Pillow."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(out, FORMATS[media_type])
    return out.getvalue()


def size_of(data: bytes) -> tuple[int, int]:
    """Width and height as Pillow reads them."""
    with Image.open(io.BytesIO(data)) as found:
        return found.size


def padded(head: bytes, size_bytes: int) -> bytes:
    """`head`, followed by zeros up to that size."""
    return head + bytes(size_bytes - len(head))


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def written(folder: Path, name: str, data: bytes | str) -> str:
    """The name of a file in `folder`, which is the working directory."""
    (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return name
