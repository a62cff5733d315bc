"""A row's line of the output: one JSON object, with the envelope's words for what is the same there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from llmcli.batch.journal.entries import Answer
from llmcli.batch.journal.written import DamagedError
from llmcli.errors import LlmcliError
from llmcli.render import Outcome, envelope, to_json

_TAKEN = (
    "ok", "model", "model_resolved", "data", "text", "reasoning", "tool_calls", "stop_reason", "usage", "cost",
    "request_id", "attempts", "latency_ms", "error",
)  # fmt: skip
_OPTIONAL = {"reasoning", "tool_calls"}
# Of an answer that is to be data there is text only if none could be made of it.
_OPTIONAL_OF_DATA = _OPTIONAL | {"text"}


def line_of(row_id: str, outcome: Outcome, *, data: bool = False) -> str:
    """The line without its end; `data` says that the answer is to be data."""
    found = envelope(outcome)
    optional = _OPTIONAL
    if data:
        found["data"], optional = outcome.data, _OPTIONAL_OF_DATA
    kept = {name: found[name] for name in _TAKEN if name in found and (name not in optional or found[name])}
    line = to_json({"id": row_id, **kept}).rstrip("\n")
    return line.encode("utf-8", "replace").decode()  # a journal cannot hold half of a surrogate pair


def line_of_unsent(row_id: str, error: LlmcliError, *, data: bool = False) -> str:
    """The line of a row that failed before anything was sent for it."""
    return line_of(row_id, Outcome("batch", error=error), data=data)


def printed(answer: Answer, source: Mapping[str, Any] | None) -> str:
    """An answer's line as it goes out; with `source`, the row that was asked is part of it. Raises DamagedError."""
    line = answer.line
    if answer.copied:
        try:
            found = json.loads(line)
            found |= {"id": answer.id, "same_as": found["id"], "cost": _FREE | {"prices": found["cost"]["prices"]}}
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise DamagedError("a result", line) from error
        line = to_json(found).rstrip("\n")
    if source is None:
        return line + "\n"
    return f'{line[:-1]}, "input": {to_json(source).rstrip()}}}\n'


# What is answered by another row's answer was not paid for again.
_FREE = {"usd": "0", "basis": "measured"}
