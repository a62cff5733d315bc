"""An answer in the making: what the prompt cache gives, what a fault makes of it, and what it comes to."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation
from llmcli.sim.faults import Fault
from llmcli.sim.promptcache import CacheUse, PromptCache
from llmcli.sim.request_log import Entry
from llmcli.sim.wire import Api, Call

# Others get their turn after this many tokens of an answer that is not streamed.
_TOKENS_PER_TURN = 2000


def begun(call: Call, fault: Fault | None, cache: PromptCache, entry: Entry) -> tuple[Call, Generation]:
    """The call with what the cache had of it, and its answer; the log's entry gets what comes in."""
    if call.prefixes:
        cached = cache.use(call.prefixes, call.lookback)
        call = replace(call, cached=CacheUse(cached.read) if call.writes_are_free else cached)
    generation = _generation(call, fault)
    entry.input_tokens = generation.input_tokens
    entry.cache_read_tokens, entry.cache_write_tokens = call.cached.read, call.cached.write
    return call, generation


async def whole(
    api: Api,
    call: Call,
    generation: Generation,
    fault: Fault | None,
    entry: Entry,
    tokens_per_second: float | None = None,
) -> JsonObject:
    """The answer at its end; the log's entry gets what came out."""
    pieces = []
    for piece in generation.pieces():
        if piece.kind == "text":
            pieces.append(piece.text)
        if generation.output_tokens % _TOKENS_PER_TURN == 0:
            await asyncio.sleep(0)
    if tokens_per_second:
        await asyncio.sleep(generation.output_tokens / tokens_per_second)
    usage = fault is None or fault.kind != "no-usage"
    answer = api.whole(call, "".join(pieces), generation, usage=usage)
    entry.output_tokens = generation.output_tokens
    entry.reasoning_tokens = generation.reasoning_tokens
    return answer


def _generation(call: Call, fault: Fault | None) -> Generation:
    request = call.request
    if fault is None:
        return Generation(request, call.terms)
    if fault.kind == "max-tokens":
        request = replace(request, max_tokens=min(request.max_tokens, fault.after))
    stop = {"stop": fault.argument, "refusal": "refusal"}.get(fault.kind)
    return Generation(request, replace(call.terms, stop=stop))
