"""What became of one row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

from llmcli.errors import LlmcliError
from llmcli.messages import Basis, StopReason, Usage

T = TypeVar("T")


@dataclass(frozen=True)
class RowResult(Generic[T]):
    """One row's answer, or the `error` why there is none. `text` and `data` are as with `ask` and `extract`.

    `same_as` is the id of a row that asked the same, whose answer this is; it was paid for once.
    """

    id: str
    ok: bool
    text: str | None
    data: T | None
    model: str | None
    model_resolved: str | None
    stop_reason: StopReason | None
    usage: Usage
    cost_usd: Decimal | None
    cost_basis: Basis
    attempts: int
    error: LlmcliError | None = None
    same_as: str | None = None


def row_of(line: Mapping[str, Any], made: Callable[[Any], T]) -> RowResult[T]:
    """The result that a line of `llmcli batch` tells; `made` makes of its data what the caller wants."""
    data, usd, stop = line.get("data"), line["cost"]["usd"], line["stop_reason"]
    return RowResult(
        line["id"],
        line["ok"],
        line.get("text"),
        made(data) if line["ok"] and "data" in line else None,
        line["model"],
        line["model_resolved"],
        None if stop is None else StopReason(stop),
        Usage(**line["usage"]),
        None if usd is None else Decimal(usd),
        line["cost"]["basis"],
        line["attempts"],
        None if line["error"] is None else _error(line["error"]),
        line.get("same_as"),
    )


def _error(told: Mapping[str, Any]) -> LlmcliError:
    """The error of the class that the line names."""
    classes = {each.exit_code.name.lower(): each for each in LlmcliError.__subclasses__()}
    return classes.get(told["class"], LlmcliError)(
        told["message"],
        hint=told["hint"],
        status=told["status"],
        retryable=told["retryable"],
        retry_after_s=told["retry_after_s"],
    )
