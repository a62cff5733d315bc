"""Rows of batches, answered in the background as if each were sent alone, over as long as one answer is to take."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from dataclasses import dataclass, replace

from llmcli.sim import answering
from llmcli.sim.checks import JsonObject
from llmcli.sim.faults import IN_BATCHES, STATUS, FaultPlan
from llmcli.sim.ordered_error import ordered_error
from llmcli.sim.promptcache import PromptCache
from llmcli.sim.request_log import Entry, RequestLog
from llmcli.sim.wire import Api, ApiError

_SHORTEST_WAIT_S = 0.001


@dataclass(frozen=True)
class Row:
    """One request of a batch."""

    custom_id: str
    body: JsonObject


@dataclass(frozen=True)
class Outcome:
    """What became of a row: an answer, an error, or neither, if it is never answered. `entry` is what the log has."""

    custom_id: str
    entry: Entry
    answer: JsonObject | None = None
    error: ApiError | None = None


class Course:
    """The time that a batch takes: so many seconds, or until it is stopped."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._started_at = time.monotonic()
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        self._stopped.set()

    @property
    def stopped(self) -> bool:
        return self._stopped.is_set()

    async def reach(self, share: float) -> bool:
        """Waits until that share of the time is over; False if the batch is stopped before."""
        return await self.wait(self._started_at + self._seconds * share - time.monotonic())

    async def wait(self, seconds: float) -> bool:
        """Waits, and gives others their turn even if there is nothing to wait for; False as above."""
        if seconds < _SHORTEST_WAIT_S:
            await asyncio.sleep(0)
        else:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopped.wait(), seconds)
        return not self.stopped


@dataclass(frozen=True)
class Work:
    """The rows of one batch and the API that answers them. It is at them from one share of its time to another."""

    batch_id: str
    path: str
    api: Api
    headers: Mapping[str, str]
    rows: Iterator[Row]
    count: int
    course: Course
    begins: float = 0.0
    ends: float = 1.0


class BatchRunner:
    """Runs batches with what all requests to a simulator share."""

    def __init__(self, plan: FaultPlan, cache: PromptCache, log: RequestLog, latency_s: float) -> None:
        self._plan = plan
        self._cache = cache
        self._log = log
        self._latency_s = latency_s
        self._tasks: set[asyncio.Task[None]] = set()

    def course(self) -> Course:
        """The time of a batch that starts now."""
        return Course(self._latency_s)

    def start(self, job: Coroutine[None, None, None]) -> None:
        """Lets a batch run in the background."""
        task = asyncio.get_running_loop().create_task(job)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Ends what still runs."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def outcomes(self, work: Work) -> AsyncIterator[Outcome]:
        """The outcomes of all rows in order; once the batch is stopped, `work.rows` has those that were not run."""
        for number in range(1, work.count + 1):
            share = work.begins + (work.ends - work.begins) * number / work.count
            if not await work.course.reach(share):
                return
            yield await self._outcome(next(work.rows), work)

    async def _outcome(self, row: Row, work: Work) -> Outcome:
        vendor = work.api.vendor
        request_id = vendor.new_request_id()
        entry = Entry(work.path, vendor.NAME, request_id=request_id, batch_id=work.batch_id, custom_id=row.custom_id)
        try:
            answer = await self._answer(row, work, entry)
            return Outcome(row.custom_id, entry, answer)
        except ApiError as error:
            entry.status = error.status
            entry.complete = True
            return Outcome(row.custom_id, entry, error=error)
        finally:
            self._log.write(entry)

    async def _answer(self, row: Row, work: Work, entry: Entry) -> JsonObject | None:
        call = work.api.read(row.body, work.headers)
        entry.about(call.request)
        fault = self._plan.draw(call.request, kinds=IN_BATCHES)
        if fault is not None:
            entry.fault = fault.name
            if fault.kind in (STATUS, "quota", "error-event"):
                raise ordered_error(work.api.vendor, fault)
            if fault.kind == "hang" or not await work.course.wait(fault.delay_s):
                return None
        call, generation = answering.begun(replace(call, batched=True), fault, self._cache, entry)
        answer = await answering.whole(work.api, call, generation, fault, entry)
        entry.status, entry.complete = 200, True
        return answer
