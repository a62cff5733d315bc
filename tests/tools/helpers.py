"""Tools made of shell scripts, and what is left of their processes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from llmcli.messages import Tool, ToolCallPart, ToolResultPart
from llmcli.tools.run import ToolLimits, run_call
from llmcli.tools.spec import LocalTool, load_tools

PATIENCE_S = 20.0
SCHEMA: dict[str, Any] = {"type": "object", "properties": {}}


def local(*command: str, name: str = "tool") -> LocalTool:
    return LocalTool(Tool(name, "does it", SCHEMA), command or None)


def load_tool(spec: str) -> LocalTool:
    """The one tool that `spec` names."""
    [tool] = load_tools([spec])
    return tool


def shell(script: str, *arguments: str, name: str = "tool") -> LocalTool:
    """A tool that is a shell script; `arguments` are its $1, $2, …"""
    return local("/bin/sh", "-c", script, "sh", *arguments, name=name)


def module(folder: Path, code: str, name: str = "mine.py") -> str:
    """The path of a new Python file."""
    (folder / name).write_text(code)
    return str(folder / name)


def call(name: str = "tool", call_id: str = "call_1", **arguments: Any) -> ToolCallPart:
    return ToolCallPart(call_id, name, arguments)


def result_of(
    tool: LocalTool | None,
    made: ToolCallPart | None = None,
    limits: ToolLimits | None = None,
    environ: Mapping[str, str] | None = None,
) -> ToolResultPart:
    """What `run_call` gives, in an event loop of its own."""
    given = dict(os.environ) if environ is None else environ
    return asyncio.run(run_call(tool, made or call(), limits or ToolLimits(timeout_s=PATIENCE_S), given))


def is_alive(pid: int) -> bool:
    """Whether `pid` runs; one that has ended counts as dead, also before init has reaped it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def is_zombie_of_ours(pid: int) -> bool:
    """Whether `pid` is still a child of this process, running or not."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


def children() -> set[int]:
    """The direct children of this process, zombies included."""
    found = set()
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(fields[1]) == os.getpid():
            found.add(int(stat.parent.name))
    return found


def eventually(claim: Callable[[], bool]) -> bool:
    """Whether `claim` comes true in time."""
    deadline = time.monotonic() + PATIENCE_S
    while not claim():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def read_pid(file: Path) -> int:
    """The number that a tool writes into `file` sooner or later."""
    assert eventually(lambda: file.exists() and file.read_text().endswith("\n")), f"{file} was never written"
    return int(file.read_text())
