"""Images and files as OpenAI takes them: what it refuses, and how many tokens the rest is.

Limits from developers.openai.com/api/docs/guides/images-vision and /file-inputs (2025, 2026); the sentences are
quoted from its answers in public issues, but for those on amounts.
"""

from __future__ import annotations

import base64
import binascii
import re

from llmcli.messages import DocumentPart, ImagePart
from llmcli.sim import media, tokens
from llmcli.sim.kept_files import Files, KeptFile
from llmcli.sim.openai.errors import invalid
from llmcli.sim.openai.image_tokens import image_tokens
from llmcli.sim.openai.models import OpenAIModel
from llmcli.sim.wire import ApiError

_MOST_IMAGES = 500
_MOST_IMAGE_BYTES = 20 * 1024 * 1024
_MOST_BYTES = 50 * 1024 * 1024
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w=.-]+)*),", re.ASCII)
_IMAGE_TYPES = ("image/png", "image/jpeg", "image/gif", "image/webp")
_UNSUPPORTED = (
    "You uploaded an unsupported image. Please make sure your image has of one the following formats:"
    " ['png', 'jpeg', 'gif', 'webp']."
)


class MediaReader:
    """Reads the attachments of one request; counts them, for there is a limit to them all."""

    def __init__(self, model: OpenAIModel, files: Files) -> None:
        self._model = model
        self._files = files
        self._images = 0
        self._bytes = 0

    def image(self, url: str, detail: str, where: str) -> tuple[ImagePart, int]:
        """The image at a URL or in a data URL, and its tokens."""
        self._images += 1
        if self._images > _MOST_IMAGES:
            message = f"Too many images in request. Expected at most {_MOST_IMAGES} images."
            raise invalid(message, where, "too_many_images")
        if not url.startswith("data:"):
            if not re.match(r"https?://[^\s/]+", url):
                message = f"Invalid '{where}'. Expected a valid URL, but got a value with an invalid format."
                raise invalid(message, where, "invalid_value")
            part = ImagePart("image", "image/*", url=url)
            return part, image_tokens(self._model, *tokens.size(part), detail)
        media_type, data = self._data_url(url, where)
        if media_type not in (*_IMAGE_TYPES, "image/jpg"):
            raise _bad_image(where, f"unsupported MIME type '{media_type}'")
        if data is None:
            raise _bad_image(where, "an invalid base64-encoded value")
        found = media.picture(data)
        if found is None or found.media_type != media_type.replace("/jpg", "/jpeg"):
            raise invalid(_UNSUPPORTED, code="invalid_image_format")
        if len(data) > _MOST_IMAGE_BYTES:
            raise invalid(
                f"Image size is {len(data)} bytes, which exceeds the limit of 20 MB.", where, "image_too_large"
            )
        return ImagePart("image", found.media_type, url.partition(",")[2]), image_tokens(
            self._model, found.width, found.height, detail
        )

    def file(self, data_url: str, filename: str, where: str) -> tuple[DocumentPart, int]:
        """The file in a data URL, and its tokens."""
        media_type, data = self._data_url(data_url, where)
        if data is None or not media_type or media_type.startswith(("image/", "audio/", "video/")):
            got = "an invalid base64-encoded value" if data is None else f"unsupported MIME type '{media_type}'"
            raise invalid(
                f"Invalid file data: '{where}'. Expected a base64-encoded data URL with a valid file MIME type (e.g."
                f" 'data:application/pdf;base64,SGVsbG8sIFdvcmxkIQ=='), but got {got}.",
                where,
                "invalid_value",
            )
        if media_type == media.PDF and not media.is_pdf(data):
            raise invalid("The file could not be parsed: it is not a valid PDF.", where, "invalid_file")
        part = DocumentPart(filename, media_type, data_url.partition(",")[2])
        return part, tokens.count_part(part)

    def kept_image(self, name: str, detail: str, where: str) -> tuple[ImagePart, int]:
        """The image in an uploaded file, and its tokens."""
        return self.image(_as_data_url(self._kept(name, where)), detail, where)

    def kept_file(self, name: str, where: str) -> tuple[DocumentPart, int]:
        """An uploaded file, and its tokens."""
        kept = self._kept(name, where)
        return self.file(_as_data_url(kept), kept.filename, where)

    def _kept(self, name: str, where: str) -> KeptFile:
        kept = self._files.get(name)
        if kept is None:
            raise invalid(f"File with id '{name}' not found.", where, status=404)
        return kept

    def _data_url(self, url: str, where: str) -> tuple[str, bytes | None]:
        """The type and the bytes in a data URL; no bytes if it is none, or not of base64."""
        match = _DATA_URL.match(url)
        if match is None or not match[2].endswith(";base64"):
            return match[1] or "" if match else "", None
        try:
            data = base64.b64decode(url[match.end() :], validate=True)
        except (binascii.Error, ValueError):
            return match[1] or "", None
        self._bytes += len(data)
        if self._bytes > _MOST_BYTES:
            raise invalid("The images and files in this request exceed 50 MB in total.", where, "request_too_large")
        return match[1] or "", data or None


def _as_data_url(kept: KeptFile) -> str:
    return f"data:{kept.media_type};base64,{base64.b64encode(kept.data).decode('ascii')}"


def _bad_image(where: str, got: str) -> ApiError:
    return invalid(
        f"Invalid '{where}'. Expected a base64-encoded data URL with an image MIME type (e.g."
        f" 'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU='), but got {got}.",
        where,
        "invalid_value",
    )
