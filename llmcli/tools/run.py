"""The calls that a model wants made, run on this machine: whatever a tool does, there is a result to send back."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from llmcli.messages import ToolCallPart, ToolResultPart
from llmcli.tools.process import Finished, run_program
from llmcli.tools.shorten import shortened
from llmcli.tools.spec import LocalTool

# A failure is for the model to understand, not to read in full.
STDERR_LINES = 20
MOST_SHOWN = 2000


@dataclass(frozen=True)
class ToolLimits:
    """What one call may take: time, and bytes of stdout."""

    timeout_s: float = 60.0
    max_output_bytes: int = 100_000


async def run_calls(
    tools: Mapping[str, LocalTool], calls: Sequence[ToolCallPart], limits: ToolLimits, environ: Mapping[str, str]
) -> tuple[ToolResultPart, ...]:
    """The results of `calls` in their order, all run at once. Cancelled, it returns when every program is gone."""
    # Not gather(): cancelled, that would not wait for the others to clean up.
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(run_call(tools.get(call.name), call, limits, environ)) for call in calls]
    return tuple(task.result() for task in tasks)


async def run_call(
    tool: LocalTool | None, call: ToolCallPart, limits: ToolLimits, environ: Mapping[str, str]
) -> ToolResultPart:
    """The result of one call; `environ` is all that the program gets of ours. Never raises for what a tool does."""
    if tool is None:
        return _failure(call, f'there is no tool called "{call.name}"')
    if tool.command is None:
        return _failure(call, f'the tool "{call.name}" has no command to run')
    stdin = _arguments(call.arguments)
    try:
        finished = await run_program(tool.command, stdin, environ, limits.timeout_s, limits.max_output_bytes)
    except OSError as error:
        return _failure(call, f"the tool cannot be run: {_why(error, tool.command[0])}")
    except ValueError as error:  # an environment or command that no system call takes
        return _failure(call, f"the tool cannot be run: {error}")
    return _result(call, finished, limits)


def _arguments(arguments: dict[str, Any]) -> bytes:
    """The arguments as one line of JSON: UTF-8 as it is, unless half a surrogate pair in it has to be escaped."""
    try:
        return f"{json.dumps(arguments, ensure_ascii=False)}\n".encode()
    except UnicodeEncodeError:
        return f"{json.dumps(arguments)}\n".encode()


def _result(call: ToolCallPart, finished: Finished, limits: ToolLimits) -> ToolResultPart:
    if finished.too_much:
        size = f"the tool wrote more than {limits.max_output_bytes} bytes and was stopped; ask it for less"
        return _failure(call, size, finished)
    if finished.timed_out:
        return _failure(call, f"the tool did not finish within {limits.timeout_s:g} s and was stopped", finished)
    if finished.code:
        return _failure(call, f"the tool failed with {_exit(finished.code)}", finished)
    return ToolResultPart(call.id, finished.stdout.decode("utf-8", "replace"))


def _failure(call: ToolCallPart, fact: str, finished: Finished | None = None) -> ToolResultPart:
    """An error for the model: what happened, then what the tool had to say."""
    paragraphs = [fact]
    if finished is not None:
        errors = finished.stderr.decode("utf-8", "replace").strip().splitlines()[-STDERR_LINES:]
        output = finished.stdout.decode("utf-8", "replace").strip()
        said = {"stderr": "\n".join(errors)[-MOST_SHOWN:], "stdout": shortened(output, MOST_SHOWN)}
        paragraphs += [f"{name}:\n{text}" for name, text in said.items() if text]
    return ToolResultPart(call.id, "\n\n".join(paragraphs), is_error=True)


def _exit(code: int) -> str:
    if code > 0:
        return f"exit code {code}"
    try:
        return f"signal {signal.Signals(-code).name}"
    except ValueError:
        return f"signal {-code}"


def _why(error: OSError, program: str) -> str:
    if isinstance(error, FileNotFoundError) and "/" not in program:
        return f'no program "{program}" on PATH'
    return f"{program}: {error.strerror or os.strerror(error.errno or 0)}"
