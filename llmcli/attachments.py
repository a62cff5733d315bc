"""Files, URLs and stdin as the parts of a message."""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from llmcli import images
from llmcli.errors import UsageError
from llmcli.messages import DocumentPart, ImagePart, Part, TextPart
from llmcli.urls import without_login

URL_TIMEOUT_S = 30.0
MAX_URL_BYTES = 100 * 1024 * 1024

# The longer marks first: UTF-32's begins with UTF-16's.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What is neither text nor anything that models take, told apart by its first bytes, never by its name.
_UNSUPPORTED = (
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x7fELF", "a program"),
)
_FRAME_END = "\n</file>"
_PDF = b"%PDF-"
_PDF_TYPE = "application/pdf"


@dataclass(frozen=True)
class ReadOptions:
    """How images are attached: by their URL if they have one, and not larger than so many pixels."""

    by_url: bool = False
    image_max_px: int | None = None


def read_file(source: str, read_stdin: Callable[[], bytes], how: ReadOptions = ReadOptions()) -> Part:
    """The file, URL or stdin (`-`) that `-f` names: text is inlined under its name, images and PDFs are attached.

    Raises UsageError if it is missing, unreadable, or nothing that a model can take.
    """
    if source == "-":
        return _part("stdin", read_stdin(), how)
    if not source.startswith(("http://", "https://")):
        return _part(source, read_bytes(source), how)
    if how.by_url:
        media_type = images.media_type_of(read_url(source, head_only=True))
        if media_type is not None:
            return ImagePart(source, media_type, url=source)
    return _part(without_login(source), read_url(source), how)


def _part(name: str, data: bytes, how: ReadOptions) -> Part:
    media_type = images.media_type_of(data)
    if media_type is not None and how.image_max_px is not None:
        data = images.downsized(data, how.image_max_px, name)
    if media_type is not None or data.startswith(_PDF):
        encoded = base64.b64encode(data)
        del data  # which is large: no third copy beside it and its text
        text = encoded.decode("ascii")
        return ImagePart(name, media_type, text) if media_type else DocumentPart(Path(name).name, _PDF_TYPE, text)
    for magic, what in _UNSUPPORTED:
        if data.startswith(magic):
            raise UsageError(f"{name} is {what}, which is not supported", hint="attach text, images or PDFs")
    content = decode_text(data, name)
    del data  # likewise
    return inline(name, content)


def inline(name: str, text: str) -> TextPart:
    """A file's text as a model reads it: framed, and named by what the user called it."""
    return TextPart(f"{_frame(name)}{text.rstrip()}{_FRAME_END}", file=name)


def content_of(part: TextPart) -> str:
    """The text of a part without the frame that `inline` puts around a file's."""
    return part.text if part.file is None else part.text.removeprefix(_frame(part.file)).removesuffix(_FRAME_END)


def is_file(part: Part) -> bool:
    """Whether it was attached: an image, a document, or text that was read from a file."""
    return isinstance(part, ImagePart | DocumentPart) or (isinstance(part, TextPart) and part.file is not None)


def _frame(name: str) -> str:
    return f'<file name="{name}">\n'


def read_bytes(path: str) -> bytes:
    """The content of the file at `path`. Raises UsageError."""
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RuntimeError) as error:  # RuntimeError: the home directory of nobody, ~nobody/file
        raise UsageError(f"cannot read {path!r}: {error}") from error


def read_url(url: str, *, head_only: bool = False) -> bytes:
    """What is at `url`, at most MAX_URL_BYTES, or only how it begins. Raises UsageError."""
    import httpx2

    data = bytearray()
    shown = without_login(url)
    try:
        with httpx2.stream("GET", url, follow_redirects=True, timeout=URL_TIMEOUT_S) as response:
            if not response.is_success:
                raise UsageError(f"cannot read {shown}: status {response.status_code}")
            for chunk in response.iter_bytes():
                data += chunk
                if head_only and len(data) >= images.MAGIC_BYTES:
                    break
                if len(data) > MAX_URL_BYTES:
                    raise UsageError(f"{shown} is larger than {MAX_URL_BYTES} bytes")
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:  # UnicodeError: a name that IDNA forbids
        raise UsageError(f"cannot read {shown}: {error}") from error
    except (ValueError, ImportError):  # a proxy that is none; the message may show its password
        raise UsageError(f"cannot read {shown}: the proxy of this environment cannot be used") from None
    return bytes(data)


def decode_text(data: bytes, name: str) -> str:
    """`data` as text: UTF-8, or whatever its byte order mark says. Raises UsageError with the byte offset."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    encoding = encoding or _bare_utf16(data) or "utf-8"
    # "utf-8-sig" would count bytes from behind the mark.
    mark = len(codecs.BOM_UTF8) if encoding == "utf-8-sig" else 0
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{name} is not {encoding.removesuffix('-sig').upper()} text: byte {mark + error.start} cannot be decoded",
            hint="convert it, for example with iconv",
        ) from error


def _bare_utf16(data: bytes) -> str | None:
    """UTF-16 without a mark, as some Windows programs write it: every other byte of mostly Latin text is zero."""
    head = data[:512]
    if len(head) < 4 or len(data) % 2:
        return None
    low, high = head[0::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if high > 0.8 * half and low == 0:
        return "utf-16-le"
    if low > 0.8 * half and high == 0:
        return "utf-16-be"
    return None
