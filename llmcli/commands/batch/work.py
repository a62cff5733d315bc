"""Running a job: what it takes is put together, its end is told."""

from __future__ import annotations

import contextlib
import gc
import os
import secrets
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from pathlib import Path

from llmcli.app import App
from llmcli.batch.journal.entries import Loaded, PendingRow
from llmcli.batch.journal.files import journal_path
from llmcli.batch.journal.journal import Journal
from llmcli.batch.progress.reporters import reporter_for
from llmcli.batch.rates.circuit import MaxFailures
from llmcli.batch.run.books import Books, QueuedLedger
from llmcli.batch.run.flow import Flow
from llmcli.batch.run.output import Printer, Tail, failed_path, write_files
from llmcli.batch.run.purse import BookedPurse
from llmcli.batch.run.runner import Plan, Runner
from llmcli.commands.batch.answers import Answers
from llmcli.commands.batch.job import Job
from llmcli.commands.batch.options import JournalOptions, PaceOptions, ResultOptions
from llmcli.commands.batch.sizes import too_large
from llmcli.commands.batch.talk import lanes_for
from llmcli.commands.groups import pairs_of
from llmcli.commands.options import CallOptions
from llmcli.durations import parse_duration_s
from llmcli.errors import ClosedPipeError, InterruptedRunError, LlmcliError, PartialError, UsageError
from llmcli.purse import Purse
from llmcli.render import dollars_of


def work(
    app: App,
    job: Job,
    answers: Answers,
    call: CallOptions,
    result: ResultOptions,
    kept: JournalOptions,
    pace: PaceOptions,
) -> None:
    """Run the job, write what it gives, and raise what makes the exit code."""
    tags = pairs_of(call.tag, "--tag")
    most_failures = None if pace.max_failures is None else MaxFailures.parse(pace.max_failures)
    drain_s = parse_duration_s(pace.drain_timeout)
    lanes = lanes_for(app, job, answers, pace)
    with _journal(job, kept) as journal:
        loaded = _load(journal, job, kept, too_large(app, job, answers, pace))
        _tell_unknown(app, loaded)
        books = Books(journal, QueuedLedger(app.ledger.path.parent, app.streams.note, app.config.settings.usage_log))
        purse = _purse(app, journal, books)
        caller = replace(app.caller(tags), purse=purse, interrupted=lambda: None)
        flow = Flow(caller, caller.policy, books, answers.how, clock=app.clock)
        printer = Printer(journal, job.reader, result.order, result.with_input)
        tail = Tail(printer, app.streams.write) if job.out is None else None
        at_once = pace.concurrency or pace.max_concurrency
        most_at_once, data = 2 * at_once + 16, job.user is not None
        plan = Plan(job.base, job.files, secrets.token_hex(8), most_at_once, drain_s, most_failures, data)
        reporter = reporter_for(result.progress, app.streams, app.clock)
        runner = Runner(plan, journal, job.reader, flow, lanes, loaded, reporter, clock=app.clock)
        if tail is not None:
            runner.tick = tail.grow
        try:
            _run(app, runner)
        finally:
            reporter.close(runner.snapshot())
            books.ledger.close()
        if answers.cut:
            app.streams.note(f"the input of {answers.cut:,} rows was cut to --max-input-tokens")
        _finish(app, job, runner, printer, tail)


@contextlib.contextmanager
def _journal(job: Job, kept: JournalOptions) -> Iterator[Journal]:
    """The job's journal; what goes to stdout and names none has one for the time being."""
    with contextlib.ExitStack() as stack:
        if kept.journal is not None:
            path = kept.journal
        elif job.out is not None:
            path = journal_path(job.out)
        else:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llmcli-batch-"))) / "journal"
        if job.out is not None and not kept.fresh and job.out.exists() and not os.path.lexists(path):
            raise UsageError(
                f"{job.out} exists, but its journal {path} does not",
                hint="name another output, or replace it with --fresh",
            )
        yield stack.enter_context(Journal.open(path, fresh=kept.fresh))


def _load(journal: Journal, job: Job, kept: JournalOptions, unfit: Callable[[PendingRow], str | None] | None) -> Loaded:
    return journal.load(
        job.known_by,
        job.reader.rows,
        skip_bad=job.skip_bad,
        rerun_changed=kept.rerun_changed,
        retry_failed=not kept.keep_failed,
        on_unknown=kept.on_unknown,
        unfit=unfit,
    )


def _purse(app: App, journal: Journal, books: Books) -> BookedPurse:
    """As the app's own; what `--max-cost` caps is the whole job, however often it is gone on with."""
    given = {item.name: getattr(app.purse, item.name) for item in fields(Purse) if item.init}
    run = journal.run if app.purse.run is not None else None
    return BookedPurse(**given | {"ledger": books.ledger, "run": run}, books=books)


def _run(app: App, runner: Runner) -> None:
    def on_signal(reason: InterruptedRunError) -> bool:
        if runner.stopping:
            return False
        app.streams.note("no new rows; waiting for those under way (again to stop at once)")
        runner.stop(reason)
        return True

    if runner.loaded.pending:
        with _rare_collections():
            app.run(runner.run(), on_signal)


@contextlib.contextmanager
def _rare_collections() -> Iterator[None]:
    """Each row makes hundreds of objects, hardly any of them in cycles: looking for these takes a fifth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(20_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _tell_unknown(app: App, loaded: Loaded) -> None:
    unknown = loaded.unknown
    if unknown.attempts:
        most = "nobody knows what" if unknown.worst_usd is None else f"at most {dollars_of(unknown.worst_usd)}"
        app.streams.note(
            f"{unknown.attempts:,} attempts were cut off in earlier runs and their outcome is unknown; they cost {most}"
        )


def _finish(app: App, job: Job, runner: Runner, printer: Printer, tail: Tail | None) -> None:
    """Write the output and raise what makes the exit code."""
    reason = runner.reason
    if isinstance(reason, ClosedPipeError):
        raise reason
    hint = None
    if job.out is not None:
        write_files(job.out, printer)
        hint = f"see {failed_path(job.out)}, or run the same command again"
    else:
        assert tail is not None
        tail.grow(last=True)
    end = runner.snapshot()
    left = end.total - end.settled
    if left:
        app.streams.note(f"{end.done:,} of {end.total:,} rows are done, {end.failed:,} failed, {left:,} are left")
    if reason is not None:
        raise _final(reason)
    if end.failed:
        raise PartialError(f"{end.failed:,} of {end.total:,} rows failed", hint=hint)


def _final(reason: LlmcliError) -> LlmcliError:
    if reason.hint is None:
        reason.hint = "the same command goes on where it was"
    return reason
