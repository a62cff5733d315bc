"""Files, URLs and stdin as the parts of a message."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

from llmcli.errors import UsageError
from llmcli.messages import TextPart

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
# What llmcli cannot read as text, told apart by its first bytes, never by its name.
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "gzip data"),
    (b"\x7fELF", "a program"),
)


def read_file(source: str, read_stdin: Callable[[], bytes]) -> TextPart:
    """The file, URL or stdin (`-`) that `-f` names, inlined under its name.

    Raises UsageError if it is missing, unreadable, or no text.
    """
    if source == "-":
        return inline("stdin", decode_text(read_stdin(), "stdin"))
    data = read_url(source) if source.startswith(("http://", "https://")) else read_bytes(source)
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise UsageError(f"{source} is {what}, which is not supported", hint="attach text files")
    return inline(source, decode_text(data, source))


def inline(name: str, text: str) -> TextPart:
    """A file's text as a model reads it: framed, and named by what the user called it."""
    return TextPart(f'<file name="{name}">\n{text.rstrip()}\n</file>')


def read_bytes(path: str) -> bytes:
    """The content of the file at `path`. Raises UsageError."""
    try:
        return Path(path).expanduser().read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RuntimeError) as error:  # RuntimeError: the home directory of nobody, ~nobody/file
        raise UsageError(f"cannot read {path!r}: {error}") from error


def read_url(url: str) -> bytes:
    """What is at `url`, at most MAX_URL_BYTES. Raises UsageError."""
    import httpx2

    data = bytearray()
    try:
        with httpx2.stream("GET", url, follow_redirects=True, timeout=URL_TIMEOUT_S) as response:
            if not response.is_success:
                raise UsageError(f"cannot read {url}: status {response.status_code}")
            for chunk in response.iter_bytes():
                data += chunk
                if len(data) > MAX_URL_BYTES:
                    raise UsageError(f"{url} is larger than {MAX_URL_BYTES} bytes")
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeError) as error:  # UnicodeError: a name that IDNA forbids
        raise UsageError(f"cannot read {url}: {error}") from error
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
