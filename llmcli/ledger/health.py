"""Whether the ledger can be read and written, without a change to it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from llmcli.ledger.reading import LedgerUnreadableError, reading
from llmcli.ledger.schema import connect

# Whoever writes is done in milliseconds.
_LOCK_WAIT_S = 3.0

Fault = Literal["damaged", "unreadable", "link", "locked", "refused"]


@dataclass(frozen=True)
class Health:
    """How many `attempts` it holds, or its `fault`, and `words` for that."""

    attempts: int = 0
    fault: Fault | None = None
    words: str = ""


def health_of(path: Path) -> Health:
    """How the ledger at `path` is, which has to be there."""
    if path.is_symlink():
        return Health(0, "link", f"the ledger {path} is a symbolic link, which is not followed")
    try:
        with reading(path) as connection:
            if connection is None:
                return Health()
            found = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            if found != "ok":
                return Health(0, "damaged", f"the ledger {path} is damaged: {found}")
            (attempts,) = connection.execute("SELECT count(*) FROM attempts").fetchone()
    except LedgerUnreadableError as error:
        return Health(0, "unreadable" if _is_closed(path) else "damaged", str(error))
    return _writable(path) or Health(attempts)


def _is_closed(path: Path) -> bool:
    """Whether its permissions keep us out, which SQLite does not tell from damage."""
    try:
        path.open("rb").close()
    except OSError as error:
        return isinstance(error, PermissionError)
    return False


def _writable(path: Path) -> Health | None:
    """Why nothing can be added to it, if so."""
    try:
        with closing(connect(path, _LOCK_WAIT_S)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        fault: Fault = "locked" if error.sqlite_errorcode == sqlite3.SQLITE_BUSY else "refused"
        return Health(0, fault, f"cannot write the ledger {path}: {error}")
    return None
