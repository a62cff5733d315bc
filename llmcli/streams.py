"""stdin, stdout and stderr of one run: who is a terminal, and how to write without doing harm.

A `Streams` is built for each run, never at import, so that tests and library users can pass their own.
stdout is data and only data; everything said to a person goes to stderr, with known secrets masked.
"""

from __future__ import annotations

import errno
import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from llmcli.errors import ClosedPipeError, TimedOutError, UsageError, one_line, visible

NOTICE_AFTER_S = 3.0
CHUNK_BYTES = 1 << 16
LONGEST_WAIT_S = 1e9  # more does not fit into the system call
# Shorter strings cannot be told from ordinary text, and masking them would garble every message.
SHORTEST_SECRET = 6
MASK = "***"


@dataclass
class Streams:
    """The three streams as bytes, and what is known about them.

    `verbosity` is 0 by default, 1 for `-v`, 2 for `-vv`, -1 for `-q`. `raw` writes a model's control characters
    to a terminal as they are.
    """

    stdin: BinaryIO | None
    stdout: BinaryIO | None
    stderr: BinaryIO | None
    stdin_is_tty: bool = False
    stdout_is_tty: bool = False
    stderr_is_tty: bool = False
    verbosity: int = 0
    raw: bool = False
    clock: Callable[[], float] = time.monotonic
    _secrets: set[str] = field(default_factory=set)
    _lost: UsageError | None = None  # why nothing more can be written to stdout

    @classmethod
    def of_process(cls) -> Streams:
        """The streams this process was started with; one that was closed (`<&-`) is None."""
        stdin, stdout, stderr = sys.stdin, sys.stdout, sys.stderr
        return cls(
            stdin=stdin.buffer if stdin else None,
            stdout=stdout.buffer if stdout else None,
            stderr=stderr.buffer if stderr else None,
            stdin_is_tty=bool(stdin) and stdin.isatty(),
            stdout_is_tty=bool(stdout) and stdout.isatty(),
            stderr_is_tty=bool(stderr) and stderr.isatty(),
        )

    def hide(self, secret: str) -> None:
        """From now on, show `secret` as `***` wherever it would be said."""
        if len(secret) >= SHORTEST_SECRET:
            self._secrets.add(secret)

    def mask(self, text: str) -> str:
        """`text` without the secrets known so far."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        return text

    def write(self, text: str) -> None:
        """Write data to stdout and flush; at a terminal, control characters are shown, not obeyed.

        Raises ClosedPipeError when nobody reads any more, UsageError when the disk or device is full; from then on
        for whatever is written.
        """
        if self.stdout is None:
            raise self._lost or ClosedPipeError("stdout is closed")
        if self.stdout_is_tty and not self.raw:
            text = visible(text)
        try:
            _write_all(self.stdout, text.encode("utf-8", "replace"))
        except BrokenPipeError as error:
            self.abandon_stdout()
            raise ClosedPipeError("stdout is closed") from error
        except OSError as error:
            self.abandon_stdout()
            self._lost = UsageError(f"cannot write to stdout: {error.strerror}")
            raise self._lost from error

    def abandon_stdout(self) -> None:
        """Point stdout at nothing, so that the interpreter's last flush cannot fail again."""
        if self.stdout is not None and sys.stdout is not None and self.stdout is sys.stdout.buffer:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        self.stdout = None

    def say(self, text: str) -> None:
        """One line on stderr, whatever the verbosity: errors, and what the user asked to see."""
        self._stderr_write(f"{self.mask(one_line(text))}\n")

    def note(self, text: str) -> None:
        """One line on stderr, unless `-q`: what a person would want to know."""
        if self.verbosity >= 0:
            self.say(f"llmcli: {text}")

    def detail(self, text: str) -> None:
        """One line on stderr with `-v`."""
        if self.verbosity >= 1:
            self.say(f"llmcli: {text}")

    def block(self, text: str) -> None:
        """Several lines on stderr, such as a traceback, masked and made visible."""
        self._stderr_write(visible(self.mask(text)))

    def confirm(self, question: str) -> bool:
        """Ask a person at the terminal; only a plain yes is one."""
        if self.stdin is None:
            return False
        self._stderr_write(f"{visible(self.mask(one_line(question)))} [y/N] ")
        return self.stdin.readline().strip().lower() in (b"y", b"yes")

    def _stderr_write(self, text: str) -> None:
        if self.stderr is None:
            return
        try:
            _write_all(self.stderr, text.encode("utf-8", "replace"))
        except OSError:
            # Nobody can be told any more; the exit code still says what happened.
            self.stderr = None

    def read_stdin(self, deadline: float | None = None) -> bytes:
        """All of stdin, however slow its producer; says once on stderr that it is waiting.

        `deadline` is a reading of `clock` after which TimedOutError is raised; UsageError if it cannot be read.
        """
        if self.stdin is None:
            return b""
        self._wait_for_stdin(deadline)
        try:
            if deadline is None:
                return self.stdin.read()
            return b"".join(iter(lambda: self._read_chunk(deadline), b""))
        except OSError as error:
            raise UsageError(f"cannot read stdin: {error.strerror}", hint="use -n if there is none to read") from error

    def stdin_lines(self) -> Iterator[bytes]:
        """stdin's lines as they come, without their line ends."""
        if self.stdin is None:
            return
        self._wait_for_stdin(None)
        for line in iter(self.stdin.readline, b""):
            yield line.rstrip(b"\r\n")

    def _wait_for_stdin(self, deadline: float | None) -> None:
        """Return at the first byte; before that, tell the user once what we are waiting for."""
        left = NOTICE_AFTER_S if deadline is None else min(NOTICE_AFTER_S, deadline - self.clock())
        if self._readable(left) or (deadline is not None and self.clock() >= deadline):
            return
        self.note("waiting for stdin; use -n if there is none to read")

    def _read_chunk(self, deadline: float) -> bytes:
        assert self.stdin is not None
        if not self._readable(deadline - self.clock()):
            raise TimedOutError("stdin did not end before the deadline", hint="raise --deadline, or use -n")
        read1: Callable[[int], bytes] = getattr(self.stdin, "read1", self.stdin.read)
        return read1(CHUNK_BYTES)

    def _readable(self, timeout_s: float) -> bool:
        assert self.stdin is not None
        try:
            ready, _, _ = select.select([self.stdin.fileno()], [], [], min(max(0.0, timeout_s), LONGEST_WAIT_S))
        except (OSError, ValueError):
            return True  # no file descriptor behind it, such as BytesIO: reading will not block
        return bool(ready)


def _write_all(stream: BinaryIO, data: bytes) -> None:
    """Write `data` and flush. A stream that is not buffered, as with PYTHONUNBUFFERED, may take a part at a time."""
    left = memoryview(data)
    while left:
        taken = stream.write(left)
        if not taken:  # it would have to wait, and was told not to
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        left = left[taken:]
    stream.flush()
