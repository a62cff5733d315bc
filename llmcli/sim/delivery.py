"""How answers go out over HTTP, whole or streamed, at the pace ordered and with the fault ordered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from aiohttp import web

from llmcli.sim import answering
from llmcli.sim.body import compact
from llmcli.sim.connection import drop_before, forever, reset
from llmcli.sim.exchange import JSON, Exchange, Pace
from llmcli.sim.faults import STATUS, Fault
from llmcli.sim.ordered_error import ordered_error
from llmcli.sim.routes import Answer, Bytes
from llmcli.sim.streaming import SSE, stream
from llmcli.sim.wire import Api, Call

_HTML = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>Bad Gateway</body>\r\n</html>\r\n"
_GARBAGE = b'{"this is": not JSON'
_HALVED = ("hang-midbody", "drop-midstream", "truncated-json")


async def deliver(exchange: Exchange, api: Api, call: Call, fault: Fault | None, pace: Pace) -> web.StreamResponse:
    """The answer to a valid call. Raises the ApiError that a fault orders; may never return."""
    kind = fault.kind if fault else ""
    if await _broken_before(exchange, fault, pace.latency_s, stream=call.stream):
        return drop_before(exchange.http)
    if kind in ("empty", "html", "garbage"):
        return _nonsense(exchange, kind, stream=call.stream)
    call, generation = answering.begun(call, fault, exchange.cache, exchange.entry)
    if call.stream:
        return await stream(exchange, api, call, generation, fault, pace)
    answer = await answering.whole(api, call, generation, fault, exchange.entry, pace.tokens_per_second)
    return await _handed_over(exchange, answer, kind)


async def deliver_kept(exchange: Exchange, act: Callable[[], Answer], fault: Fault | None) -> web.StreamResponse:
    """What a route answers: what a fault breaks before the answer is not done, what it breaks in the answer is."""
    if await _broken_before(exchange, fault, 0.0, stream=False):
        return drop_before(exchange.http)
    answer = act()
    kind = fault.kind if fault else ""
    if kind in ("empty", "html", "garbage"):
        return _nonsense(exchange, kind, stream=False)
    return await _handed_over(exchange, answer, kind)


async def _broken_before(exchange: Exchange, fault: Fault | None, latency_s: float, *, stream: bool) -> bool:
    """Waits as long as ordered; whether the connection is to be dropped then."""
    kind = fault.kind if fault else ""
    delay_s = latency_s + (fault.delay_s if fault else 0)
    if delay_s:
        await asyncio.sleep(delay_s)
    if kind == "hang":
        await forever()
    if fault is not None and (kind in (STATUS, "quota") or (kind == "error-event" and not stream)):
        raise ordered_error(exchange.vendor, fault)
    return kind == "drop-before"


def _nonsense(exchange: Exchange, kind: str, *, stream: bool) -> web.Response:
    content_type = SSE if stream else JSON
    if kind == "html":
        return exchange.raw(_HTML, "text/html")
    if kind == "empty":
        return exchange.raw(b"", content_type)
    body = b"event: message_start\ndata: " + _GARBAGE + b"\n\n" if stream else _GARBAGE
    return exchange.raw(body, content_type)


async def _handed_over(exchange: Exchange, answer: Answer, kind: str) -> web.StreamResponse:
    """An answer that is not streamed, or half of it."""
    if kind not in _HALVED:
        return exchange.give(answer)
    given = answer if isinstance(answer, Bytes) else Bytes(compact(answer).encode(), JSON)
    half = given.data[: len(given.data) // 2]
    if kind == "truncated-json":
        return exchange.raw(half, given.media_type)
    exchange.entry.status = 200
    headers = {**exchange.headers(), "Content-Type": given.media_type, "Content-Length": str(len(given.data))}
    response = web.StreamResponse(headers=headers)
    await response.prepare(exchange.http)
    await response.write(half)
    await (forever() if kind == "hang-midbody" else reset(exchange.http))
    return response
