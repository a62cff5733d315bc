"""How a batch of OpenAI's runs: its file is checked, its rows are answered, and their lines become files."""

from __future__ import annotations

from typing import Literal

from llmcli.sim.batch_runner import BatchRunner, Work
from llmcli.sim.kept_files import Files, KeptFile
from llmcli.sim.openai import vendor as openai
from llmcli.sim.openai.batch import Batch, line_of, unanswered
from llmcli.sim.openai.batch_lines import CHAT, RESPONSES, Lines, problem
from llmcli.sim.openai.chat_wire import ChatCompletions
from llmcli.sim.openai.files import BATCH, keep
from llmcli.sim.openai.responses_wire import Responses
from llmcli.sim.storage import Storage
from llmcli.sim.wire import Api, ApiError

# Which shares of a batch's time are over when its file is checked, and when its rows are answered.
_CHECKED, _ANSWERED = 0.25, 0.75


class _Results:
    """Lines of files to be, as far as there is room for them."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        self._claimed = 0
        self.output: list[bytes] = []
        self.errors: list[bytes] = []

    def add(self, line: bytes, *, error: bool) -> bool:
        """Whether there was room for a line."""
        if not self._storage.claim(len(line)):
            return False
        self._claimed += len(line)
        (self.errors if error else self.output).append(line)
        return True

    def release(self) -> None:
        """Gives the room back, for the files to take it."""
        self._storage.release(self._claimed)
        self._claimed = 0


class BatchJob:
    """Runs batches, whose rows are answered as the endpoints themselves would."""

    def __init__(self, files: Files, storage: Storage, runner: BatchRunner) -> None:
        self._files = files
        self._storage = storage
        self._runner = runner
        self._apis: dict[str, Api] = {CHAT: ChatCompletions(files), RESPONSES: Responses(files)}

    async def run(self, batch: Batch) -> None:
        """The batch from its creation to its end."""
        name = batch.asked["input_file_id"]
        kept = self._files.get(name)
        if kept is None or kept.purpose != BATCH:
            problems = [problem("invalid_request", _why_not(name, kept), "file_id")]
            lines = None
        else:
            lines = Lines(kept.data, batch.asked["endpoint"])
            problems = await lines.problems()
        if not await batch.course.reach(_CHECKED):
            batch.enter("cancelled")
        elif lines is None or problems:
            batch.fail(problems)
        else:
            await self._answer(batch, lines)

    async def _answer(self, batch: Batch, lines: Lines) -> None:
        batch.begin(lines.model, lines.count)
        results = _Results(self._storage)
        left: list[str] = []
        rows, endpoint = lines.rows(), batch.asked["endpoint"]
        api = self._apis[endpoint]
        work = Work(batch.id, endpoint, api, {}, rows, lines.count, batch.course, _CHECKED, _ANSWERED)
        async for outcome in self._runner.outcomes(work):
            line = line_of(outcome)
            if line is not None and results.add(line, error=outcome.error is not None):
                batch.count(outcome)
            else:
                left.append(outcome.custom_id)
        left += [row.custom_id for row in rows]
        if not batch.course.stopped:
            batch.enter("finalizing")
            await batch.course.reach(1.0)
        self._end(batch, results, left)

    def _end(self, batch: Batch, results: _Results, left: list[str]) -> None:
        stopped = batch.course.stopped
        why: Literal["batch_cancelled", "batch_expired"] = "batch_cancelled" if stopped else "batch_expired"
        results.errors += [unanswered(custom_id, why) for custom_id in left]
        results.release()
        try:
            batch.output_file_id = self._file(batch, "output", results.output)
            batch.error_file_id = self._file(batch, "error", results.errors)
        except ApiError as error:
            batch.fail([problem("storage_quota_exceeded", error.error["message"])])
            return
        batch.enter("cancelled" if stopped else "expired" if left else "completed")

    def _file(self, batch: Batch, kind: str, lines: list[bytes]) -> str | None:
        """The id of the file that these lines are, if there are any. Their order is not that of the rows."""
        if not lines:
            return None
        lifetime_s = (batch.asked.get("output_expires_after") or {}).get("seconds")
        data = b"".join(reversed(lines))
        name = f"{batch.id}_{kind}.jsonl"
        return keep(self._files, name, "application/jsonl", data, "batch_output", lifetime_s).id


def _why_not(name: str, kept: KeptFile | None) -> str:
    if kept is None:
        return f"Cannot find file {name}, or organization {openai.ORGANIZATION} does not have access to it."
    return f"File {name} has the purpose '{kept.purpose}', but a batch takes one of purpose '{BATCH}'."
