"""Writing the ledger: a row when an attempt is sent, completed when it is over."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from llmcli.files import append_line
from llmcli.ledger import caps as capping
from llmcli.ledger.caps import Cap, Total
from llmcli.ledger.entry import NO_CHARGE, Charge, Sent, Settled, sent_columns, settled_columns, usage_line
from llmcli.ledger.processes import began
from llmcli.ledger.schema import DAMAGE, LEDGER_FILE, as_written, open_ledger

_LOSE = (
    "UPDATE attempts SET status = 'lost', cost_picousd = charge_picousd,"
    " cost_basis = CASE WHEN charge_picousd IS NULL THEN 'unknown' ELSE 'estimated' END"
    " WHERE status = 'sent' AND pid = ? AND time < ?"
)


class LedgerUnusableError(Exception):
    """The ledger cannot be written, so that nothing can be held against a cap."""


class Ledger:
    """The ledger in `directory`. If it cannot be written, `warn` is called once and work goes on without it."""

    def __init__(self, directory: Path, warn: Callable[[str], None], usage_log: Path | None = None) -> None:
        self.path = directory / LEDGER_FILE
        self._warn = warn
        self._usage_log = usage_log
        self._connection: sqlite3.Connection | None = None
        self._broken = False
        self._together = False

    def begin(
        self, sent: Sent, charge: Charge = NO_CHARGE, caps: tuple[Cap, ...] = (), *, unpriced: bool = False
    ) -> int | None:
        """Record that an attempt is about to be sent, and reserve what it may take.

        Returns its row, or None if the ledger is not writable. Raises OverCapError and UnknownPriceError (nothing is
        recorded then), and LedgerUnusableError if there are caps that cannot be checked.
        """
        columns = sent_columns(sent, charge)
        sql = _inserting(*columns)
        with self._transaction() as connection:
            if connection is not None:
                capping.check(connection, caps, charge, unpriced=unpriced)
                return connection.execute(sql, tuple(columns.values())).lastrowid
        if caps:
            raise LedgerUnusableError(str(self.path))
        return None

    def settle(self, row: int | None, sent: Sent, settled: Settled) -> None:
        """Complete the row that `begin` returned."""
        if row is not None:
            columns = settled_columns(settled)
            sql = _updating(*columns)
            with self._transaction() as connection:
                if connection is not None:
                    connection.execute(sql, (*columns.values(), row))
        self._append_usage_log(sent, settled)

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is begun and settled inside is written in one transaction."""
        with self._transaction():
            self._together = True
            try:
                yield
            finally:
                self._together = False

    def totals(self, caps: tuple[Cap, ...]) -> list[Total]:
        """What is spent and reserved of each cap; nothing if the ledger is not readable."""
        with self._transaction() as connection:
            return [] if connection is None else [capping.total(connection, cap) for cap in caps]

    def charge_lost(self) -> None:
        """Take attempts whose process is gone for spent, at the most they can have cost."""
        with self._transaction() as connection:
            if connection is None:
                return
            oldest = connection.execute(
                "SELECT pid, min(time) FROM attempts WHERE status = 'sent' GROUP BY pid"
            ).fetchall()
            with as_written():
                for pid, sent in oldest:
                    if sent < (start := began(pid)):
                        connection.execute(_LOSE, (pid, start))

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection | None]:
        """A connection inside a transaction, or None, with a warning the first time, if that cannot be had."""
        if self._together:
            yield self._connection
            return
        try:
            if self._connection is None and not self._broken:
                self._connection = open_ledger(self.path)
            if self._connection is not None:
                self._connection.execute("BEGIN IMMEDIATE")
        except (OSError, *DAMAGE) as error:
            self._give_up(error)
        connection = self._connection
        if connection is None:
            yield None
            return
        try:
            with connection:
                yield connection
        except DAMAGE as error:
            self._give_up(error)

    def _give_up(self, error: Exception) -> None:
        self._broken = True
        self.close()
        reason = error.strerror if isinstance(error, OSError) else error
        self._warn(f"cannot write the ledger {self.path}, this run is not recorded: {reason}")

    def _append_usage_log(self, sent: Sent, settled: Settled) -> None:
        if self._usage_log is None:
            return
        try:
            append_line(self._usage_log, usage_line(sent, settled).encode("utf-8", "replace"))
        except OSError as error:
            self._warn(f"cannot write usage_log {self._usage_log}: {error.strerror}")
            self._usage_log = None


@cache
def _inserting(*names: str) -> str:
    return f"INSERT INTO attempts ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"


@cache
def _updating(*names: str) -> str:
    return f"UPDATE attempts SET {', '.join(f'{name} = ?' for name in names)} WHERE id = ?"
