"""OpenAI's Batch API, below /v1/batches.

From openai 3.57 `types/batch_create_params.py`, developers.openai.com/api/docs/guides/batch (2026), and answers of the
API that were recorded in public in 2025 and 2026.
"""

from __future__ import annotations

from llmcli.sim.batch_runner import BatchRunner
from llmcli.sim.checks import JsonObject, choice, record, text
from llmcli.sim.kept_files import Files
from llmcli.sim.openai.batch import Batch
from llmcli.sim.openai.batch_job import BatchJob
from llmcli.sim.openai.batch_lines import CHAT, RESPONSES
from llmcli.sim.openai.errors import invalid, not_simulated, validate
from llmcli.sim.openai.files import EXPIRY, storage_full
from llmcli.sim.openai.pages import page_of
from llmcli.sim.openai.schema import METADATA
from llmcli.sim.routes import Asked, Route
from llmcli.sim.storage import Full, Shelf, Storage
from llmcli.sim.wire import ApiError

PATH = "/v1/batches"
_MOST_BYTES = 1024 * 1024
_ENDPOINTS = (
    RESPONSES,
    CHAT,
    "/v1/embeddings",
    "/v1/completions",
    "/v1/moderations",
    "/v1/images/generations",
    "/v1/images/edits",
    "/v1/videos",
)
_CREATE = record(
    {"input_file_id": text(1), "endpoint": choice(*_ENDPOINTS), "completion_window": choice("24h")},
    {"metadata": METADATA, "output_expires_after": EXPIRY},
)
_DEFAULT_PER_PAGE, _MOST_PER_PAGE = 20, 100


class Batches:
    """The endpoints of batches."""

    def __init__(self, files: Files, storage: Storage, runner: BatchRunner) -> None:
        self._job = BatchJob(files, storage, runner)
        self._runner = runner
        self._batches: Shelf[Batch] = Shelf(storage)

    def routes(self) -> tuple[Route, ...]:
        one = f"{PATH}/{{}}"
        return (
            Route("POST", PATH, self._create, "json", _MOST_BYTES),
            Route("GET", PATH, self._list),
            Route("GET", one, lambda asked: self._batch(asked).shape()),
            Route("POST", f"{one}/cancel", self._cancel),
        )

    def _create(self, asked: Asked) -> JsonObject:
        validate(_CREATE, asked.body)
        if asked.body["endpoint"] not in (CHAT, RESPONSES):
            raise not_simulated("endpoint", f"a batch of {asked.body['endpoint']}")
        batch = Batch(asked.body, asked.size, self._runner.course())
        try:
            self._batches.add(batch.id, batch)
        except Full:
            raise storage_full() from None
        self._runner.start(self._job.run(batch))
        return batch.shape()

    def _list(self, asked: Asked) -> JsonObject:
        batches = self._batches.newest_first()
        return page_of(batches, Batch.shape, asked, _no_such_batch, _DEFAULT_PER_PAGE, _MOST_PER_PAGE)

    def _cancel(self, asked: Asked) -> JsonObject:
        batch = self._batch(asked)
        if not batch.cancel():
            raise invalid(f"Cannot cancel a batch with status '{batch.status}'.", status=409)
        return batch.shape()

    def _batch(self, asked: Asked) -> Batch:
        [name] = asked.names
        batch = self._batches.get(name)
        if batch is None:
            raise _no_such_batch(name)
        return batch


def _no_such_batch(name: str) -> ApiError:
    return invalid(f"No batch found with id '{name}'.", status=404)
