"""Reading the ledger, without creating it and without holding up those who write."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from llmcli.ledger.schema import BUSY_TIMEOUT_S, DAMAGE, SCHEMA_VERSION, open_ledger


class LedgerUnreadableError(Exception):
    """The ledger is there, but cannot be read."""


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection | None]:
    """A connection that cannot write, in one transaction, so that all that is read fits together.

    None if there is no ledger yet. One of an older version is brought up to date first. Raises
    LedgerUnreadableError.
    """
    try:
        connection = _open(path)
        if connection is None:
            yield None
            return
        with closing(connection):
            connection.execute("BEGIN")
            yield connection
    except (OSError, *DAMAGE) as error:
        raise LedgerUnreadableError(f"cannot read the ledger {path}: {error}") from error


def _open(path: Path) -> sqlite3.Connection | None:
    if not path.exists():
        return None
    connection, version = _connect(path)
    if 0 < version < SCHEMA_VERSION:
        connection.close()
        open_ledger(path).close()
        connection, version = _connect(path)
    if version == 0:  # another process is about to create its tables
        connection.close()
        return None
    return connection


def _connect(path: Path) -> tuple[sqlite3.Connection, int]:
    """A connection, and the version of the ledger."""
    try:
        return _connect_as(path, "mode=ro")
    except sqlite3.OperationalError:
        # Even to read, SQLite puts a file next to a ledger. Where it may not, nobody writes either, but what is
        # still in the log would be left out.
        log = path.with_name(f"{path.name}-wal")
        if log.exists() and log.stat().st_size:
            raise
        return _connect_as(path, "immutable=1")


def _connect_as(path: Path, mode: str) -> tuple[sqlite3.Connection, int]:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{mode}", uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None
    )
    try:
        return connection, int(connection.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        connection.close()
        raise
