"""One batch as OpenAI has it: openai 3.57 `types/batch.py`, and the lines of its files."""

from __future__ import annotations

import time
from typing import Literal

from llmcli.sim.batch_runner import Course, Outcome
from llmcli.sim.body import compact
from llmcli.sim.checks import JsonObject
from llmcli.sim.wire import new_id

Status = Literal["validating", "failed", "in_progress", "finalizing", "completed", "expired", "cancelling", "cancelled"]
_STAMPS = ("in_progress", "finalizing", "completed", "failed", "expired", "cancelling", "cancelled")
_DAY_S = 86_400
_PROBLEMS_BYTES = 48 * 1024  # at most
_UNANSWERED = {
    "batch_expired": "This request could not be executed before the completion window expired.",
    "batch_cancelled": "This request was not executed because the batch was cancelled.",
}


class Batch:
    """A batch, from what its creation asked for in so many bytes."""

    def __init__(self, asked: JsonObject, asked_bytes: int, course: Course) -> None:
        self.size = asked_bytes + _PROBLEMS_BYTES
        self.id = new_id("batch_", 32).lower()
        self.asked = asked
        self.course = course
        self.status: Status = "validating"
        self.model: str | None = None
        self.output_file_id: str | None = None
        self.error_file_id: str | None = None
        self._created_at = int(time.time())
        self._stamps: dict[str, int] = {}
        self._problems: list[JsonObject] | None = None
        self._total = self._completed = self._failed = 0
        self._input = self._cached = self._output = self._reasoning = 0

    def enter(self, status: Status) -> None:
        """Notes that a state begins now."""
        self.status = status
        self._stamps[status] = int(time.time())

    def begin(self, model: str | None, total: int) -> None:
        self.model, self._total = model, total
        self.enter("in_progress")

    def cancel(self) -> bool:
        """Has it end soon; whether it is, or was, cancelled."""
        if self.status in ("validating", "in_progress", "finalizing"):
            self.enter("cancelling")
            self.course.stop()
        return self.status in ("cancelling", "cancelled")

    def fail(self, problems: list[JsonObject]) -> None:
        self._problems = problems
        self.enter("failed")

    def count(self, outcome: Outcome) -> None:
        """Adds a row that was answered."""
        if outcome.error is not None:
            self._failed += 1
            return
        self._completed += 1
        self._input += outcome.entry.input_tokens
        self._cached += outcome.entry.cache_read_tokens
        self._output += outcome.entry.output_tokens
        self._reasoning += outcome.entry.reasoning_tokens

    def shape(self) -> JsonObject:
        return {
            "id": self.id,
            "object": "batch",
            "endpoint": self.asked["endpoint"],
            "model": self.model,
            "errors": None if self._problems is None else {"object": "list", "data": self._problems},
            "input_file_id": self.asked["input_file_id"],
            "completion_window": self.asked["completion_window"],
            "status": self.status,
            "output_file_id": self.output_file_id,
            "error_file_id": self.error_file_id,
            "created_at": self._created_at,
            "expires_at": self._created_at + _DAY_S,
            **{f"{status}_at": self._stamps.get(status) for status in _STAMPS},
            "request_counts": {"total": self._total, "completed": self._completed, "failed": self._failed},
            "usage": {
                "input_tokens": self._input,
                "input_tokens_details": {"cached_tokens": self._cached},
                "output_tokens": self._output,
                "output_tokens_details": {"reasoning_tokens": self._reasoning},
                "total_tokens": self._input + self._output,
            },
            "metadata": self.asked.get("metadata"),
        }


def line_of(outcome: Outcome) -> bytes | None:
    """The line of a row that was answered, be it with an error; None of one that never was."""
    if outcome.error is not None:
        status, body = outcome.error.status, {"error": outcome.error.error}
    elif outcome.answer is not None:
        status, body = 200, outcome.answer
    else:
        return None
    response = {"status_code": status, "request_id": outcome.entry.request_id, "body": body}
    return _line(outcome.custom_id, response, None)


def unanswered(custom_id: str, code: Literal["batch_expired", "batch_cancelled"]) -> bytes:
    """The line of a row that was not run."""
    return _line(custom_id, None, {"code": code, "message": _UNANSWERED[code]})


def _line(custom_id: str, response: JsonObject | None, error: JsonObject | None) -> bytes:
    line = {"id": new_id("batch_req_", 24), "custom_id": custom_id, "response": response, "error": error}
    return f"{compact(line)}\n".encode()
