"""Large attachments on their way out.

The SDKs copy what they send: into a data URL, into JSON, into one string, into bytes, and asyncio once more into its
buffer. So they are given a short stand-in for a large attachment, which is replaced piece by piece as it is sent.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from llmcli.messages import DocumentPart, ImagePart

if TYPE_CHECKING:
    import httpx2

# Below this, copies do not matter.
LEAST_CHARACTERS = 1 << 20
PIECE_CHARACTERS = 1 << 16

# Nobody can guess it, so that no text of anybody's is taken for a stand-in.
_NONCE = secrets.token_hex(16)
_STAND_IN = re.compile(rf"attachment-{_NONCE}-(\d+)-".encode())
_waiting: WeakValueDictionary[int, ImagePart | DocumentPart] = WeakValueDictionary()


def sendable(part: ImagePart | DocumentPart) -> str:
    """The part's base64 text as it is put into a request: what stands for it if it is large.

    Good for as long as the part lives, and for requests of clients that have `put_back` as a hook.
    """
    data = part.data or ""
    if len(data) < LEAST_CHARACTERS:
        return data
    _waiting[id(part)] = part
    return f"attachment-{_NONCE}-{id(part)}-"


async def put_back(request: httpx2.Request) -> None:
    """Have the attachments themselves sent instead of what stands for them."""
    content = await request.aread()
    pieces = list(_split(content))
    if len(pieces) == 1:
        return
    import httpx2

    class Spliced(httpx2.AsyncByteStream):
        async def __aiter__(self) -> AsyncIterator[bytes]:
            for piece in pieces:
                for at in range(0, len(piece), PIECE_CHARACTERS):
                    part = piece[at : at + PIECE_CHARACTERS]
                    yield part if isinstance(part, bytes) else part.encode("ascii")

    request.stream = Spliced()
    request.headers["Content-Length"] = str(sum(map(len, pieces)))


def _split(content: bytes) -> Iterator[bytes | str]:
    """The body as it is to be sent, in pieces: bytes as they are, and base64 text of attachments."""
    here = 0
    for found in _STAND_IN.finditer(content):
        yield content[here : found.start()]
        yield _waiting[int(found[1])].data or ""
        here = found.end()
    yield content[here:]
