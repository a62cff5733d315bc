"""Many cases of one target, each within its time: what must not happen is found, told apart and counted."""

from __future__ import annotations

import faulthandler
import io
import linecache
import re
import resource
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from types import FrameType, TracebackType
from typing import Any

# A case takes milliseconds. Processor time tells a loop from a machine that has other things to do; a case that waits
# takes none, so that there is a limit of the clock's time, too.
CPU_LIMIT_S = 10.0
CLOCK_LIMIT_S = 120.0
# So many cases, stuck where no signal of Python's gets through: where that is is printed, and the process ends.
LAST_LIMIT_S = 900.0
_CASES_WATCHED = 200
MOST_MEMORY_BYTES = 6 << 30


class Target:
    """One kind of input: `case` makes one from nothing but the choices of `random`, `check` raises if it finds a fault.

    Only what the contract allows may come of a case: an exit code of those that stand for its fault, one line on
    stderr, valid JSON where JSON was asked for, and nothing lost.
    """

    def case(self, random: Random) -> Any:
        raise NotImplementedError

    def check(self, case: Any) -> None:
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what was opened, if anything."""
        return


class TooLongError(BaseException):
    """A case did not end within its time. None of ours: no handler of the program may catch it."""


@dataclass
class Finding:
    """Cases that failed alike: the first of them, and how many there are."""

    number: int
    trace: str
    case: str
    count: int = 1


@dataclass
class Report:
    """How a campaign went."""

    cases: int = 0
    seconds: float = 0.0
    slowest_s: float = 0.0
    slowest: int = 0
    findings: dict[str, Finding] = field(default_factory=dict)

    @property
    def peak_mib(self) -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def random_of(name: str, seed: int, number: int) -> Random:
    """What the `number`-th case is made of; each can be made again without the others."""
    return Random(f"{name} {seed} {number}")


def run(
    name: str,
    target: Target,
    numbers: range,
    seed: int,
    tell: Callable[[str], None] = lambda line: None,
    at: Path | None = None,
) -> Report:
    """Check the cases `numbers`. New kinds of findings are told at once; `at` holds the number of the current case."""
    report = Report()
    began = time.monotonic()
    with _limited():
        for number in numbers:
            if report.cases % _CASES_WATCHED == 0:
                _watch()
            if at is not None and number % 20 == 0:
                at.write_text(f"{number}\n")
            started = time.process_time()
            _one(name, target, number, seed, report, tell)
            took_s = time.process_time() - started
            if took_s > report.slowest_s:
                report.slowest_s, report.slowest = took_s, number
            report.cases += 1
    report.seconds = time.monotonic() - began
    return report


def _one(name: str, target: Target, number: int, seed: int, report: Report, tell: Callable[[str], None]) -> None:
    case = target.case(random_of(name, seed, number))
    try:
        with _within_time(), silence():
            target.check(case)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever comes out of a case is a finding
        key = _signature(error)
        if key in report.findings:
            report.findings[key].count += 1
            return
        trace = "".join(traceback.format_exception(error, limit=-10))
        report.findings[key] = Finding(number, trace, repr(case))
        tell(f"case {number}: {key}")


@contextmanager
def silence() -> Iterator[None]:
    """Nothing may be written past the program's own streams, nor warned of: a user would see it on stderr."""
    out, err = io.StringIO(), io.StringIO()
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = out, err
    try:
        with warnings.catch_warnings():
            for kind in (UserWarning, RuntimeWarning, SyntaxWarning, FutureWarning, UnicodeWarning, BytesWarning):
                warnings.simplefilter("error", kind)
            yield
    finally:
        sys.stdout, sys.stderr = before
    assert not out.getvalue(), f"on the process's stdout: {out.getvalue()[:2000]}"
    assert not err.getvalue(), f"on the process's stderr: {err.getvalue()[-2000:]}"


@contextmanager
def _limited() -> Iterator[None]:
    """Limits of the whole process: memory, and where a signal arrives."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooLongError(f"stopped by {signal.Signals(number).name}")

    before = {number: signal.signal(number, stop) for number in (signal.SIGPROF, signal.SIGALRM)}
    memory = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, memory[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, memory)
        faulthandler.cancel_dump_traceback_later()
        for number, handler in before.items():
            signal.signal(number, handler)


def _watch() -> None:
    if sys.__stderr__ is not None:
        faulthandler.dump_traceback_later(LAST_LIMIT_S, exit=True, file=sys.__stderr__)


@contextmanager
def _within_time() -> Iterator[None]:
    signal.setitimer(signal.ITIMER_PROF, CPU_LIMIT_S)
    signal.setitimer(signal.ITIMER_REAL, CLOCK_LIMIT_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.setitimer(signal.ITIMER_REAL, 0)


def _signature(error: BaseException) -> str:
    """What tells findings apart: the kind of error, where it came from, and its words without their numbers."""
    words = re.sub(r"\d+|'[^']*'|\"[^\"]*\"", "#", str(error).partition("\n")[0])[:100]
    return f"{type(error).__name__} at {_place(error)}: {words}"


def _place(error: BaseException) -> str:
    """The innermost line of ours, in the cause if there is one."""
    inner = error
    while inner.__cause__ is not None:
        inner = inner.__cause__
    frames = list(_frames(inner.__traceback__))
    ours = [frame for frame in frames if "/llmcli/" in frame] or frames
    return ours[-1] if ours else "nowhere"


def _frames(trace: TracebackType | None) -> Iterator[str]:
    while trace is not None:
        file, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        yield f"{'/'.join(Path(file).parts[-3:])}:{line} {linecache.getline(file, line).strip()[:60]}"
        trace = trace.tb_next
