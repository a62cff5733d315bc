"""What was found, for people and for programs."""

from __future__ import annotations

import platform
from collections.abc import Sequence

import llmcli
from llmcli.commands.columns import aligned
from llmcli.commands.doctor.check import Check
from llmcli.errors import ExitCode, one_line
from llmcli.render import SCHEMA_VERSION, error_fields, to_json


def as_text(checks: Sequence[Check]) -> str:
    """A line for each check."""
    return aligned([(check.status, check.name, one_line(_words(check))) for check in checks], left=3)


def as_json(checks: Sequence[Check]) -> str:
    """One object: the head that every result has, and the checks."""
    first = first_problem(checks)
    return to_json(
        {
            "type": "result",
            "schema_version": SCHEMA_VERSION,
            "ok": first is None,
            "command": "doctor",
            "version": llmcli.__version__,
            "python": platform.python_version(),
            "exit_code": int(ExitCode.OK if first is None or first.error is None else first.error.exit_code),
            "checks": [_fields(check) for check in checks],
            "error": None if first is None or first.error is None else error_fields(first.error),
        }
    )


def first_problem(checks: Sequence[Check]) -> Check | None:
    """What makes the exit code: the checks are in the order in which a call would meet what is wrong."""
    return next((check for check in checks if check.error is not None), None)


def _words(check: Check) -> str:
    return check.detail if check.fix is None else f"{check.detail}; fix: {check.fix}"


def _fields(check: Check) -> dict[str, object]:
    return {
        "name": check.name,
        "status": check.status,
        "detail": one_line(check.detail),
        "fix": check.fix,
        "exit_code": None if check.error is None else int(check.error.exit_code),
    }
