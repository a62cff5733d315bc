"""Images and documents as Anthropic takes them: what it refuses, and how many tokens the rest is.

Limits from platform.claude.com/docs/en/build-with-claude/vision and /pdf-support (2026); the sentences are
quoted from its answers in public issues.
"""

from __future__ import annotations

import base64
import binascii

from llmcli.messages import DocumentPart, ImagePart
from llmcli.sim import media, tokens
from llmcli.sim.anthropic.blocks import IMAGE_TYPES
from llmcli.sim.anthropic.models import AnthropicModel
from llmcli.sim.anthropic.vendor import invalid, not_found
from llmcli.sim.checks import JsonObject
from llmcli.sim.kept_files import Files

_MOST_IMAGE_BASE64 = 10 * 1024 * 1024
_LARGEST_SIDE = 8000
_MANY_IMAGES = 20
_LARGEST_SIDE_OF_MANY = 2000


class MediaReader:
    """Reads the attachments of one request; counts them, for there is a limit to them all."""

    def __init__(self, model: AnthropicModel, files: Files, images: int) -> None:
        self._model = model
        self._files = files
        self._images = images
        self._pages = 0

    def image(self, block: JsonObject, where: str) -> tuple[ImagePart, int]:
        """The image in a block, and its tokens."""
        where = f"{where}.image.source"
        source = self._source(block, where, IMAGE_TYPES)
        if source["type"] == "url":
            _check_url(source["url"], f"{where}.url")
            part = ImagePart("image", "image/*", url=source["url"])
            return part, self._tokens(*tokens.size(part))
        data = _decoded(source["data"], f"{where}.base64", "image")
        found = media.picture(data)
        if found is None:
            raise invalid("Could not process image")
        if found.media_type != source["media_type"]:
            raise invalid(
                f"{where}.base64: The image was specified using the {source['media_type']} media type,"
                f" but the image appears to be a {found.media_type} image"
            )
        self._check_size(found, where, (block.get("transformations") or {}).get("oversized_image"))
        return ImagePart("image", found.media_type, source["data"]), self._tokens(found.width, found.height)

    def document(self, block: JsonObject, where: str) -> tuple[DocumentPart, int]:
        """The document in a block, and its tokens. Those made of other blocks are not for here."""
        where = f"{where}.document.source"
        source = self._source(block, where, (media.PDF, "text/plain"))
        name = block.get("title") or "document"
        if source["type"] == "url":
            _check_url(source["url"], f"{where}.url")
            return DocumentPart(source["url"], media.PDF, ""), tokens.PAGE_TOKENS
        if source["type"] == "text":
            part = DocumentPart(name, "text/plain", base64.b64encode(source["data"].encode()).decode("ascii"))
            return part, tokens.count_part(part)
        data = _decoded(source["data"], f"{where}.base64", "PDF")
        if not media.is_pdf(data):
            raise invalid(f"{where}.base64.data: The PDF specified was not valid.")
        self._pages += media.pdf_pages(data)
        part = DocumentPart(name, media.PDF, source["data"])
        return part, tokens.count_part(part)

    def _source(self, block: JsonObject, where: str, media_types: tuple[str, ...]) -> JsonObject:
        """Where the bytes of a block come from; those of an uploaded file are put in its place."""
        source: JsonObject = block["source"]
        if source["type"] != "file":
            return source
        found = self._files.get(source["file_id"])
        if found is None:
            raise not_found(f"File not found: {source['file_id']}")
        if found.media_type not in media_types:
            raise invalid(
                f"{where}.file: File {found.id} is of type {found.media_type}, but this block takes"
                f" {', '.join(media_types)}."
            )
        if found.media_type == "text/plain":
            return {"type": "text", "data": _text(found.data, f"{where}.file")}
        data = base64.b64encode(found.data).decode("ascii")
        return {"type": "base64", "media_type": found.media_type, "data": data}

    def check_amount(self) -> None:
        """Refuses more images and pages than one request may have."""
        most = self._model.most_media
        if self._images + self._pages > most:
            raise invalid(f"Too much media: {self._pages} document pages + {self._images} images > {most}")

    def _tokens(self, width: int, height: int) -> int:
        return tokens.image(width, height, self._model.longest_edge, self._model.most_image_tokens)

    def _check_size(self, found: media.Picture, where: str, oversized: str | None) -> None:
        many = self._images > _MANY_IMAGES
        largest = _LARGEST_SIDE_OF_MANY if many else _LARGEST_SIDE
        if max(found.width, found.height) > largest:
            what = " for many-image requests" if many else ""
            raise invalid(
                f"{where}.base64.data: At least one of the image dimensions exceed max allowed size{what}:"
                f" {largest} pixels"
            )
        edge = self._model.longest_edge
        if oversized == "error" and max(found.width, found.height) > edge:
            scale = edge / max(found.width, found.height)
            raise invalid(
                f"{where}.base64.data: image dimensions {found.width}x{found.height} exceed the maximum for this model;"
                f" the largest dimensions that fit are {int(found.width * scale)}x{int(found.height * scale)}"
            )


def _text(data: bytes, where: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise invalid(f"{where}: The file is not valid UTF-8 text.") from None


def _check_url(url: str, where: str) -> None:
    if not url.startswith("https://"):
        raise invalid(f"{where}.url: Only HTTPS URLs are supported.")


def _decoded(data: str, where: str, what: str) -> bytes:
    if not data:
        raise invalid(f"{where}: {what} cannot be empty")
    if what == "image" and len(data) > _MOST_IMAGE_BASE64:
        raise invalid(f"{where}: image exceeds 10 MB maximum: {len(data)} bytes > {_MOST_IMAGE_BASE64} bytes")
    try:
        return base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        raise invalid(f"{where}: invalid base64 data") from None
