"""Ctrl-C and SIGTERM end a run by an exception, so that what was spent is recorded and the exit code says why."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from llmcli.errors import ExitCode, InterruptedRunError

if TYPE_CHECKING:
    from sys import UnraisableHookArgs
    from types import FrameType

SIGNALS = {signal.SIGINT: ExitCode.SIGINT, signal.SIGTERM: ExitCode.SIGTERM}
AGAIN_S = 0.01
LONGEST_IMPORT_S = 2.0


def raise_on_signals() -> None:
    """From now on a signal raises InterruptedRunError. One that the parent had ignored stays ignored."""
    for number in heeded():
        signal.signal(number, _interrupt)
    if sys.unraisablehook is sys.__unraisablehook__:  # otherwise we are part of another program
        sys.unraisablehook = _unraisable


def end_on_signals() -> None:
    """From now on a signal ends the process at once: nothing is left to be recorded or said."""
    for number in heeded():
        signal.signal(number, signal.SIG_DFL)


def heeded() -> list[signal.Signals]:
    """Those that the parent has not told us to ignore."""
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


@contextmanager
def put_off() -> Iterator[None]:
    """A signal that comes meanwhile comes again a moment later."""
    _postponed.wanted = True
    try:
        yield
    finally:
        _postponed.wanted = False


def _interrupt(number: int, frame: FrameType | None) -> None:
    if _postponed.wanted or _postponed.by_an_import(frame):
        _postponed.send_again(number)
        return
    raise InterruptedRunError(SIGNALS[signal.Signals(number)])


def _unraisable(lost: UnraisableHookArgs) -> None:
    """Python was amid a weak reference's callback or the like, from where no exception gets out: it would print it and
    go on. A signal must not get lost so.
    """
    if not isinstance(lost.exc_value, InterruptedRunError):
        sys.__unraisablehook__(lost)
        return
    code = lost.exc_value.exit_code
    _postponed.send_again(next(number for number in SIGNALS if SIGNALS[number] is code))


@dataclass
class _Postponed:
    """Signals that came where an exception would do harm, and come again a moment later.

    An import that is broken off leaves modules behind that are half there, and what it raises may arrive as something
    else. Only modules of the user's may take longer than we wait for them.
    """

    wanted: bool = False
    since: float | None = None

    def by_an_import(self, frame: FrameType | None) -> bool:
        now = time.monotonic()
        self.since = now if self.since is None else self.since
        return now - self.since < LONGEST_IMPORT_S and _is_importing(frame)

    def send_again(self, number: int) -> None:
        main = threading.main_thread().ident
        again = threading.Timer(AGAIN_S, signal.pthread_kill, (main, number))
        again.daemon = True
        again.start()


_postponed = _Postponed()


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename.startswith("<frozen importlib"):
            return True
        frame = frame.f_back
    return False
