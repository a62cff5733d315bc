"""`extract --many`: from one request, or from one for each chunk of a long document, to printed records."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from llmcli.commands.extract.printing import Printer
from llmcli.errors import LlmcliError, PartialError
from llmcli.extract.asking import Asking, NothingFitsError
from llmcli.extract.document.chunks import Chunk
from llmcli.extract.document.long import FailedChunk, read_chunks
from llmcli.extract.document.merge import Found, Merger
from llmcli.extract.document.parts import with_chunk
from llmcli.extract.many import Records, Slot
from llmcli.extract.quoting.sourced import Place, Sourced
from llmcli.messages import Request

_NAMED = 5


@dataclass
class Many:
    """Prints the records of a request; `keep_invalid` gets the texts of those that did not fit."""

    asking: Asking
    request: Request
    printer: Printer
    sourced: Sourced | None
    keep_invalid: Callable[[str], None]
    note: Callable[[str], None]

    async def run(self, chunks: Sequence[Chunk], key: Callable[[Any], Any] | None) -> None:
        """Raises what went wrong; what fits is printed all the same."""
        if not chunks:
            await self._whole()
            return
        self.note(f"the document is read in {len(chunks)} chunks")
        broken: list[Slot] = []
        merger = Merger(key)

        async def read(chunk: Chunk) -> list[Found]:
            found: list[Found] = []
            emit = _Placed(self.sourced, lambda record, span: found.append(Found(record, span)), (0, chunk.start))
            records = Records(self.asking, with_chunk(self.request, chunk, chunks[-1].number), emit)
            try:
                await records.run()
            except LlmcliError as error:
                if not found:
                    raise
                failed.append(FailedChunk(chunk, error))  # and yet not nothing: what came of it counts
            broken.extend(records.failed)
            return found

        failed: list[FailedChunk] = []
        failed += await read_chunks(chunks, read, lambda found: self.printer.record(found.record), merger)
        self._settle(broken, failed, len(chunks))

    async def _whole(self) -> None:
        emit = _Placed(self.sourced, lambda record, _: self.printer.record(record))
        records = Records(self.asking, self.request, emit)
        try:
            await records.run()
        finally:
            if records.failed:
                self.keep_invalid("\n".join(slot.text for slot in records.failed))
        self._settle(records.failed, [], 1)

    def _settle(self, broken: list[Slot], failed: list[FailedChunk], chunks: int) -> None:
        """Raise an error that names what is missing, if anything is."""
        facts = []
        if failed:
            named = "; ".join(str(each) for each in sorted(failed, key=lambda each: each.chunk.number)[:_NAMED])
            facts.append(f"{len(failed)} of {chunks} chunks failed: {named}")
        if broken:
            self.keep_invalid("\n".join(slot.text for slot in broken))
            problems = [
                replace(each, pointer=f"/{slot.number - 1}{each.pointer}") for slot in broken for each in slot.problems
            ]
            error = NothingFitsError(problems, "")
            if not self.printer.count and not failed:
                raise error
            facts.append(f"{len(broken)} of {len(broken) + self.printer.count} records are left out: {error.message}")
        if facts:
            if len(failed) == chunks and not self.printer.count:
                raise failed[0].error
            raise PartialError("; ".join(facts), hint="the rest was printed")


class _Placed:
    """Gives records on with their evidence, each looked for behind the one before it."""

    def __init__(
        self, sourced: Sourced | None, emit: Callable[[Any, tuple[int, int] | None], None], near: Place = (0, 0)
    ) -> None:
        self._sourced = sourced
        self._emit = emit
        self._near = near

    def __call__(self, value: Any) -> None:
        if self._sourced is None:
            self._emit(value, None)
            return
        record, place, match = self._sourced.attached(value, self._near)
        self._near = place or self._near
        self._emit(record, (match.start, match.end) if match and place and place[0] == 0 else None)
