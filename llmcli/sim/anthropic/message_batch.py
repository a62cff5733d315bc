"""One Message Batch: what it says of itself, and its results."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from llmcli.sim.anthropic.vendor import timestamp
from llmcli.sim.batch_runner import Course, Outcome
from llmcli.sim.body import compact
from llmcli.sim.checks import JsonObject
from llmcli.sim.storage import Storage

_DAY_S = 86_400
# What is kept of a row at least: its id, and what became of it.
_BYTES_A_ROW = 128


class MessageBatch:
    """A batch of `count` requests, which came in so many bytes; these are let go of at its end."""

    def __init__(self, name: str, created_at: float, count: int, request_bytes: int, course: Course) -> None:
        self.id = name
        self.count = count
        self.course = course
        self.size = request_bytes + _BYTES_A_ROW * (count + 1)
        self.ended_at: float | None = None
        self._created_at = created_at
        self._canceled_at: float | None = None
        self._request_bytes = request_bytes
        self._counts: Counter[str] = Counter()
        self._lines: list[bytes] = []

    def keep(self, custom_id: str, result: JsonObject, storage: Storage) -> None:
        """Notes the result of a row. One that there is no room for counts as expired."""
        line = _line(custom_id, result)
        if not storage.claim(len(line)):
            self.note(custom_id, "expired")
            return
        self.size += len(line)
        self._counts[result["type"]] += 1
        self._lines.append(line)

    def note(self, custom_id: str, word: Literal["canceled", "expired"]) -> None:
        """Notes that a row has no answer, and why."""
        self._counts[word] += 1
        self._lines.append(_line(custom_id, {"type": word}))

    def cancel(self, now: float) -> None:
        """Has it end soon; one that ended, or is ending, stays as it is."""
        if self.ended_at is None and self._canceled_at is None:
            self._canceled_at = now
            self.course.stop()

    def end(self, now: float, storage: Storage) -> None:
        self.ended_at = now
        self.size -= self._request_bytes
        storage.release(self._request_bytes)

    def results(self) -> bytes:
        """All rows as JSON lines. Their order is not promised, so it is not that of the requests."""
        return b"".join(reversed(self._lines))

    def shape(self, origin: str) -> JsonObject:
        """The batch as its API has it; rows count as processing until all are at their end."""
        ended = self.ended_at is not None
        counts: dict[str, int] = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        counts.update(self._counts if ended else {"processing": self.count})
        return {
            "id": self.id,
            "type": "message_batch",
            "processing_status": "ended" if ended else "in_progress" if self._canceled_at is None else "canceling",
            "request_counts": counts,
            "ended_at": _time(self.ended_at),
            "created_at": _time(self._created_at),
            "expires_at": _time(self._created_at + _DAY_S),
            "archived_at": None,
            "cancel_initiated_at": _time(self._canceled_at),
            "results_url": f"{origin}/v1/messages/batches/{self.id}/results" if ended else None,
        }


def result_of(outcome: Outcome) -> JsonObject | None:
    """The result of a row; None if it was never answered."""
    if outcome.error is None:
        return outcome.answer and {"type": "succeeded", "message": outcome.answer}
    given = outcome.error.error
    error = {**given, "details": {"error_visibility": "user_facing", **given.get("details", {})}}
    return {"type": "errored", "error": {"type": "error", "error": error, "request_id": None}}


def _line(custom_id: str, result: JsonObject) -> bytes:
    return f"{compact({'custom_id': custom_id, 'result': result})}\n".encode()


def _time(moment: float | None) -> str | None:
    return None if moment is None else timestamp(moment)
