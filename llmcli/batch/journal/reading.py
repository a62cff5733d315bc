"""What can be read from a journal, by the process that writes it or by another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from llmcli.batch.journal import files, written
from llmcli.batch.journal.entries import Answer, Status, Unknown
from llmcli.batch.journal.lock import holder
from llmcli.batch.journal.schema import UNKNOWN, State
from llmcli.batch.rows.row import Span

ANSWERS_AT_ONCE = 256

_ANSWERS = """
SELECT rows.position, rows.id, rows.line, rows.offset, rows.length, rows.content, rows.state, results.line,
    results.row <> rows.row, rows.result
FROM rows LEFT JOIN results ON results.number = rows.result
"""
_IN_ORDER = f"{_ANSWERS} WHERE rows.position > ? ORDER BY rows.position LIMIT {ANSWERS_AT_ONCE}"
_AS_COMPLETED = f"""{_ANSWERS}
WHERE rows.state <> 0 AND rows.position IS NOT NULL AND rows.result > ? ORDER BY rows.result, rows.position
"""
_STATES = "SELECT state, count(*) FROM rows WHERE position IS NOT NULL GROUP BY state"
_ATTEMPTS = """
SELECT count(*), sum(outcome IS NULL), coalesce(sum(input_tokens), 0), coalesce(sum(output_tokens), 0),
    coalesce(sum(cost_usd IS NULL AND outcome IS NOT NULL AND outcome <> 'unknown'), 0),
    max(coalesce(finished, started)), decimal_sum(cost_usd)
FROM attempts
"""


def answers(connection: sqlite3.Connection, after: int, *, gaps: bool = False) -> Iterator[Answer]:
    """The settled rows behind position `after`, in order, up to the first that is not settled; with `gaps` all."""
    while True:
        begin = after
        for values in connection.execute(_IN_ORDER, (after,)):
            if values[6] == State.PENDING and not gaps:
                return
            after = values[0]
            if values[6] != State.PENDING:
                yield _answer(values)
        if after == begin:
            return


def answers_as_completed(connection: sqlite3.Connection, after: int) -> Iterator[Answer]:
    """The settled rows behind the result `after`, in the order in which they were settled."""
    for values in connection.execute(_AS_COMPLETED, (after,)):
        yield _answer(values)


def states(connection: sqlite3.Connection) -> dict[State, int]:
    """How many rows of the input are how far."""
    found = dict(connection.execute(_STATES).fetchall())
    return {state: found.get(state, 0) for state in State}


def unknown(connection: sqlite3.Connection, *, with_open: bool = True) -> Unknown:
    """The attempts whose outcome nobody knows; `with_open` counts those that have none yet."""
    clause = "outcome = ? OR outcome IS NULL" if with_open else "outcome = ?"
    query = f"SELECT worst_usd FROM attempts WHERE {clause}"  # noqa: S608 - one of two texts of ours
    return Unknown.of(worst for (worst,) in connection.execute(query, (UNKNOWN,)))


def manifest(connection: sqlite3.Connection) -> dict[str, Any] | None:
    """What the journal was made for; None before a job was loaded. Raises DamagedError."""
    return written.manifest(connection.execute("SELECT name, value FROM manifest"))


def status(path: Path) -> Status:
    """How far the job with the journal at `path` is, running or not. Raises UsageError."""
    pid = holder(path)
    with files.translated(path), closing(files.connect_to_read(path)) as connection:
        # typeshed wants a step of any arguments, which is what it has.
        connection.create_aggregate("decimal_sum", 1, _DecimalSum)  # type: ignore[arg-type]
        connection.execute("BEGIN")  # so that all is of the same moment
        kept = manifest(connection) or {}
        by_state = states(connection)
        count, unsettled, sent, received, unpriced, last, spent = connection.execute(_ATTEMPTS).fetchone()
        return Status(
            total=sum(by_state.values()),
            done=by_state[State.DONE],
            failed=by_state[State.FAILED],
            pending=by_state[State.PENDING],
            in_flight=(unsettled or 0) if pid else 0,
            attempts=count,
            input_tokens=written.whole(sent),
            output_tokens=written.whole(received),
            spent_usd=Decimal(spent or 0),
            unpriced_attempts=unpriced,
            unknown=unknown(connection, with_open=pid is None),
            started=kept.get("created"),
            last_activity=written.seconds(last),
            pid=pid,
        )


def _answer(values: tuple[Any, ...]) -> Answer:
    position, id_, line, offset, length, content, state, text, copied, number = values
    span = Span(written.whole(line), written.whole(offset), written.whole(length))
    own_id, line_of_output = written.text(id_), written.line(text)
    return Answer(
        written.whole(position), own_id, span, written.blob(content), state == State.DONE, line_of_output,
        bool(copied), written.whole(number),
    )  # fmt: skip


class _DecimalSum:
    """SQLite's own sum would be one of binary fractions."""

    def __init__(self) -> None:
        self._sum = Decimal(0)

    def step(self, text: str | None) -> None:
        if text is not None:
            self._sum += written.amount(text)

    def finalize(self) -> str:
        return f"{self._sum:f}"
