"""Running a job from the command line: its signals, its output, its end."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Iterator
from pathlib import Path

from llmcli.app import App
from llmcli.batch.journal.journal import Journal
from llmcli.batch.progress.reporters import reporter_for
from llmcli.batch.run.output import Printer, Tail, failed_path, write_files
from llmcli.batch.run.runner import Runner
from llmcli.commands.batch.options import JournalOptions, ResultOptions
from llmcli.commands.groups import pairs_of
from llmcli.commands.options import CallOptions
from llmcli.errors import ClosedPipeError, InterruptedRunError, PartialError, UsageError
from llmcli.jobs.job import Going, Job, Pace
from llmcli.jobs.work import Work, journal_at, opened

_GO_ON = "the same command goes on where it was"
_NOT_KEPT = "nothing is kept to go on from; name -o or --journal for that"


def work(
    app: App, job: Job, pace: Pace, out: Path | None, call: CallOptions, result: ResultOptions, kept: JournalOptions
) -> None:
    """Run the job, write what it gives to `out` or stdout, and raise what makes the exit code."""
    tags = pairs_of(call.tag, "--tag")
    going = Going(kept.rerun_changed, kept.keep_failed, kept.on_unknown)
    reporter = reporter_for(result.progress, app.streams, app.clock)
    with _rare_collections(), opened(app, job, pace, going, _journal(out, kept), tags, reporter) as work:
        printer = Printer(work.runner.journal, job.reader, result.order, result.with_input)
        tail = Tail(printer, app.streams.write) if out is None else None
        if tail is not None:
            work.runner.tick = tail.grow
        _run(app, work)
        _finish(app, out, work.runner, printer, tail, kept=kept.journal is not None)


@contextlib.contextmanager
def _journal(out: Path | None, kept: JournalOptions) -> Iterator[Journal]:
    """The job's journal. Raises UsageError if it is gone, but not what it was of."""
    path = kept.journal
    if out is not None and path is not None and not kept.fresh and out.exists() and not os.path.lexists(path):
        raise UsageError(
            f"{out} exists, but its journal {path} does not", hint="name another output, or replace it with --fresh"
        )
    with journal_at(path, fresh=kept.fresh) as journal:
        yield journal


def _run(app: App, work: Work) -> None:
    runner = work.runner

    def on_signal(reason: InterruptedRunError) -> bool:
        if runner.stopping:
            return False
        app.streams.note("no new rows; waiting for those under way (again to stop at once)")
        runner.stop(reason)
        return True

    app.run(work.run(), on_signal)


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    """Each row makes hundreds of objects, hardly any of them in cycles: looking for these takes a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(20_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _finish(app: App, out: Path | None, runner: Runner, printer: Printer, tail: Tail | None, *, kept: bool) -> None:
    """Write the output and raise what makes the exit code; `kept` says that there is a journal to go on from."""
    reason = runner.reason
    if isinstance(reason, ClosedPipeError):
        raise reason
    hint = None
    if out is not None:
        to_run = _write(out, printer)
        hint = f"see {failed_path(out) if to_run else out}, or run the same command again"
    else:
        assert tail is not None
        tail.grow(last=True)
    end = runner.snapshot()
    left = end.total - end.settled
    if left:
        app.streams.note(f"{end.done:,} of {end.total:,} rows are done, {end.failed:,} failed, {left:,} are left")
    if reason is not None:
        reason.hint = reason.hint or _GO_ON if kept else _NOT_KEPT
        raise reason
    if end.failed:
        raise PartialError(f"{end.failed:,} of {end.total:,} rows failed", hint=hint)


def _write(out: Path, printer: Printer) -> int:
    """Returns how many of the rows that failed can be run."""
    try:
        return write_files(out, printer)
    except UsageError as error:
        error.hint = error.hint or "mend that and run the same command again; what is finished is kept"
        raise
