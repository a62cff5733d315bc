"""Records of a document that is too long for one request: chunk by chunk, several at once, given out in its order."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from llmcli.errors import ExitCode, LlmcliError
from llmcli.extract.document.chunks import Chunk
from llmcli.extract.document.merge import Found, Merger

AT_ONCE = 4

Read = Callable[[Chunk], Awaitable[list[Found]]]
"""The records of one chunk; raises LlmcliError."""

# After these, all other chunks would fail alike.
_HOPELESS = (ExitCode.AUTH, ExitCode.CONFIG, ExitCode.BUDGET, ExitCode.SIGINT, ExitCode.SIGTERM, ExitCode.SIGPIPE)


@dataclass(frozen=True)
class FailedChunk:
    """A chunk without records, and why."""

    chunk: Chunk
    error: LlmcliError

    def __str__(self) -> str:
        first, last = self.chunk.byte_range
        return f"bytes {first}-{last}: {self.error.message}"


async def read_chunks(
    chunks: Sequence[Chunk], read: Read, emit: Callable[[Found], None], merger: Merger
) -> list[FailedChunk]:
    """Read all chunks; returns those that failed. Raises at once what would fail all of them."""
    places = asyncio.Semaphore(AT_ONCE)

    async def one(chunk: Chunk) -> list[Found]:
        async with places:
            return await read(chunk)

    tasks = [asyncio.create_task(one(chunk)) for chunk in chunks]
    failed: list[FailedChunk] = []
    try:
        for chunk, task in zip(chunks, tasks, strict=True):
            try:
                records = await task
            except LlmcliError as error:
                if error.exit_code in _HOPELESS:
                    raise
                failed.append(FailedChunk(chunk, error))
                records = []
            for found in merger.add(chunk, records):
                emit(found)
        for found in merger.finish():
            emit(found)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return failed
