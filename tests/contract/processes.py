"""The program as a process that a test can watch, signal and stop listening to."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..helpers import Completed

WAIT_S = 10.0


@dataclass
class Running:
    """A run under way. Its stdin stays open until `end`."""

    process: subprocess.Popen[bytes]
    seen: bytes = b""

    def line(self) -> bytes:
        """The next line of stdout, which is waited for."""
        assert self.process.stdout is not None
        found = self.process.stdout.readline()
        self.seen += found
        return found

    def read_some(self) -> bytes:
        """The next bytes of stdout, which are waited for."""
        assert self.process.stdout is not None
        found = self.process.stdout.read1(100)  # type: ignore[attr-defined]
        self.seen += found
        assert isinstance(found, bytes)
        return found

    def notice(self) -> bytes:
        """The next line of stderr, which is waited for."""
        assert self.process.stderr is not None
        return self.process.stderr.readline()

    def stop_listening(self) -> None:
        assert self.process.stdout is not None
        self.process.stdout.close()

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def end(self) -> Completed:
        """How the run ended; `out` holds all of stdout unless we stopped listening."""
        process = self.process
        assert process.stdout is not None
        assert process.stderr is not None
        out = b"" if process.stdout.closed else process.stdout.read()
        err = process.stderr.read()
        return Completed(process.wait(WAIT_S), (self.seen + out).decode(), err.decode())


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[Running]:
    """`llmcli` with these arguments; whatever happens in the block, the process is gone after it."""
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "llmcli", *arguments]
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as process:
        try:
            yield Running(process)
        finally:
            process.kill()


def wait_until(condition: Callable[[], object]) -> None:
    """Return as soon as the condition holds; fail if it does not for a long time."""
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def untouched(file: Path) -> bool:
    """Whether the file that was there before is there as it was, and nothing unfinished beside it."""
    return file.read_text(encoding="utf-8") == OLD and [path.name for path in file.parent.iterdir()] == [file.name]


OLD = "what was there before\n"


def old_file(folder: Path) -> Path:
    """A file for `-o` in a directory of its own."""
    file = folder / "results" / "out.txt"
    file.parent.mkdir()
    file.write_text(OLD, encoding="utf-8")
    return file
