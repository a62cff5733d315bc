"""A job from its first pending row to its last, or to where it has to stop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from llmcli.batch.journal.entries import Loaded, PendingRow, Result
from llmcli.batch.journal.journal import Journal
from llmcli.batch.journal.schema import State
from llmcli.batch.progress.reporters import Reporter
from llmcli.batch.progress.snapshot import Snapshot
from llmcli.batch.rates.circuit import MaxFailures
from llmcli.batch.rows.reader import RowReader
from llmcli.batch.run.flow import Flow, JobOverError, Ride
from llmcli.batch.run.lanes import Lanes
from llmcli.batch.run.lines import line_of, line_of_unsent
from llmcli.batch.run.purse import call_id
from llmcli.errors import LlmcliError, PartialError, UnavailableError, UsageError
from llmcli.messages import Part, Request
from llmcli.render import Outcome

READ_AT_ONCE = 64
TICK_S = 0.2


@dataclass(frozen=True)
class Plan:
    """What is the same for all rows. `most_at_once` rows are looked at, of which fewer may be on their way."""

    base: Request
    files: tuple[Part, ...]
    run: str
    most_at_once: int
    drain_s: float
    max_failures: MaxFailures | None = None
    data: bool = False  # whether answers are data


@dataclass
class Runner:
    """Runs what is pending in the journal. `tick` is called now and then, with the job under way."""

    plan: Plan
    journal: Journal
    reader: RowReader
    flow: Flow
    lanes: Lanes
    loaded: Loaded
    reporter: Reporter
    tick: Callable[[], None] = lambda: None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    reason: LlmcliError | None = None  # why it was stopped
    stopping: bool = False
    done: int = 0  # in this run
    failed: int = 0
    _rides: dict[asyncio.Task[None], Ride] = field(default_factory=dict)
    _room: asyncio.Event = field(default_factory=asyncio.Event)

    def stop(self, reason: LlmcliError | None) -> None:
        """No new rows from now on; what is on its way may come to its end. The first reason counts."""
        if not self.stopping:
            self.stopping, self.reason = True, reason
        self.flow.stopping = True
        self._room.set()

    async def run(self) -> None:
        """All pending rows. When it returns, everything is written; `reason` says why rows are left, if any are."""
        self.flow.books.on_failure = self.stop
        keepers = [asyncio.create_task(self.flow.books.keep()), asyncio.create_task(self._watch())]
        for keeper in keepers:  # nobody awaits them: without this, rows would wait for a journal that nobody writes
            keeper.add_done_callback(self._ended)
        try:
            await self._feed()
            await self._drain()
        finally:
            await _cancelled([*self._rides, *keepers])
            self.flow.books.write()
            await self.lanes.close()

    async def _feed(self) -> None:
        for pending in self._pending():
            while len(self._rides) >= self.plan.most_at_once and not self.stopping:
                self._room.clear()
                await self._room.wait()
            if self.stopping:
                return
            if pending.bad is not None or pending.skipped:
                self._settle_unsent(pending)
                continue
            ride = Ride(pending, call_id(self.plan.run, pending.row), (), own_model=False)
            task = asyncio.create_task(self._carry(ride))
            self._rides[task] = ride
            task.add_done_callback(self._landed)

    def _pending(self) -> Iterator[PendingRow]:
        while rows := self.journal.pending(READ_AT_ONCE):
            yield from rows

    async def _drain(self) -> None:
        """Wait for what is on its way; once the job is stopped, only for what is being answered, and not for ever."""
        while self._rides and not self.stopping:
            self._room.clear()
            await self._room.wait()
        if not self.stopping:
            return
        for task, ride in list(self._rides.items()):
            if not ride.sending:
                task.cancel()
        if self._rides:
            await asyncio.wait(list(self._rides), timeout=self.plan.drain_s)

    async def _carry(self, ride: Ride) -> None:
        """One row to its end. Whatever ends the job is raised."""
        row, plan = ride.row, self.plan
        read = self.reader.again(row.position, row.span, row.content)
        model = read.ask.changes.get("model")
        ride.own_model = model is not None
        ride.api = read.ask.api if "options" in read.ask.changes else None
        try:
            ride.lanes = self.lanes.of(model, read.ask.api)
            request = read.ask.request(plan.base, plan.files)
            outcome = await self.flow.send(ride, request)
        except LlmcliError as error:  # of the row's own: what its API does not have, a model that nobody knows
            outcome = Outcome("batch", model, error=error)
        self._settle(Result(row.row, outcome.error is None, line_of(row.id, outcome, data=plan.data)))

    def _landed(self, task: asyncio.Task[None]) -> None:
        del self._rides[task]
        self._room.set()
        self._ended(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """Stop for whatever has been raised."""
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, JobOverError):
            self.stop(error.reason)
        elif isinstance(error, LlmcliError):
            self.stop(error)
        elif error is not None:
            self.stop(LlmcliError(f"unexpected {type(error).__name__}: {error}", hint="this is a bug; report it"))

    def _settle_unsent(self, row: PendingRow) -> None:
        error: LlmcliError = UsageError(f"line {row.span.line}: {row.bad}")
        if row.skipped:
            error = UnavailableError(
                "an earlier attempt was cut off, and what became of it is unknown",
                hint="--on-unknown retry sends it again",
                retryable=True,
            )
        self._settle(Result(row.row, False, line_of_unsent(row.id, error, data=self.plan.data)))

    def _settle(self, result: Result) -> None:
        self.flow.books.settle(result)
        if result.ok:
            self.done += 1
            return
        self.failed += 1
        most = self.plan.max_failures
        failed = self.failed + self.loaded.failed
        if most is not None and most.exceeded(failed, self.loaded.total):
            self.stop(PartialError(f"{failed:,} rows failed, more than --max-failures allows"))

    async def _watch(self) -> None:
        while True:
            await self.sleep(TICK_S)
            try:
                self.tick()
            except LlmcliError as error:
                self.stop(error)
                self.tick = _nothing
            self.reporter.update(self.snapshot())

    def snapshot(self) -> Snapshot:
        alike, tally = self.journal.alike, self.flow.tally
        return Snapshot(
            total=self.loaded.total,
            done=self.loaded.done + self.done + alike[State.DONE],
            failed=self.loaded.failed + self.failed + alike[State.FAILED],
            in_flight=self.lanes.in_flight(),
            concurrency=self.lanes.concurrency(),
            before=self.loaded.done + self.loaded.failed,
            tokens=tally.tokens,
            spent_usd=tally.spent_usd if tally.priced else None,
            held=self.lanes.held(),
        )


def _nothing() -> None:
    """There is nobody to tell any more."""


async def _cancelled(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """End the tasks now."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
