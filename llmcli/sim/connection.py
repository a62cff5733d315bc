"""What can go wrong with a connection, done on purpose."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct

from aiohttp import web

# How long a client has to read what was sent before the connection is reset under it.
_BEFORE_RESET_S = 0.05


async def forever() -> None:
    """Wait until the client goes away, which cancels this task."""
    await asyncio.Event().wait()


def drop_before(http: web.Request) -> web.StreamResponse:
    """Close the connection before a byte of an answer."""
    if http.transport is not None:
        http.transport.close()
    return web.Response()


async def reset(http: web.Request) -> None:
    """Break the connection under the client, with a TCP reset."""
    await asyncio.sleep(_BEFORE_RESET_S)
    transport = http.transport
    if transport is None:
        return
    connection = transport.get_extra_info("socket")
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
