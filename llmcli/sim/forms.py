"""Multipart forms (RFC 7578), read from bytes.

aiohttp's own reader, which takes a form as it comes, would guess at forms that are none and print warnings of them.
"""

from __future__ import annotations

from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value

from llmcli.sim.routes import Part

_DISPOSITION = "content-disposition"
_MOST_PARTS = 100


def parse(raw: bytes, content_type: str) -> tuple[Part, ...]:
    """The fields of a form whose header says `content_type`. Raises ValueError if it is none."""
    header = Message()
    header["content-type"] = content_type
    boundary = header.get_boundary()
    if not boundary:
        raise ValueError("no boundary")
    begin = b"--" + boundary.encode()
    first, *pieces = raw.split(b"\r\n" + begin, _MOST_PARTS)
    if not first.startswith(begin):
        raise ValueError("no begin")
    pieces.insert(0, first[len(begin) :])
    if not pieces.pop().startswith(b"--"):
        raise ValueError("no end, or too many fields")
    return tuple(_part(piece) for piece in pieces)


def _part(piece: bytes) -> Part:
    head, blank, data = piece.partition(b"\r\n\r\n")
    if not head.startswith(b"\r\n") or not blank:
        raise ValueError("a field without a head")
    found = HeaderParser().parsestr(head[2:].decode())
    name = found.get_param("name", None, _DISPOSITION)
    if found.get_content_disposition() != "form-data" or name is None:
        raise ValueError("a field without a name")
    filename = found.get_param("filename", None, _DISPOSITION)
    return Part(
        collapse_rfc2231_value(name),
        data,
        None if filename is None else collapse_rfc2231_value(filename),
        found.get("content-type"),
    )
