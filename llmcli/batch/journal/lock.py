"""Who works on a journal: one process at a time."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from pathlib import Path

from llmcli.batch.journal.files import translated
from llmcli.errors import UsageError
from llmcli.files import open_private

# `holder` takes the lock for a moment to see whether it is free: a run that begins just then has to wait for it.
PATIENCE_S = 0.5


class Lock:
    """Held by the one process that may write a journal, for as long as it lives."""

    def __init__(self, journal: Path) -> None:
        """Take the lock. Raises UsageError naming the process that has it."""
        self._path = _lock_path(journal)
        give_up = time.monotonic() + PATIENCE_S
        while True:
            with translated(self._path):
                self._descriptor = open_private(self._path)
                if self.is_ours():
                    os.ftruncate(self._descriptor, 0)
                    os.pwrite(self._descriptor, b"%d\n" % os.getpid(), 0)
                    return
            holding = _pid_in(self._descriptor)
            os.close(self._descriptor)
            if time.monotonic() > give_up:
                raise UsageError(
                    f"{journal} is in use by process {holding or '?'}",
                    hint="wait for it or stop it; llmcli batch status shows how far it is",
                )
            time.sleep(0.02)

    def is_ours(self) -> bool:
        """Take the lock if it is free; it is worth nothing if its last holder has removed the file meanwhile."""
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.fstat(self._descriptor).st_ino == self._path.stat().st_ino
        except (BlockingIOError, FileNotFoundError):
            return False

    def release(self) -> None:
        with contextlib.suppress(OSError):  # a file that cannot be removed any more locks nobody out
            self._path.unlink()
        os.close(self._descriptor)


def holder(journal: Path) -> int | None:
    """The process that has the journal locked; None if none has."""
    try:
        descriptor = os.open(_lock_path(journal), os.O_RDONLY | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _pid_in(descriptor)
    finally:
        os.close(descriptor)
    return None


def _lock_path(journal: Path) -> Path:
    return journal.with_name(f"{journal.name}.lock")


def _pid_in(descriptor: int) -> int | None:
    text = os.pread(descriptor, 20, 0).strip()
    return int(text) if text.isdigit() else None
