"""A job ready to be run, with everything that it takes."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path

from llmcli.app import App
from llmcli.batch.journal.entries import Loaded
from llmcli.batch.journal.journal import Journal
from llmcli.batch.progress.reporters import Reporter
from llmcli.batch.run.books import Books, QueuedLedger
from llmcli.batch.run.flow import Flow
from llmcli.batch.run.purse import BookedPurse
from llmcli.batch.run.runner import Plan, Runner
from llmcli.jobs.answers import Answers
from llmcli.jobs.job import Going, Job, Pace
from llmcli.jobs.lanes import lanes_for
from llmcli.jobs.sizes import too_large
from llmcli.purse import Purse
from llmcli.render import dollars_of


@dataclass
class Work:
    """What runs the job, with what is to be closed and said at its end."""

    runner: Runner
    _app: App
    _answers: Answers

    async def run(self) -> None:
        """All that is pending; the runner's `reason` says why rows are left, if any are."""
        runner = self.runner
        try:
            if runner.loaded.pending:
                await runner.run()
        finally:
            runner.reporter.close(runner.snapshot())
            runner.flow.books.ledger.close()
            await runner.lanes.close()
        if self._answers.cut:
            self._app.streams.note(f"the input of {self._answers.cut:,} rows was cut to --max-input-tokens")


@contextlib.contextmanager
def opened(
    app: App,
    job: Job,
    pace: Pace,
    going: Going,
    journal: contextlib.AbstractContextManager[Journal],
    tags: dict[str, str],
    reporter: Reporter,
) -> Iterator[Work]:
    """The job, ready to be run. Its `journal` is opened when nothing else stands in the way."""
    answers = Answers(app, job.wanted)
    lanes = lanes_for(app, job, answers, pace)
    with journal as kept:
        loaded = kept.load(
            job.known_by,
            job.reader.rows,
            skip_bad=job.skip_bad,
            rerun_changed=going.rerun_changed,
            retry_failed=not going.keep_failed,
            on_unknown=going.on_unknown,
            unfit=too_large(app, job, answers, pace),
        )
        _tell(app, loaded)
        books = Books(kept, QueuedLedger(app.ledger.path.parent, app.streams.note, app.config.settings.usage_log))
        caller = replace(app.caller(tags), purse=_purse(app, kept, books), interrupted=lambda: None)
        flow = Flow(caller, caller.policy, books, answers.how, clock=app.clock)
        most_at_once, data = 2 * (pace.concurrency or pace.max_concurrency) + 16, job.wanted.user is not None
        plan = Plan(job.base, job.files, secrets.token_hex(8), most_at_once, pace.drain_s, pace.max_failures, data)
        yield Work(Runner(plan, kept, job.reader, flow, lanes, loaded, reporter, clock=app.clock), app, answers)


@contextlib.contextmanager
def journal_at(path: Path | None, *, fresh: bool = False) -> Iterator[Journal]:
    """The journal at `path`; without one, a journal for the time being."""
    with contextlib.ExitStack() as stack:
        if path is None:
            path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="llmcli-batch-"))) / "journal"
        yield stack.enter_context(Journal.open(path, fresh=fresh))


def _purse(app: App, journal: Journal, books: Books) -> BookedPurse:
    """As the app's own; what `--max-cost` caps is the whole job, however often it is gone on with."""
    given = {item.name: getattr(app.purse, item.name) for item in fields(Purse) if item.init}
    run = journal.run if app.purse.run is not None else None
    return BookedPurse(**given | {"ledger": books.ledger, "run": run}, books=books)


def _tell(app: App, loaded: Loaded) -> None:
    """What a person has to know before the job goes on."""
    if loaded.gone:
        app.streams.note(
            f"{loaded.gone:,} rows of earlier runs have left the input: the journal keeps them, the output does not"
        )
    unknown = loaded.unknown
    if unknown.attempts:
        most = "nobody knows what" if unknown.worst_usd is None else f"at most {dollars_of(unknown.worst_usd)}"
        app.streams.note(
            f"{unknown.attempts:,} attempts were cut off in earlier runs and their outcome is unknown; they cost {most}"
        )
