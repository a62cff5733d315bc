"""A streamed answer on its way out, at the pace ordered and with the fault ordered."""

from __future__ import annotations

import asyncio
import time

from aiohttp import web

from llmcli.sim.connection import forever, reset
from llmcli.sim.engine import Generation
from llmcli.sim.exchange import Exchange, Pace
from llmcli.sim.faults import Fault
from llmcli.sim.ordered_error import ordered_error
from llmcli.sim.request_log import Entry
from llmcli.sim.wire import Api, Call

SSE = "text/event-stream; charset=utf-8"
_FLUSH_BYTES = 8192
_ENDS_A_STREAM = ("hang-midbody", "drop-midstream", "early-close", "error-event", "truncated-json")


async def stream(
    exchange: Exchange, api: Api, call: Call, generation: Generation, fault: Fault | None, pace: Pace
) -> web.StreamResponse:
    """The answer as server-sent events, to its end or to where the fault breaks it."""
    ends = fault if fault and fault.kind in _ENDS_A_STREAM else None
    exchange.entry.status = 200
    headers = {**exchange.headers(), "Content-Type": SSE, "Cache-Control": "no-cache"}
    response = web.StreamResponse(headers=headers)
    await response.prepare(exchange.http)
    outlet = _Outlet(response, exchange.entry, generation, pace)
    chunks = api.events(call, generation, usage=fault is None or fault.kind != "no-usage")
    number = 0
    for chunk in chunks:
        if ends and (chunk.terminal or (chunk.tokens and outlet.tokens >= ends.after)):
            await outlet.flush()
            await _end_badly(exchange, api, outlet, ends, chunk.data, number)
            return response
        await outlet.send(chunk.data, chunk.tokens)
        number += bool(chunk.data)
    await outlet.flush()
    exchange.entry.complete = True
    return response


class _Outlet:
    """Sends a stream at its pace, in pieces large enough not to waste time on each token."""

    def __init__(self, response: web.StreamResponse, entry: Entry, generation: Generation, pace: Pace) -> None:
        self.tokens = 0
        self._response = response
        self._entry = entry
        self._generation = generation
        self._per_second = pace.tokens_per_second
        self._buffer = bytearray()
        self._started_at = time.monotonic()

    async def send(self, data: bytes, tokens: int) -> None:
        if tokens and self._per_second:
            wait_s = self._started_at + self.tokens / self._per_second - time.monotonic()
            if wait_s > 0:
                await self.flush()
                await asyncio.sleep(wait_s)
        self._buffer += data
        self.tokens += tokens
        if len(self._buffer) >= _FLUSH_BYTES:
            await self.flush()

    async def flush(self) -> None:
        """Send what is held back; others get their turn, so that no stream can starve them."""
        if self._buffer:
            await self._response.write(bytes(self._buffer))
            self._buffer.clear()
            self._entry.output_tokens = self.tokens
            self._entry.reasoning_tokens = self._generation.reasoning_tokens
            await asyncio.sleep(0)

    async def write(self, data: bytes) -> None:
        await self._response.write(data)


async def _end_badly(
    exchange: Exchange, api: Api, outlet: _Outlet, fault: Fault, next_data: bytes, number: int
) -> None:
    match fault.kind:
        case "hang-midbody":
            await forever()
        case "drop-midstream":
            await reset(exchange.http)
        case "error-event":
            error = ordered_error(exchange.vendor, fault)
            await outlet.write(api.error_event(error, exchange.entry.request_id, number))
        case "truncated-json":
            await outlet.write(next_data[: len(next_data) * 2 // 3])
