"""`llmcli chat` at a real pseudo-terminal."""

from __future__ import annotations

import io
import os
import re
import shlex
import sys
from collections.abc import Callable, Mapping

import pexpect

# The editor switches bracketed paste on when it is ready to read, and off when it has read.
READY = "\x1b[?2004h"
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\r\b]")
WAIT_S = 20

Key = str
ENTER: Key = "\r"
NEW_LINE: Key = "\x1b\r"  # Alt-Enter
CTRL_C: Key = "\x03"
CTRL_D: Key = "\x04"
UP: Key = "\x1b[A"

StartTerminal = Callable[..., "Terminal"]


def plain(text: str) -> str:
    """What a terminal's output says, without what it says to the terminal."""
    return _CONTROL.sub("", text)


class Terminal:
    """A conversation at a terminal. `after` is shell text behind the command, such as a redirection."""

    def __init__(self, *arguments: str, after: str = "", env: Mapping[str, str] | None = None) -> None:
        command = shlex.join([sys.executable, "-m", "llmcli", "chat", *arguments])
        # Nobody here answers a terminal's questions about the cursor.
        environ = {**os.environ, "PROMPT_TOOLKIT_NO_CPR": "1", "TERM": "xterm", **(env or {})}
        self._child = pexpect.spawn(
            "/bin/sh",
            ["-c", f"exec {command} {after}"],
            env=environ,
            timeout=WAIT_S,
            dimensions=(50, 400),
            encoding="utf-8",
        )
        self._child.delaybeforesend = None
        self._child.logfile_read = self.raw = io.StringIO()  # all that was shown so far

    def start(self) -> str:
        """What is said before the first prompt."""
        return self._until_ready()

    def say(self, line: str) -> str:
        """Type a line at the prompt; what is shown until the next prompt."""
        self.type(line + ENTER)
        return self._until_ready()

    def type(self, keys: str) -> None:
        self._child.send(keys)

    def type_bytes(self, keys: bytes) -> None:
        os.write(self._child.child_fd, keys)

    def see(self, pattern: str) -> str:
        """Wait until a text is shown that fits `pattern`; what is shown up to its end."""
        self._child.expect(pattern)
        return plain(f"{self._child.before}{self._child.after}")

    def ready(self) -> str:
        """What is shown until the next prompt."""
        return self._until_ready()

    def leave(self, keys: str = CTRL_D) -> tuple[str, int | None]:
        """Type `keys`; what is shown until the program has ended, and its exit code."""
        self.type(keys)
        return self.end()

    def end(self) -> tuple[str, int | None]:
        """What is shown until the program has ended, and its exit code."""
        self._child.expect(pexpect.EOF)
        self._child.close()
        return plain(str(self._child.before)), self._child.exitstatus

    def signal(self, number: int) -> None:
        self._child.kill(number)

    def close(self) -> None:
        self._child.close(force=True)

    def _until_ready(self) -> str:
        self._child.expect_exact(READY)
        return plain(str(self._child.before))
