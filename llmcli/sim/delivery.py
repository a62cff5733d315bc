"""How answers go out over HTTP, whole or streamed, at the pace ordered and with the fault ordered."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from aiohttp import web

from llmcli.sim.body import compact
from llmcli.sim.connection import drop_before, forever, reset
from llmcli.sim.engine import Generation
from llmcli.sim.exchange import JSON, Exchange, Pace
from llmcli.sim.faults import STATUS, Fault
from llmcli.sim.ordered_error import ordered_error
from llmcli.sim.promptcache import CacheUse
from llmcli.sim.streaming import SSE, stream
from llmcli.sim.wire import Api, Call

_HTML = b"<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>Bad Gateway</body>\r\n</html>\r\n"
_GARBAGE = b'{"this is": not JSON'
# Other connections get their turn after this many tokens of an answer that is not streamed.
_TOKENS_PER_TURN = 2000


async def deliver(exchange: Exchange, api: Api, call: Call, fault: Fault | None, pace: Pace) -> web.StreamResponse:
    """The answer to a valid call. Raises the ApiError that a fault orders; may never return."""
    kind = fault.kind if fault else ""
    delay_s = pace.latency_s + (fault.delay_s if fault else 0)
    if delay_s:
        await asyncio.sleep(delay_s)
    if kind == "hang":
        await forever()
    if kind == "drop-before":
        return drop_before(exchange.http)
    if fault is not None and (kind in (STATUS, "quota") or (kind == "error-event" and not call.stream)):
        raise ordered_error(exchange.vendor, fault)
    if kind in ("empty", "html", "garbage"):
        return _nonsense(exchange, kind, stream=call.stream)
    if call.prefixes:
        cached = exchange.cache.use(call.prefixes, call.lookback)
        call = replace(call, cached=CacheUse(cached.read) if call.writes_are_free else cached)
    generation = _generation(call, fault)
    exchange.entry.input_tokens = generation.input_tokens
    exchange.entry.cache_read_tokens, exchange.entry.cache_write_tokens = call.cached.read, call.cached.write
    if call.stream:
        return await stream(exchange, api, call, generation, fault, pace)
    return await _whole(exchange, api, call, generation, fault, pace)


def _generation(call: Call, fault: Fault | None) -> Generation:
    request = call.request
    if fault is None:
        return Generation(request, call.terms)
    if fault.kind == "max-tokens":
        request = replace(request, max_tokens=min(request.max_tokens, fault.after))
    stop = {"stop": fault.argument, "refusal": "refusal"}.get(fault.kind)
    return Generation(request, replace(call.terms, stop=stop))


def _nonsense(exchange: Exchange, kind: str, *, stream: bool) -> web.Response:
    content_type = SSE if stream else JSON
    if kind == "html":
        return exchange.raw(_HTML, "text/html")
    if kind == "empty":
        return exchange.raw(b"", content_type)
    body = b"event: message_start\ndata: " + _GARBAGE + b"\n\n" if stream else _GARBAGE
    return exchange.raw(body, content_type)


async def _whole(
    exchange: Exchange, api: Api, call: Call, generation: Generation, fault: Fault | None, pace: Pace
) -> web.StreamResponse:
    kind = fault.kind if fault else ""
    pieces = []
    for piece in generation.pieces():
        if piece.kind == "text":
            pieces.append(piece.text)
        if generation.output_tokens % _TOKENS_PER_TURN == 0:
            await asyncio.sleep(0)
    if pace.tokens_per_second:
        await asyncio.sleep(generation.output_tokens / pace.tokens_per_second)
    answer = api.whole(call, "".join(pieces), generation, usage=kind != "no-usage")
    exchange.entry.output_tokens = generation.output_tokens
    exchange.entry.reasoning_tokens = generation.reasoning_tokens
    if kind not in ("hang-midbody", "drop-midstream", "truncated-json"):
        return exchange.json(200, answer)
    body = compact(answer).encode()
    half = body[: len(body) // 2]
    if kind == "truncated-json":
        return exchange.raw(half, JSON)
    exchange.entry.status = 200
    headers = {**exchange.headers(), "Content-Type": JSON, "Content-Length": str(len(body))}
    response = web.StreamResponse(headers=headers)
    await response.prepare(exchange.http)
    await response.write(half)
    await (forever() if kind == "hang-midbody" else reset(exchange.http))
    return response
