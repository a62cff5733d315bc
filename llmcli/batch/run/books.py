"""Journal and ledger, written together: many rows share one transaction of each.

Whoever begins an attempt waits until that is on disk. What is over is written with the next of these, or a moment
later; a process that is killed in between leaves attempts whose outcome is unknown, as it does when it is killed
while they are on their way.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from llmcli.batch.journal.entries import Begin, Finish, Result
from llmcli.batch.journal.journal import Journal
from llmcli.errors import LlmcliError
from llmcli.ledger import NO_CHARGE, Cap, Charge, Ledger, OverCapError, Sent, Settled
from llmcli.ledger.book import LedgerUnusableError
from llmcli.ledger.caps import UnknownPriceError

# A row that is about to be sent waits for this, holding a place; a transaction of each takes about half a millisecond.
EVERY_S = 0.005
_REFUSALS = (OverCapError, UnknownPriceError, LedgerUnusableError)


class QueuedLedger(Ledger):
    """A ledger that keeps what is to be completed until it is told to write."""

    waiting: list[tuple[int | None, Sent, Settled]]
    added: Callable[[], None]

    def settle(self, row: int | None, sent: Sent, settled: Settled) -> None:
        self.waiting.append((row, sent, settled))
        self.added()

    def write(self) -> None:
        """Complete them now."""
        while self.waiting:
            super().settle(*self.waiting[0])
            self.waiting.pop(0)


@dataclass
class _Opening:
    """An attempt that is about to be sent, and what becomes of that."""

    row: int
    sent: Sent
    worst_usd: Decimal | None
    charge: Charge
    caps: tuple[Cap, ...]
    unpriced: bool
    done: asyncio.Future[int | None]
    ledger_row: int | None = None
    refused: Exception | None = None
    entered: bool = False


@dataclass
class Books:
    """What one job writes. `on_failure` is told once if the journal cannot be written any more."""

    journal: Journal
    ledger: QueuedLedger
    on_failure: Callable[[LlmcliError], None] = lambda error: None
    on_written: Callable[[int], None] = lambda results: None
    clock: Callable[[], float] = time.monotonic
    attempts: dict[str, int] = field(default_factory=dict)  # the journal's number of a call's last attempt
    _openings: list[_Opening] = field(default_factory=list)
    _finishes: list[Finish] = field(default_factory=list)
    _results: list[Result] = field(default_factory=list)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _written_at: float = -EVERY_S
    _failure: LlmcliError | None = None

    def __post_init__(self) -> None:
        self.ledger.waiting = []
        self.ledger.added = self._wanted.set

    async def open(
        self, row: int, sent: Sent, worst_usd: Decimal | None, charge: Charge, caps: tuple[Cap, ...], *, unpriced: bool
    ) -> int | None:
        """Write down an attempt of the row before it is sent; returns its row in the ledger.

        Raises as `Ledger.begin` does, and UsageError if the journal cannot be written.
        """
        if self._failure is not None:
            raise self._failure
        done: asyncio.Future[int | None] = asyncio.get_running_loop().create_future()
        self._openings.append(_Opening(row, sent, worst_usd, charge, caps, unpriced, done))
        self._wanted.set()
        return await done

    def finish(self, finish: Finish) -> None:
        """An attempt is over."""
        self._finishes.append(finish)
        self._wanted.set()

    def settle(self, result: Result) -> None:
        """A row is settled."""
        self._results.append(result)
        self._wanted.set()

    async def keep(self) -> None:
        """Write whatever there is, a few times a second, until cancelled."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(max(0.0, self._written_at + EVERY_S - self.clock()))
            self.write()

    def write(self) -> None:
        """Write what there is now."""
        self._wanted.clear()
        self._written_at = self.clock()
        openings = [each for each in self._openings if not each.done.cancelled()]
        self._openings = []
        entered = openings if self._failure is None else []  # what is over is written down all the same, if that works
        self._write_ledger(entered)
        self._write_journal([each for each in entered if each.refused is None])
        for each in openings:
            if each.done.done():
                continue
            if (error := each.refused or self._failure) is not None:
                each.done.set_exception(error)

    def _write_ledger(self, openings: list[_Opening]) -> None:
        with self.ledger.together():
            self.ledger.write()
            for each in openings:
                self._enter(each)
        # If the ledger broke meanwhile, it has said so, and what was not entered is not to be.
        self.ledger.write()
        for each in openings:
            if not each.entered:
                self._enter(each)

    def _enter(self, opening: _Opening) -> None:
        try:
            opening.ledger_row = self.ledger.begin(
                opening.sent, opening.charge, opening.caps, unpriced=opening.unpriced
            )
        except _REFUSALS as error:
            opening.refused = error
        opening.entered = True

    def _write_journal(self, openings: list[_Opening]) -> None:
        if not (openings or self._finishes or self._results):
            return
        begins = [Begin(each.row, each.sent.attempt, each.worst_usd) for each in openings]
        try:
            attempts = self.journal.record(begins=begins, finishes=self._finishes, results=self._results)
        except LlmcliError as error:
            self._fail(error, openings)
            return
        for each, attempt in zip(openings, attempts, strict=True):
            if not each.done.done():
                self.attempts[each.sent.call_id] = attempt
                each.done.set_result(each.ledger_row)
        results, self._finishes, self._results = len(self._results), [], []
        self.on_written(results)

    def _fail(self, error: LlmcliError, openings: list[_Opening]) -> None:
        """Nothing of these is sent, so that they cost nothing."""
        for each in openings:
            self.ledger.settle(each.ledger_row, each.sent, Settled(error.kind, charge=NO_CHARGE))
        with contextlib.suppress(LlmcliError):
            self.ledger.write()
        if self._failure is None:
            self._failure = error
            self.on_failure(error)
