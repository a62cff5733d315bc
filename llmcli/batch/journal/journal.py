"""The journal of one job: the one thing that may write it while the job runs.

    with Journal.open(journal_path(out)) as journal:
        journal.load(job, reader.rows)                 # rows are read only if input or job have changed
        while rows := journal.pending(64):
            attempts = journal.record(begins=[…])      # before they are sent
            journal.record(finishes=[…], results=[…])  # when they are over
        for answer in journal.answers(): …             # in the input's order

Every call of `record` is one transaction. When it has returned, a killed process loses none of it.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from llmcli.batch.journal import files, loading, reading
from llmcli.batch.journal.entries import Answer, Begin, Finish, Loaded, PendingRow, Result, Unknown
from llmcli.batch.journal.job import Job
from llmcli.batch.journal.lock import Lock
from llmcli.batch.journal.schema import UNKNOWN, State
from llmcli.batch.rows.row import BadRow, Row
from llmcli.choices import OnUnknown
from llmcli.errors import UsageError

_PENDING = """
SELECT row, id, position, line, offset, length, content, bad, skipped FROM rows
WHERE position > ? AND state = 0 AND leader IS NULL ORDER BY position LIMIT ?
"""
_BEGIN = "INSERT INTO attempts (attempt, row, number, started, worst_usd) VALUES (?, ?, ?, ?, ?)"
_FINISH = """
UPDATE attempts SET outcome = ?, finished = ?, cost_usd = ?, input_tokens = ?, output_tokens = ? WHERE attempt = ?
"""
_RESULT = "INSERT INTO results (number, row, line) VALUES (?, ?, ?)"
_SETTLE = "UPDATE rows SET state = ?, result = ? WHERE row = ?"
_SETTLE_ALIKE = "UPDATE rows SET state = ?, result = ? WHERE leader = ? AND state = 0"


class Journal:
    """Made by `open`. May be used by one thread at a time."""

    def __init__(self, path: Path, lock: Lock, connection: sqlite3.Connection, clock: Callable[[], float]) -> None:
        self.path = path
        self._lock = lock
        self._connection = connection
        self._clock = clock
        self._file = path.stat()
        self._lost = False  # whether that file has been deleted or replaced
        self._handed_out = -1  # the position up to which `pending` has given rows away
        self.alike = {State.DONE: 0, State.FAILED: 0}  # rows that others settled, since `load`
        self._alike = False  # whether rows wait for others that ask the same
        self._last_attempt = self._highest("SELECT max(attempt) FROM attempts")
        self._last_result = self._highest("SELECT max(number) FROM results")

    @classmethod
    def open(cls, path: Path, *, fresh: bool = False, clock: Callable[[], float] = time.time) -> Journal:
        """The journal at `path`, for this process alone; `fresh` sets an old one aside. Raises UsageError.

        Attempts that a process did not see the end of are marked: their outcome is unknown.
        """
        lock = Lock(path)
        try:
            with files.translated(path):
                if fresh:
                    files.set_aside(path)
                connection = files.connect(path)
                connection.execute("UPDATE attempts SET outcome = ? WHERE outcome IS NULL", (UNKNOWN,))
                return cls(path, lock, connection, clock)
        except BaseException:
            lock.release()
            raise

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the journal; one that no job was loaded into is removed."""
        try:
            with files.translated(self.path):
                unused = reading.manifest(self._connection) is None and self._last_result == 0
                if not unused:
                    with contextlib.suppress(UsageError):
                        self._check_file()
                self._connection.close()
                if unused:
                    files.remove(self.path)
        finally:
            self._connection.close()
            self._lock.release()

    def load(
        self,
        job: Job,
        rows: Callable[[], Iterable[Row | BadRow]],
        *,
        skip_bad: bool = False,
        rerun_changed: bool = False,
        retry_failed: bool = True,
        on_unknown: OnUnknown = "retry",
        unfit: Callable[[PendingRow], str | None] | None = None,
    ) -> Loaded:
        """Make the journal one of `job`: what is finished is kept, what is new or has changed is pending.

        `rows` is called only if the input or the job is not as before. Raises UsageError if the job differs, unless
        `rerun_changed`, and for bad rows and those that `unfit` has a reason against, unless `skip_bad`; then the
        journal is as it was.
        """
        with files.translated(self.path):
            before = loading.stage(self._connection, job, rows, skip_bad=skip_bad, rerun_changed=rerun_changed)
            with files.transaction(self._connection):
                new = loading.merge(
                    self._connection, job, before, self._clock(), retry_failed=retry_failed, on_unknown=on_unknown
                )
                if unfit is not None and not skip_bad:
                    loading.check_fit(job, self._all_pending(), unfit)
            loading.clean_up(self._connection)
            self._handed_out = -1
            self._alike = self._highest("SELECT EXISTS (SELECT 1 FROM rows WHERE leader IS NOT NULL)") == 1
            by_state = reading.states(self._connection)
            return Loaded(
                total=sum(by_state.values()),
                done=by_state[State.DONE],
                failed=by_state[State.FAILED],
                pending=by_state[State.PENDING],
                new=new,
                gone=self._highest("SELECT count(*) FROM rows WHERE position IS NULL"),
                unknown=reading.unknown(self._connection),
            )

    def pending(self, limit: int) -> list[PendingRow]:
        """The next rows to send, in the input's order, at most `limit`. Each is given away once."""
        with files.translated(self.path):
            found = [PendingRow.of(values) for values in self._connection.execute(_PENDING, (self._handed_out, limit))]
        if found:
            self._handed_out = found[-1].position
        return found

    def _all_pending(self) -> Iterator[PendingRow]:
        """All that `pending` will give."""
        for values in self._connection.execute(_PENDING, (-1, -1)):
            yield PendingRow.of(values)

    def record(
        self, *, begins: Sequence[Begin] = (), finishes: Sequence[Finish] = (), results: Sequence[Result] = ()
    ) -> range:
        """Attempts that are about to be sent, attempts that are over, and rows that are settled, in one transaction.

        Returns the numbers of the attempts that begin. A row may be settled without an attempt; it settles those that
        wait for it. Raises UsageError if nothing could be written, and the journal is as it was.
        """
        now = self._clock()
        attempts = range(self._last_attempt + 1, self._last_attempt + 1 + len(begins))
        numbers = range(self._last_result + 1, self._last_result + 1 + len(results))
        began = [(at, b.row, b.number, now, _text(b.worst_usd)) for at, b in zip(attempts, begins, strict=True)]
        over = [(f.outcome, now, _text(f.cost_usd), f.input_tokens, f.output_tokens, f.attempt) for f in finishes]
        lines = [(number, each.row, each.line) for number, each in zip(numbers, results, strict=True)]
        settled = [(_state(r), number, r.row) for number, r in zip(numbers, results, strict=True)]
        with files.translated(self.path):
            self._check_file()
            with files.transaction(self._connection):
                many = self._connection.executemany
                many(_BEGIN, began)
                many(_FINISH, over)
                many(_RESULT, lines)
                many(_SETTLE, settled)
                if self._alike:
                    self._settle_alike(settled)
            self._last_attempt += len(begins)
            self._last_result += len(results)
        return attempts

    @property
    def run(self) -> str:
        """The job's own name, which stays the same when it is gone on with. To be asked after `load`."""
        return str((reading.manifest(self._connection) or {})["run"])

    def answers(self, after: int = -1, *, gaps: bool = False) -> Iterator[Answer]:
        """The settled rows behind position `after`, in the input's order, up to the first that is not settled.

        With `gaps` also those behind it. May be used while the job runs; memory does not grow with the rows.
        """
        with files.translated(self.path):
            yield from reading.answers(self._connection, after, gaps=gaps)

    def answers_as_completed(self, after: int = -1) -> Iterator[Answer]:
        """The settled rows of the input, in the order in which they were settled, behind the result `after`."""
        with files.translated(self.path):
            yield from reading.answers_as_completed(self._connection, after)

    def unknown(self) -> Unknown:
        """The attempts whose outcome nobody knows, over all runs, and the most that they can have cost."""
        with files.translated(self.path):
            return reading.unknown(self._connection, with_open=False)

    def _settle_alike(self, settled: list[tuple[State, int, int]]) -> None:
        for state in (State.DONE, State.FAILED):
            ended = [each for each in settled if each[0] is state]
            if ended:
                self.alike[state] += self._connection.executemany(_SETTLE_ALIKE, ended).rowcount

    def _check_file(self) -> None:
        """Raise UsageError, once, if somebody has deleted the journal: it is in a file without a name any more.

        It is written again, and what is under way can still be recorded in that.
        """
        try:
            now = self.path.stat()
        except FileNotFoundError:
            now = None
        if self._lost or (now is not None and os.path.samestat(now, self._file)):
            return
        self._lost = True
        rescued = self.path if now is None else self.path.with_name(f"{self.path.name}.rescued")
        rescued.unlink(missing_ok=True)
        files.create(rescued)
        self._connection.execute("VACUUM INTO ?", (str(rescued),))
        self._connection.close()
        files.remove_side_files(self.path)
        self._connection = files.connect(rescued)
        what = "deleted" if now is None else "replaced"
        raise UsageError(
            f"{self.path} was {what} while the job was running; what it held is in {rescued}",
            hint="run the same command again"
            if now is None
            else f"put it back: {shlex.join(['mv', str(rescued), str(self.path)])}",
        )

    def _highest(self, query: str) -> int:
        return int(self._connection.execute(query).fetchone()[0] or 0)


def _state(result: Result) -> State:
    if "\n" in result.line:
        raise ValueError("a line of the output cannot have a line break in it")
    return State.DONE if result.ok else State.FAILED


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"
