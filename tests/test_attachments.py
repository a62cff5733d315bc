"""attachments: what may be read is text, whatever its encoding; everything else fails before anything is sent."""

from __future__ import annotations

import codecs
import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from llmcli import attachments
from llmcli.attachments import decode_text, read_file
from llmcli.errors import UsageError
from llmcli.messages import TextPart

from .helpers import closed_port


def no_stdin() -> bytes:
    raise AssertionError("stdin was read")


def text_of(source: str) -> str:
    """What `-f SOURCE` inlines."""
    part = read_file(source, no_stdin)
    assert isinstance(part, TextPart)
    return part.text


@pytest.mark.parametrize(
    "data",
    [
        "héllo €\n".encode(),
        codecs.BOM_UTF8 + "héllo €\n".encode(),
        "héllo €\n".encode("utf-16"),
        codecs.BOM_UTF16_BE + "héllo €\n".encode("utf-16-be"),
        "héllo €\n".encode("utf-32"),
        codecs.BOM_UTF32_BE + "héllo €\n".encode("utf-32-be"),
    ],
)
def test_text_is_decoded_by_its_byte_order_mark_or_as_utf_8(data: bytes) -> None:
    assert decode_text(data, "x") == "héllo €\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_recognised(encoding: str) -> None:
    assert decode_text("hello world\r\n".encode(encoding), "x") == "hello world\r\n"


def test_nothing_is_empty_text() -> None:
    assert decode_text(b"", "x") == ""


@pytest.mark.parametrize(
    ("data", "encoding", "offset"),
    [
        (b"ab\xffc", "UTF-8", 2),
        (b"caf\xe9", "UTF-8", 3),
        (codecs.BOM_UTF8 + b"ab\xff", "UTF-8", 5),
        (codecs.BOM_UTF16_LE + b"a\x00b", "UTF-16", 4),
    ],
)
def test_other_bytes_are_an_error_with_the_name_and_the_offset_in_the_file(
    data: bytes, encoding: str, offset: int
) -> None:
    with pytest.raises(UsageError, match=f"notes.txt is not {encoding} text: byte {offset} cannot be decoded"):
        decode_text(data, "notes.txt")


def test_a_file_is_inlined_under_the_name_the_user_gave_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n\n")
    monkeypatch.chdir(tmp_path)
    assert text_of("a.txt") == '<file name="a.txt">\none\ntwo\n</file>'


def test_a_dash_is_stdin() -> None:
    part = read_file("-", lambda: b"piped\n")
    assert isinstance(part, TextPart)
    assert part.text == '<file name="stdin">\npiped\n</file>'


def test_a_home_directory_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a.txt").write_text("x")
    assert "\nx\n" in text_of("~/a.txt")


@pytest.mark.parametrize("name", ["missing.txt", ".", "a\0b", "~no-such-user/a"])
def test_a_file_that_cannot_be_read_is_a_usage_error(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="cannot read"):
        read_file(name, no_stdin)


def test_a_pipe_is_a_file_too() -> None:
    """As bash gives it for `-f <(command)`."""
    reading, writing = os.pipe()
    os.write(writing, b"from a pipe")
    os.close(writing)
    try:
        assert "from a pipe" in text_of(f"/dev/fd/{reading}")
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    ("magic", "what"),
    [
        (b"PK\x03\x04", "ZIP"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"\x7fELF", "program"),
    ],
)
def test_what_is_no_text_is_told_by_its_first_bytes_not_its_name(magic: bytes, what: str, tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_bytes(magic)
    with pytest.raises(UsageError, match=f"notes.txt is .*{what}"):
        read_file(str(file), no_stdin)


class Pages(BaseHTTPRequestHandler):
    """`/page` is text, `/moved` leads there, everything else is not found."""

    def do_GET(self) -> None:
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/page")
            self.end_headers()
            return
        self.send_response(200 if self.path == "/page" else 404)
        self.end_headers()
        self.wfile.write(b"from afar\n")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize("path", ["/page", "/moved"])
def test_a_url_is_fetched_and_inlined_under_its_address(site: str, path: str) -> None:
    assert text_of(site + path) == f'<file name="{site}{path}">\nfrom afar\n</file>'


def test_a_page_that_is_not_there_is_a_usage_error_with_its_status(site: str) -> None:
    with pytest.raises(UsageError, match="status 404"):
        read_file(f"{site}/nothing", no_stdin)


def test_a_page_that_is_too_large_is_not_read_to_its_end(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "MAX_URL_BYTES", 5)
    with pytest.raises(UsageError, match="larger than 5 bytes"):
        read_file(f"{site}/page", no_stdin)


@pytest.mark.parametrize("url", ["http://", "http://[", "http://a..b/", "http://127.0.0.1:x/"])
def test_an_address_that_is_none_is_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError, match="cannot read http"):
        read_file(url, no_stdin)


def test_a_server_that_does_not_answer_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="cannot read http"):
        read_file(f"http://127.0.0.1:{closed_port()}/", no_stdin)
