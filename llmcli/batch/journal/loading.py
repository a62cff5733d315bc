"""An input's rows into the journal, beside what is there already.

Rows are first collected in a temporary table, since ids and equal requests can only be told over all of them, and
then merged in one transaction: a process that is killed meanwhile leaves the journal as it was.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from llmcli.batch.journal import reading
from llmcli.batch.journal.entries import PendingRow
from llmcli.batch.journal.files import transaction
from llmcli.batch.journal.job import Fingerprints, Job, check_same
from llmcli.batch.journal.schema import STAGING, UNKNOWN
from llmcli.batch.rows.row import BadRow, Row
from llmcli.choices import OnUnknown
from llmcli.errors import UsageError

BAD_ROWS_NAMED = 3
# 80 bits: in ten million rows, two different ones of the same id are as likely as 1 in 2e10.
ID_DIGITS = 20

_STAGE = "INSERT INTO temp.staged VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"

# A row without an id of its own is known by what it says, and by how many before it say the same.
_NUMBER_EQUALS = """
UPDATE temp.staged SET id = id || '-' || equal.occurrence
FROM (
    SELECT position, row_number() OVER (PARTITION BY content ORDER BY position) AS occurrence FROM temp.staged
    WHERE NOT own AND content IN (SELECT content FROM temp.staged WHERE NOT own GROUP BY content HAVING count(*) > 1)
) AS equal
WHERE staged.position = equal.position AND equal.occurrence > 1
"""
_TWICE = """
SELECT id, min(line), max(line) FROM temp.staged GROUP BY id HAVING count(*) > 1 ORDER BY min(position) LIMIT 1
"""
# Of most rows nothing has changed but that others have come: those are left alone.
_MERGE = """
INSERT INTO rows (id, position, line, offset, length, content, fingerprint, bad, state)
SELECT id, position, line, offset, length, content, fingerprint, bad, 0
FROM temp.staged WHERE true ORDER BY position
ON CONFLICT (id) DO UPDATE SET
    position = excluded.position, line = excluded.line, offset = excluded.offset, length = excluded.length,
    state = CASE WHEN fingerprint = excluded.fingerprint AND bad IS excluded.bad THEN state ELSE 0 END,
    content = excluded.content, fingerprint = excluded.fingerprint, bad = excluded.bad
WHERE (position, line, offset, length, content, fingerprint, bad) IS NOT (
    excluded.position, excluded.line, excluded.offset, excluded.length, excluded.content, excluded.fingerprint,
    excluded.bad
)
"""
# Once those of the input have their places, a row in a place of another's is no longer in the input.
_GONE = """
UPDATE rows SET position = NULL
WHERE position IS NOT NULL AND id IS NOT (SELECT id FROM temp.staged WHERE staged.position = rows.position)
"""
_NO_LEADERS = "UPDATE rows SET leader = NULL WHERE leader IS NOT NULL"
# Equal requests: what is answered already answers the rest, otherwise the first one is sent for all.
_ANSWER = """
UPDATE rows SET state = 1, result = known.result
FROM (
    SELECT fingerprint, max(result) AS result FROM rows
    WHERE state = 1 AND fingerprint IN (SELECT fingerprint FROM rows WHERE state = 0) GROUP BY fingerprint
) AS known
WHERE rows.state = 0 AND rows.position IS NOT NULL AND rows.bad IS NULL AND rows.fingerprint = known.fingerprint
"""
_LEAD = """
UPDATE rows SET leader = alike.first
FROM (
    SELECT fingerprint, min(row) AS first FROM rows
    WHERE state = 0 AND position IS NOT NULL AND bad IS NULL GROUP BY fingerprint HAVING count(*) > 1
) AS alike
WHERE rows.fingerprint = alike.fingerprint AND rows.row <> alike.first
    AND rows.state = 0 AND rows.position IS NOT NULL AND rows.bad IS NULL
"""
_ANY_BAD = "SELECT EXISTS (SELECT 1 FROM rows WHERE bad IS NOT NULL AND position IS NOT NULL)"
_RETRY_FAILED = "UPDATE rows SET state = 0 WHERE state = 2 AND position IS NOT NULL"
# What counts is a row's last attempt, whose outcome SQLite gives along with the maximum.
_SKIP_UNKNOWN = """
UPDATE rows SET skipped = 1 WHERE state = 0 AND row IN (
    SELECT row FROM (
        SELECT row, outcome, max(attempt) FROM attempts
        WHERE row IN (SELECT row FROM attempts WHERE outcome = ?1) GROUP BY row
    ) WHERE outcome = ?1
)
"""


@dataclass
class Staged:
    """What was collected."""

    rows: int = 0
    bad: int = 0
    first_bad: list[BadRow] = field(default_factory=list)
    own_ids: int = 0


def stage(
    connection: sqlite3.Connection,
    job: Job,
    rows: Callable[[], Iterable[Row | BadRow]],
    *,
    skip_bad: bool,
    rerun_changed: bool,
) -> dict[str, Any] | None:
    """Collect the input's rows, if they are not in the journal as they are; returns the manifest as it was.

    Raises UsageError if the job differs, for ids that are there twice, and for bad rows.
    """
    before = reading.manifest(connection)
    if before is not None and not rerun_changed:
        check_same(before, job)
    connection.executescript(STAGING)
    if _is_loaded(connection, before, job):
        return before
    found = Staged()
    with transaction(connection):
        connection.executemany(_STAGE, _tuples(rows(), job.fingerprints, found))
        if found.own_ids < found.rows:
            connection.execute(_NUMBER_EQUALS)
    _check(connection, found, job, skip_bad=skip_bad)
    return before


def merge(
    connection: sqlite3.Connection,
    job: Job,
    before: dict[str, Any] | None,
    now: float,
    *,
    retry_failed: bool,
    on_unknown: OnUnknown,
) -> int:
    """Bring the collected rows into the journal and decide which are to be sent; returns how many are new.

    To be called inside of a transaction.
    """
    stale = not _is_loaded(connection, before, job)
    known = _count(connection)
    if stale:
        for step in (_NO_LEADERS, _MERGE, _GONE):
            connection.execute(step)
    if retry_failed:
        connection.execute(_RETRY_FAILED)
    connection.execute("UPDATE rows SET skipped = 0 WHERE skipped <> 0")
    if on_unknown == "skip":
        connection.execute(_SKIP_UNKNOWN, (UNKNOWN,))
    if stale and job.dedupe:
        connection.execute(_ANSWER)
        connection.execute(_LEAD)
    if stale:
        own = {"created": before["created"], "run": before["run"]} if before else {"created": now, "run": uuid4().hex}
        kept = job.manifest() | own
        values = [(name, json.dumps(value)) for name, value in kept.items()]
        connection.executemany("INSERT OR REPLACE INTO manifest VALUES (?, ?)", values)
    return _count(connection) - known


def check_fit(job: Job, pending: Iterator[PendingRow], unfit: Callable[[PendingRow], str | None]) -> None:
    """Raise UsageError if `unfit` has a reason against any of the rows that would be sent."""
    first: list[tuple[int, str]] = []
    count = 0
    for row in pending:
        if row.bad is None and not row.skipped and (reason := unfit(row)) is not None:
            count += 1
            if count <= BAD_ROWS_NAMED:
                first.append((row.span.line, reason))
    if count:
        raise _refusal(job.input_name, count, first)


def clean_up(connection: sqlite3.Connection) -> None:
    """Give back the room that collecting took, on disk and in memory."""
    connection.executescript(STAGING)
    connection.execute("PRAGMA shrink_memory")


def _count(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM rows").fetchone()[0])


def _is_loaded(connection: sqlite3.Connection, before: dict[str, Any] | None, job: Job) -> bool:
    """Whether the journal has the rows of this job and this input. Bad ones may be good by now, such as by a model that
    has been configured since.
    """
    if before is None or any(before.get(name) != value for name, value in job.manifest().items()):
        return False
    return not connection.execute(_ANY_BAD).fetchone()[0]


def _check(connection: sqlite3.Connection, found: Staged, job: Job, *, skip_bad: bool) -> None:
    if found.rows == 0:
        raise UsageError(f"{job.input_name} has no rows")
    if found.bad == found.rows or (found.bad and not skip_bad):
        raise _refusal(job.input_name, found.bad, [(row.span.line, row.reason) for row in found.first_bad])
    if found.own_ids and (twice := connection.execute(_TWICE).fetchone()):
        instead = "; leave out --id-field to go by content" if job.reading.get("id_field") else ""
        raise UsageError(
            f'{job.input_name}: the id "{twice[0]}" is there twice, in line {twice[1]} and line {twice[2]}',
            hint=f"ids must be unique{instead}",
        )


def _refusal(name: str, count: int, first: list[tuple[int, str]]) -> UsageError:
    """The error for rows that cannot be sent: the first few, each with its line."""
    named = "; ".join(f"line {line}: {reason}" for line, reason in first)
    more = f"; and {count - len(first)} more" if count > len(first) else ""
    return UsageError(f"{name}, {named}{more}", hint="correct it, or count such rows as failed with --skip-bad-rows")


def _tuples(
    rows: Iterable[Row | BadRow], fingerprints: Fingerprints, found: Staged
) -> Iterator[tuple[int, int, int, int, str, bool, bytes, bytes, str | None]]:
    fingerprint = fingerprints.of
    for row in rows:
        found.rows += 1
        reason = None
        if isinstance(row, BadRow):
            reason = row.reason
            found.bad += 1
            if len(found.first_bad) < BAD_ROWS_NAMED:
                found.first_bad.append(row)
        number, (line, offset, length), id_, content = row[:4]
        own = id_ is not None
        found.own_ids += own
        yield number, line, offset, length, id_ or content.hex()[:ID_DIGITS], own, content, fingerprint(row), reason
