"""What one look found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from llmcli.errors import LlmcliError

Status = Literal["ok", "warn", "problem"]


@dataclass(frozen=True)
class Check:
    """A line of the report. `error` is what a call would fail with for this reason; `fix` is what to type."""

    name: str
    status: Status
    detail: str
    fix: str | None = None
    error: LlmcliError | None = None


Checks = Iterator[Check]


def ok(name: str, detail: str) -> Check:
    return Check(name, "ok", detail)


def warn(name: str, detail: str, fix: str) -> Check:
    """What works, but not as it should."""
    return Check(name, "warn", detail, fix)


def problem(name: str, error: LlmcliError, fix: str | None = None) -> Check:
    """What makes calls fail with `error`; without `fix`, its hint says what to do."""
    return Check(name, "problem", error.message, fix or error.hint, error)


def trouble(name: str, error: LlmcliError, fix: str | None = None, *, serious: bool) -> Check:
    """A problem if it is `serious`, otherwise only a warning."""
    found = problem(name, error, fix)
    return found if serious else Check(name, "warn", found.detail, found.fix)
