"""Anthropic's Message Batches API, below /v1/messages/batches.

From anthropic 2.14 `types/messages/message_batch.py`, platform.claude.com/docs/en/build-with-claude/batch-processing
(2026), and answers of the API that were recorded in public in September 2026.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Mapping

from llmcli.sim.anthropic import vendor as anthropic
from llmcli.sim.anthropic.message_batch import MessageBatch, result_of
from llmcli.sim.anthropic.pages import page_of
from llmcli.sim.anthropic.vendor import invalid, not_found, validate, versioned
from llmcli.sim.anthropic.wire import Messages
from llmcli.sim.batch_runner import BatchRunner, Row, Work
from llmcli.sim.checks import JsonObject, anything, array, mapping, record, text
from llmcli.sim.kept_files import Files
from llmcli.sim.routes import Asked, Bytes, Route
from llmcli.sim.storage import Full, Shelf, Storage
from llmcli.sim.wire import Call, new_id

PATH = "/v1/messages/batches"
_MOST_BYTES = 256 * 1024 * 1024
_CUSTOM_ID = text(1, 64, "^[a-zA-Z0-9_-]{1,64}$")
# The params of each request are looked at when its turn comes.
_CREATE = record(
    {"requests": array(record({"custom_id": _CUSTOM_ID, "params": mapping(anything)}), fewest=1, most=100_000)}
)


class _RowMessages(Messages):
    """The Messages API as it is within a batch: in no stream, and with an answer."""

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call:
        call = super().read(body, headers)
        if call.stream:
            raise invalid('"stream=True" is not supported in the Message Batches API')
        if call.request.max_tokens < 1:
            raise invalid("max_tokens: must be greater than or equal to 1")
        return call


class Batches:
    """All batches of one simulator."""

    def __init__(self, files: Files, storage: Storage, runner: BatchRunner) -> None:
        self._messages = _RowMessages(files)
        self._storage = storage
        self._runner = runner
        self._batches: Shelf[MessageBatch] = Shelf(storage)

    def routes(self) -> tuple[Route, ...]:
        one = f"{PATH}/{{}}"
        return (
            Route("POST", PATH, versioned(self._create), "json", _MOST_BYTES),
            Route("GET", PATH, versioned(self._list)),
            Route("GET", one, versioned(lambda asked: self._batch(asked).shape(asked.origin))),
            Route("DELETE", one, versioned(self._delete)),
            Route("POST", f"{one}/cancel", versioned(self._cancel)),
            Route("GET", f"{one}/results", versioned(self._results)),
        )

    def _create(self, asked: Asked) -> JsonObject:
        validate(_CREATE, asked.body)
        requests = asked.body["requests"]
        seen: set[str] = set()
        for request in requests:
            if request["custom_id"] in seen:
                raise invalid(
                    "requests: custom_id's must be unique within a batch. Duplicate custom_id found:"
                    f" {request['custom_id']}"
                )
            seen.add(request["custom_id"])
        batch = MessageBatch(new_id("msgbatch_01", 22), time.time(), len(requests), asked.size, self._runner.course())
        try:
            self._batches.add(batch.id, batch)
        except Full:
            raise anthropic.storage_full() from None
        headers = {"anthropic-version": asked.headers["anthropic-version"]}
        self._runner.start(self._run(batch, deque(requests), headers))
        return batch.shape(asked.origin)

    def _list(self, asked: Asked) -> JsonObject:
        return page_of(self._batches.newest_first(), lambda batch: batch.shape(asked.origin), asked, "message batch")

    def _delete(self, asked: Asked) -> JsonObject:
        batch = self._batch(asked)
        if batch.ended_at is None:
            raise invalid("In progress batches cannot be deleted. Consider canceling the batch instead.")
        self._batches.remove(batch.id)
        return {"id": batch.id, "type": "message_batch_deleted"}

    def _cancel(self, asked: Asked) -> JsonObject:
        batch = self._batch(asked)
        batch.cancel(time.time())
        return batch.shape(asked.origin)

    def _results(self, asked: Asked) -> Bytes:
        batch = self._batch(asked)
        if batch.ended_at is None:
            raise not_found(f"Message Batch {batch.id} has no available results.")
        return Bytes(batch.results(), "application/x-jsonl")

    def _batch(self, asked: Asked) -> MessageBatch:
        [name] = asked.names
        batch = self._batches.get(name)
        if batch is None:
            raise not_found(f"Message Batch {name} not found.")
        return batch

    async def _run(self, batch: MessageBatch, requests: deque[JsonObject], headers: Mapping[str, str]) -> None:
        rows = _rows(requests)
        work = Work(batch.id, "/v1/messages", self._messages, headers, rows, batch.count, batch.course)
        unanswered = []
        async for outcome in self._runner.outcomes(work):
            result = result_of(outcome)
            if result is None:
                unanswered.append(outcome.custom_id)
            else:
                batch.keep(outcome.custom_id, result, self._storage)
        for custom_id in (*unanswered, *(row.custom_id for row in rows)):
            batch.note(custom_id, "canceled" if batch.course.stopped else "expired")
        batch.end(time.time(), self._storage)


def _rows(requests: deque[JsonObject]) -> Iterator[Row]:
    """The rows, each let go of when its turn comes."""
    while requests:
        request = requests.popleft()
        yield Row(request["custom_id"], request["params"])
