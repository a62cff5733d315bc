"""The content of a message, as either vendor writes it, as our parts."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from llmcli import images
from llmcli.batch.rows.row import BadRowError
from llmcli.messages import DocumentPart, ImagePart, Part, TextPart

_DATA_URL = re.compile(r"data:([\w.+/-]*);base64,", re.ASCII)
_PDF = "application/pdf"
_MOST_SHOWN = 60
# What may stand beside an image's address and changes nothing that we could not ask for.
_DETAILS = (None, "auto")


class Content(NamedTuple):
    """Parts, and whether they are all that was there: a part may carry settings that ours do not have."""

    parts: tuple[Part, ...]
    exact: bool = True


def content_of(content: Any) -> Content:
    """A string or a list of text, image and document parts. Raises BadRowError."""
    if isinstance(content, str):
        return Content((TextPart(content),))
    if not isinstance(content, list) or not content:
        raise BadRowError(f'"content" is {shown(content)}, neither text nor a list of parts')
    found = [_part(part) for part in content]
    return Content(tuple(part for part, _ in found), all(exact for _, exact in found))


def text_of(value: Any, name: str) -> Content:
    """A string, or a list of text parts, which are joined by blank lines. Raises BadRowError."""
    if isinstance(value, list):
        parts, exact = content_of(value)
        texts = [part.text for part in parts if isinstance(part, TextPart)]
        if len(texts) < len(parts):
            raise BadRowError(f'"{name}" has a part that is no text')
        return Content((TextPart("\n\n".join(texts)),), exact)
    return Content((TextPart(string(value, name)),))


def string(value: Any, name: str) -> str:
    """`value` if it is a string. Raises BadRowError."""
    if not isinstance(value, str):
        raise BadRowError(f'"{name}" is {shown(value)}, not text')
    return value


def shown(value: Any) -> str:
    """`value` for a message: as JSON, and not much of it."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _part(part: Any) -> tuple[Part, bool]:
    """One part, and whether nothing of it was lost."""
    if not isinstance(part, dict):
        raise BadRowError(f"a part of the content is {shown(part)}, not an object")
    match part:
        case {"type": "text" | "input_text" | "output_text", "text": str(text), **rest}:
            return TextPart(text), not {key for key, value in rest.items() if value and key != "type"}
        case {"type": "image_url", "image_url": {"url": str(url), **details}, **rest}:
            return image_from_url(url), details.get("detail") in _DETAILS and not rest
        case {"type": "image_url" | "input_image", "image_url": str(url), **rest}:
            return image_from_url(url), rest.get("detail") in _DETAILS and not set(rest) - {"detail"}
        case {"type": "image" | "document", "source": {"type": "base64", "data": str(data), **named}, **rest}:
            name = rest.get("title") if isinstance(rest.get("title"), str) else None
            return _attached(data, named.get("media_type"), name), not set(rest) - {"title"}
        case {"type": "image", "source": {"type": "url", "url": str(url)}, **rest}:
            return image_from_url(url), not rest
        case {"type": "input_file", "file_data": str(data), **rest}:
            return _file(data, rest), not set(rest) - {"filename"}
        case {"type": "file", "file": {"file_data": str(data), **named}, **rest}:
            return _file(data, named), not rest
    raise BadRowError(f"a part of the content is not supported: {shown(part)}")


def image_from_url(url: str) -> ImagePart | DocumentPart:
    """An image that the provider is to fetch, or one that the address itself holds. Raises BadRowError."""
    data = _DATA_URL.match(url)
    if data is not None:
        return _attached(url[data.end() :], data[1])
    if not url.startswith(("https://", "http://")):
        raise BadRowError(f"an image's address is {shown(url)}, neither http(s) nor data with base64")
    return ImagePart(url, "image/*", url=url)


def _file(data: str, named: Mapping[Any, Any]) -> Part:
    name = named.get("filename")
    head = _DATA_URL.match(data)
    return _attached(data[head.end() :] if head else data, _PDF, name if isinstance(name, str) else None)


def _attached(data: str, media_type: Any, name: str | None = None) -> ImagePart | DocumentPart:
    """Bytes in base64: what they are is told by themselves."""
    try:
        head = binascii.a2b_base64(data[:64].encode("ascii"))
        base64.b64decode(data, validate=True)
    except ValueError as error:
        raise BadRowError(f"an attachment is no base64: {shown(data)}") from error
    kind = images.media_type_of(head)
    if kind is not None:
        return ImagePart(name or "image", kind, data)
    if head.startswith(b"%PDF-"):
        return DocumentPart(name or "document.pdf", _PDF, data)
    raise BadRowError(f"an attachment of type {shown(media_type)} is neither PNG, JPEG, GIF, WebP nor PDF")
