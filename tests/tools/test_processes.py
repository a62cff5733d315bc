"""process: whatever ends a tool, nothing of it is left: no process, no zombie, no open file."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmcli.messages import ToolResultPart
from llmcli.tools.run import ToolLimits, run_call, run_calls
from llmcli.tools.spec import LocalTool

from ..helpers import ROOT
from .helpers import (
    PATIENCE_S,
    call,
    children,
    eventually,
    is_alive,
    is_zombie_of_ours,
    local,
    read_pid,
    result_of,
    shell,
)


def family(folder: Path, then: str, name: str = "tool") -> LocalTool:
    """A tool that writes down its own number and that of a child that outlives it, then goes on with `then`."""
    script = f'sleep 300 & echo $! >"$1/{name}.child"; echo $$ >"$1/{name}.pid"; {then}'
    return shell(script, str(folder), name=name)


def assert_all_gone(folder: Path, name: str = "tool") -> None:
    assert not is_zombie_of_ours(read_pid(folder / f"{name}.pid"))
    assert not is_alive(read_pid(folder / f"{name}.pid"))
    child = read_pid(folder / f"{name}.child")
    assert eventually(lambda: not is_alive(child)), "a grandchild lives on"


@pytest.mark.parametrize(
    ("then", "limits"),
    [
        ("wait", ToolLimits(timeout_s=0.5)),
        ("trap '' TERM INT HUP; wait; wait; wait", ToolLimits(timeout_s=0.5)),
        ("cat /dev/zero", ToolLimits(PATIENCE_S)),
        ("exit 3", ToolLimits(PATIENCE_S)),
        ("exit 0", ToolLimits(PATIENCE_S)),
    ],
    ids=["timeout", "timeout with signals ignored", "too much output", "failure", "success"],
)
def test_the_whole_process_group_is_gone_when_there_is_a_result(tmp_path: Path, then: str, limits: ToolLimits) -> None:
    files = len(os.listdir("/proc/self/fd"))
    result = result_of(family(tmp_path, then), limits=limits)
    assert result.is_error == (then != "exit 0")
    assert_all_gone(tmp_path)
    assert len(os.listdir("/proc/self/fd")) == files


def test_a_child_left_in_the_background_does_not_hold_up_the_result(tmp_path: Path) -> None:
    began = time.monotonic()
    result = result_of(family(tmp_path, "echo done"), limits=ToolLimits(timeout_s=100))
    assert result == ToolResultPart("call_1", "done\n")
    assert time.monotonic() - began < PATIENCE_S


def test_a_daemon_that_left_the_group_does_not_hold_up_the_result_either(tmp_path: Path) -> None:
    script = (
        "import os, sys, time\n"
        "print('done', flush=True)\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    open(sys.argv[1], 'w').write(f'{os.getpid()}\\n')\n"
        "    time.sleep(300)\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
    )
    pid_file = tmp_path / "daemon.pid"
    tool = local(sys.executable, "-S", "-c", script, str(pid_file))

    async def run() -> tuple[ToolResultPart, int]:
        """The result, and how many more files are open than before."""
        files = len(os.listdir("/proc/self/fd"))
        result = await run_call(tool, call(), ToolLimits(timeout_s=100), os.environ)
        await asyncio.sleep(0.1)
        return result, len(os.listdir("/proc/self/fd")) - files

    began = time.monotonic()
    result, left_open = asyncio.run(run())
    daemon = read_pid(pid_file)
    try:
        assert (result, left_open) == (ToolResultPart("call_1", "done\n"), 0)
        assert time.monotonic() - began < PATIENCE_S
        assert is_alive(daemon)  # else this test would show nothing
    finally:
        os.kill(daemon, signal.SIGKILL)


def test_cancelling_leaves_nothing_of_several_calls(tmp_path: Path) -> None:
    names = ["a", "b", "c"]
    tools = {name: family(tmp_path, "wait", name) for name in names}

    async def cancelled() -> None:
        calls = [call(name, name) for name in names]
        task = asyncio.create_task(run_calls(tools, calls, ToolLimits(timeout_s=100), os.environ))
        while not all((tmp_path / f"{name}.pid").exists() for name in names):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not any(is_zombie_of_ours(read_pid(tmp_path / f"{name}.pid")) for name in names)

    asyncio.run(cancelled())
    for name in names:
        assert_all_gone(tmp_path, name)


def test_cancelling_leaves_nothing_however_far_the_start_has_come() -> None:
    before = children()

    async def cancelled_after(steps: int) -> None:
        task = asyncio.create_task(run_call(shell("sleep 300"), call(), ToolLimits(timeout_s=100), os.environ))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert children() == before, f"after {steps} steps"

    for steps in range(15):
        asyncio.run(cancelled_after(steps))


def test_ctrl_c_takes_the_tool_along(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, sys\n"
        "from llmcli.messages import Tool, ToolCallPart\n"
        "from llmcli.tools.run import ToolLimits, run_call\n"
        "from llmcli.tools.spec import LocalTool\n"
        "command = ('/bin/sh', '-c', 'sleep 300 & echo $! >tool.child; echo $$ >tool.pid; wait')\n"
        "tool = LocalTool(Tool('t', 'd', {}), command)\n"
        "try: asyncio.run(run_call(tool, ToolCallPart('1', 't', {}), ToolLimits(100), os.environ))\n"
        "except KeyboardInterrupt: sys.exit(130)\n"
    )
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path, env=environ) as process:
        tool, child = read_pid(tmp_path / "tool.pid"), read_pid(tmp_path / "tool.child")
        assert is_alive(tool)
        assert is_alive(child)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 130
    assert eventually(lambda: not is_alive(tool) and not is_alive(child))
