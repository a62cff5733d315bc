"""One program, run to its end or to a limit, of which nothing is left afterwards."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import IO, cast

STDERR_KEPT_BYTES = 16_384
# How long to wait for output that is still in a pipe, if somebody who left the process group keeps that open.
DRAIN_S = 1.0


@dataclass(frozen=True)
class Finished:
    """How a program ended: `code` is negative for a signal. `stdout` is cut at the limit, `stderr` is its end."""

    code: int
    stdout: bytes
    stderr: bytes
    timed_out: bool
    too_much: bool


async def run_program(
    command: Sequence[str], stdin: bytes, environ: Mapping[str, str], timeout_s: float, max_stdout_bytes: int
) -> Finished:
    """Run `command` without a shell, in a process group of its own, which is killed when this returns or is cancelled.

    Raises OSError or ValueError if it cannot be started.
    """
    # stdin is a file, not a pipe: there is nothing to feed, so that no program can block us by not reading.
    with tempfile.TemporaryFile() as file:
        file.write(stdin)
        file.seek(0)
        async with _running(command, file, environ, max_stdout_bytes) as program:
            in_time = await _within(timeout_s, program.ended)
            # What it left in the background would hold the pipes open, and stay behind.
            program.kill_group()
            await program.exited.wait()
            await _within(DRAIN_S, program.drained)
    return Finished(program.code, bytes(program.stdout), bytes(program.stderr), not in_time, program.too_much)


class _Program(asyncio.SubprocessProtocol):
    """A running program and what it has written so far.

    Not asyncio.subprocess.Process: some versions of Python let its wait() wait for the pipes as well, which a
    grandchild may hold open for ever.
    """

    transport: asyncio.SubprocessTransport

    def __init__(self, max_stdout_bytes: int) -> None:
        self.stdout, self.stderr = bytearray(), bytearray()
        self.exited, self.drained = asyncio.Event(), asyncio.Event()
        self.ended = asyncio.Event()  # it has exited, or written too much
        self.too_much = False
        self._max_stdout_bytes = max_stdout_bytes
        self._open = {1, 2}
        self._killed = False

    @property
    def code(self) -> int:
        code = self.transport.get_returncode()
        assert code is not None
        return code

    def kill_group(self) -> None:
        """Kill the program and what it has started; once only, for its number may go to somebody else afterwards."""
        if not self._killed:
            self._killed = True
            # PermissionError: macOS says so of a group of which only zombies are left.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.transport.get_pid(), signal.SIGKILL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.SubprocessTransport, transport)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self.stderr += data
            del self.stderr[:-STDERR_KEPT_BYTES]
        elif not self.too_much:
            self.stdout += data
            if len(self.stdout) > self._max_stdout_bytes:
                del self.stdout[self._max_stdout_bytes :]
                self.too_much = True
                self.ended.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open.discard(fd)
        if not self._open:
            self.drained.set()

    def process_exited(self) -> None:
        self.exited.set()
        self.ended.set()


@asynccontextmanager
async def _running(
    command: Sequence[str], stdin: IO[bytes], environ: Mapping[str, str], max_stdout_bytes: int
) -> AsyncIterator[_Program]:
    """A program that has been started. However the block is left, its process group is killed and it is reaped."""
    loop = asyncio.get_running_loop()

    async def start() -> _Program:
        _, program = await loop.subprocess_exec(
            lambda: _Program(max_stdout_bytes), *command, stdin=stdin, env=environ, start_new_session=True
        )
        return program

    # Shielded, for cancelling a start half way would kill the program but not what it has started by then.
    starting = loop.create_task(start())
    try:
        yield await asyncio.shield(starting)
    finally:
        program = await starting
        program.kill_group()
        await program.exited.wait()
        program.transport.close()


async def _within(timeout_s: float, event: asyncio.Event) -> bool:
    """Whether `event` came in time."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        return False
    return True
