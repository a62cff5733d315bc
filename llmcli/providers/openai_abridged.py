"""The Responses API's streams without their repetitions.

The events that close a stream bring all of its text again, up to four times, and the SDK keeps several copies of an
event while it reads it: tens of megabytes for a long answer. So the text is taken out of these events before the SDK
gets to see them. All else passes byte for byte, at once, and unread.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx2

# Shorter events pass, and so do shorter texts.
LONG_BYTES = 1 << 16

# Where an event ends: a blank line, all but its line feed if it ends in two characters.
_EVENT_ENDS = (b"\n\n", b"\n\r", b"\r\r")
_EVENT_END = re.compile(b"|".join(_EVENT_ENDS))

# A string up to its closing quote, or to where it stops being one; and what of it may have to wait for its other half.
# Its group is not possessive: Python 3.11.2, which Debian has, keeps half an alternative there. Nothing tracks back.
_BODY = rb'(?:[^"\\\x00-\x1f]++|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*'
_REST_OF_STRING = re.compile(_BODY)
_HALF = re.compile(rb"(?:\\(?:u[0-9a-fA-F]{0,3})?)?")
_TOKEN = re.compile(rb'"(?P<body>' + _BODY + rb')(?P<closed>"?)|[{}\[\],:]')

# Reasoning goes back to the API as it came. These are the keys that only it has.
_REASONING_KEYS = (b"summary", b"encrypted_content")


def abridge(response: httpx2.Response, repeats: Callable[[], bool]) -> None:
    """Have `response` read without its repetitions; `repeats` says whether text has been shown by now."""
    import httpx2

    whole = httpx2.Response(response.status_code, headers=response.headers, stream=response.stream)

    class Abridged(httpx2.AsyncByteStream):
        def __init__(self) -> None:
            self._pieces = self._read()

        def __aiter__(self) -> AsyncIterator[bytes]:
            return self._pieces  # the SDK asks twice, the second time for what is left

        async def _read(self) -> AsyncIterator[bytes]:
            abridger = Abridger(repeats)
            async for chunk in whole.aiter_bytes():
                for piece in abridger.feed(chunk):
                    yield piece
            yield abridger.finish()

        async def aclose(self) -> None:
            await whole.aclose()

    response.stream = Abridged()
    response.headers.pop("content-encoding", None)  # `whole` has decoded it


class Abridger:
    """Server-sent events in, cut anywhere; the same out, without what they repeat."""

    def __init__(self, repeats: Callable[[], bool], long_bytes: int = LONG_BYTES) -> None:
        self._repeats = repeats
        self._long_bytes = long_bytes
        self._held = bytearray()
        self._event: _LongEvent | None = None  # the one that is being read, if it is long

    def feed(self, chunk: bytes) -> Iterator[bytes]:
        """What can be passed on. To be used up before the next call: `repeats` is asked in between."""
        for at in range(0, len(chunk), self._long_bytes):
            yield from self._feed(chunk[at : at + self._long_bytes])

    def finish(self) -> bytes:
        """What is left at the end of a stream that broke off amid an event."""
        left = self._take(len(self._held))
        return left if self._event is None else self._event.cut(left) + self._event.rest

    def _feed(self, piece: bytes) -> Iterator[bytes]:
        unseen = max(len(self._held) - 1, 0)
        self._held += piece
        if self._event is not None and (end := _EVENT_END.search(self._held, unseen)):
            yield self._event.cut(self._take(end.end()))
            self._event, unseen = None, 0
        if self._event is None and (at := max(self._held.rfind(end, unseen) for end in _EVENT_ENDS)) >= 0:
            yield self._take(at + 2)
        if len(self._held) > self._long_bytes:
            if self._event is None and self._repeats():
                self._event = _LongEvent(self._long_bytes)
            begun = self._take(len(self._held) - 1)  # the last byte may be half of the event's end
            yield begun if self._event is None else self._event.cut(begun)

    def _take(self, size: int) -> bytes:
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken


class _LongEvent:
    """An event that is read as JSON, piece by piece, its long texts dropped.

    The lines that it is framed in are read along: nothing in `data: ` is taken for JSON but the colon, which stands
    where it does no harm. A string that a line end breaks off is no JSON: from there on nothing is dropped.
    """

    def __init__(self, long_bytes: int) -> None:
        self.rest = b""  # the beginning of a string, too short to tell if it is long
        self._long_bytes = long_bytes
        self._string = self._key = b""  # the last string, and the last before a colon
        self._reasoning = [False]  # whether each object or array that is open is part of some
        self._amid: bool | None = None  # amid a long string: whether it is passed on
        self._broken = False

    def cut(self, piece: bytes) -> bytes:
        """What is to be passed on, now that `piece` has come."""
        data, self.rest = self.rest + piece, b""
        kept = bytearray()
        at = 0
        while at < len(data):
            if self._broken:
                kept += data[at:]
                break
            at = self._string_goes_on(data, at, kept) if self._amid is not None else self._next_token(data, at, kept)
        return bytes(kept)

    def _string_goes_on(self, data: bytes, at: int, kept: bytearray) -> int:
        """Read on in a long string; returns where to go on."""
        found = _REST_OF_STRING.match(data, at)
        assert found is not None  # it matches nothing at all, too
        end = found.end()
        if self._amid:
            kept += data[at:end]
        if _HALF.fullmatch(data, end):
            self.rest = data[end:]
            return len(data)
        self._broken = data[end] != ord('"')
        self._amid = None
        kept.append(data[end])
        return end + 1

    def _next_token(self, data: bytes, at: int, kept: bytearray) -> int:
        """Read to the end of the next token; returns where to go on."""
        found = _TOKEN.search(data, at)
        end = len(data) if found is None else found.end()
        if found is None or found["body"] is None or found["closed"]:
            kept += data[at:end]
            if found is not None:
                self._note(found)
        elif not _HALF.fullmatch(data, end):
            self._broken = True
            kept += data[at:end]
        elif end - found.start() <= self._long_bytes:
            kept += data[at : found.start()]
            self.rest = data[found.start() :]
            return len(data)
        else:
            self._amid = self._key != b"text" or self._reasoning[-1]
            kept += data[at : found.start() + 1]
            return found.start() + 1
        return end

    def _note(self, token: re.Match[bytes]) -> None:
        body = token["body"]
        if body is not None:
            self._string = body
            says_so = self._key == b"type" and body.startswith(b"reasoning")
            self._reasoning[-1] = self._reasoning[-1] or says_so or body in _REASONING_KEYS
        elif token[0] == b":":
            self._key = self._string
        else:
            self._key = self._string = b""
            if token[0] in b"{[":
                self._reasoning.append(self._reasoning[-1])
            elif token[0] in b"}]" and len(self._reasoning) > 1:
                self._reasoning.pop()
