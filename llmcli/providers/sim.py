"""The simulator as a provider, in this process: no key, no network, no SDK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from llmcli.errors import UsageError
from llmcli.messages import Delta, Event, Reply, Request, Started, Usage
from llmcli.providers.base import Endpoint, WireRequest
from llmcli.sim import engine


class SimProvider:
    """Answers from the request alone, always the same."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def prepare(self, request: Request) -> None:
        """There is nothing to load."""

    async def complete(self, request: Request) -> Reply:
        return engine.answer(request, _terms(request))

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        generation = engine.Generation(request, _terms(request))
        yield Started(request.model, None, Usage(input_tokens=generation.input_tokens))
        for piece in generation.pieces():
            if piece.kind != "call":
                yield Delta(piece.text, piece.kind)
            await asyncio.sleep(0)  # so that deadlines and signals get their turn
        yield generation.reply("")

    async def count_tokens(self, request: Request) -> int | None:
        return engine.Generation(request, _terms(request)).input_tokens

    async def reach(self, within_s: float) -> None:
        """It is in this process."""

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        raise UsageError(
            "the simulator is called in this process, there is no request to print",
            hint="name a real model; no key is needed for --print-request",
        )


def _terms(request: Request) -> engine.Terms:
    wanted = request.output_schema
    return engine.Terms(schema=None if wanted is None else wanted.schema)
