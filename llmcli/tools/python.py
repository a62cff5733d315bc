"""A Python function as a tool, seen from our process: it is described and called in another one."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from llmcli.errors import UsageError

DESCRIBE_TIMEOUT_S = 30.0

# -P: a json.py or an llmcli/ in the working directory must not be imported instead of the real one.
_CHILD = (sys.executable, "-P", "-m", "llmcli.tools.function")
_CALL = (*_CHILD, "call")


def call_command(file: Path, name: str) -> tuple[str, ...]:
    """The command that calls the function: arguments on stdin, its result on stdout."""
    return (*_CALL, str(file), name)


def shown_command(command: Sequence[str]) -> Sequence[str]:
    """`command` as its user wrote it: `FILE:NAME` for one that came from `call_command`."""
    if tuple(command[: len(_CALL)]) == _CALL and len(command) == len(_CALL) + 2:
        return (f"{command[-2]}:{command[-1]}",)
    return command


def describe_function(spec: str, file: Path, name: str, environ: Mapping[str, str] | None) -> dict[str, Any]:
    """The name, description and input_schema of a function, from its type hints and docstring. Raises UsageError."""
    code, out, err = _run((*_CHILD, "describe", str(file), name), spec, environ)
    try:
        answer: dict[str, Any] = json.loads(out)
    except ValueError:
        last = (err.decode("utf-8", "replace").strip().splitlines() or [f"exit code {code}"])[-1]
        raise UsageError(f"{spec} ended the process that was to read it: {last}") from None
    if "error" in answer:
        raise UsageError(f"{spec}: {answer['error']}", hint=answer["hint"])
    return dict(answer["tool"])


def _run(command: Sequence[str], spec: str, environ: Mapping[str, str] | None) -> tuple[int, bytes, bytes]:
    """Exit code, stdout and stderr; however this ends, the process and all that it started are gone."""
    import subprocess  # late: most tools are no Python functions

    with subprocess.Popen(  # noqa: S603 - this program, given the file that the user named
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ,
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=DESCRIBE_TIMEOUT_S)
        except subprocess.TimeoutExpired as error:
            raise UsageError(
                f"{spec} was not imported within {DESCRIBE_TIMEOUT_S:g} s", hint="do the work inside of the function"
            ) from error
        finally:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
    return process.returncode, out, err
