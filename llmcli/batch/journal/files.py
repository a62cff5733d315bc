"""The journal's files: where they are, how they are made, opened and set aside.

Beside OUT stand OUT.journal, and while a job runs SQLite's OUT.journal-wal and -shm, and OUT.journal.lock. They may
have come with a repository: what is not as we make it is refused before SQLite looks at it.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from llmcli.batch.journal.schema import APPLICATION_ID, SCHEMA_VERSION, TABLES
from llmcli.batch.journal.written import DamagedError
from llmcli.errors import UsageError, one_line
from llmcli.files import open_private

BUSY_TIMEOUT_S = 30.0
CACHE_KIB = 4096

_SIDE_FILES = ("-wal", "-shm")
# Of a transaction that was cut off, which ours leave none of. To undo one, SQLite deletes a file that is named in it.
_ROLLBACK = "-journal"
_STATEMENTS = tuple(statement.strip() for statement in TABLES.split(";\n") if statement.strip())
_FULL = ("full", "disk I/O error")
_DAMAGED = ("malformed", "corrupt", "decode", "user-defined")
_FOREIGN = "not a database"


def journal_path(out: Path) -> Path:
    """Where the journal of the job that writes `out` is."""
    return out.with_name(f"{out.name}.journal")


@contextlib.contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and the system say into UsageErrors. Whatever was going on in a transaction is undone."""
    try:
        yield
    # SQLite's own words may hold what stands in a damaged file.
    except (sqlite3.Error, DamagedError, UnicodeDecodeError, OverflowError) as error:
        words = one_line(str(error))
        if any(word in words for word in _FULL):
            hint = "make room and run the same command again; what is finished is kept"
            raise UsageError(f"cannot write {path}: {words}", hint=hint) from error
        if not isinstance(error, sqlite3.Error) or any(word in words for word in _DAMAGED):
            hint = "restore it, or start over with --fresh, which sets it aside"
            raise UsageError(f"{path} is damaged: {words}", hint=hint) from error
        if _FOREIGN in words:
            hint = "name another, restore it, or start over with --fresh, which sets it aside"
            raise UsageError(f"{path} is damaged, or no batch journal at all", hint=hint) from error
        raise UsageError(f"cannot use {path}: {words}") from error
    except OSError as error:
        raise UsageError(f"cannot use {path}: {error.strerror}") from error


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All of it or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite ends some itself, such as when the disk is full
            connection.execute("ROLLBACK")
        raise


def connect(path: Path) -> sqlite3.Connection:
    """The journal at `path`, made if it is missing. Call it under the lock, and under `translated`."""
    if not os.path.lexists(path):
        create(path)
    _refuse_what_sqlite_should_not_see(path)
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def create(path: Path) -> None:
    """An empty file that only its owner can read."""
    remove_side_files(path)
    os.close(open_private(path, os.O_RDWR | os.O_EXCL))


def remove_side_files(path: Path) -> None:
    """Delete what is left of a journal that was deleted: it does not belong to the one that is there now."""
    for suffix in (*_SIDE_FILES, _ROLLBACK):
        _side(path, suffix).unlink(missing_ok=True)


def connect_to_read(path: Path) -> sqlite3.Connection:
    """The journal at `path`, of a running job or not. Call it under `translated`."""
    if not path.is_file():
        raise UsageError(f"there is no journal {path}", hint="name the output of a batch job")
    _refuse_what_sqlite_should_not_see(path)
    # A directory that cannot be written has no room for SQLite's side files; nobody else writes there either.
    mode = "mode=ro" if os.access(path.parent, os.W_OK) else "immutable=1"
    connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?{mode}", uri=True, timeout=BUSY_TIMEOUT_S)
    try:
        _check(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def set_aside(path: Path) -> None:
    """Rename the journal to PATH.old, replacing an older one of that name. Call it under the lock."""
    old = path.with_name(f"{path.name}.old")
    _refuse_what_is_no_file(path, *(_side(path, suffix) for suffix in _SIDE_FILES))
    if not path.exists():
        return
    if not os.path.lexists(_side(path, _ROLLBACK)):
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # so that nothing of it stands elsewhere
    path.replace(old)
    for suffix in (*_SIDE_FILES, _ROLLBACK):  # still there only if the journal could not be opened
        _side(old, suffix).unlink(missing_ok=True)
        with contextlib.suppress(FileNotFoundError):
            _side(path, suffix).replace(_side(old, suffix))


def remove(path: Path) -> None:
    """Delete a journal that has nothing in it."""
    path.unlink(missing_ok=True)
    remove_side_files(path)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    if _is_empty(connection):
        connection.execute("PRAGMA journal_mode = WAL")
        with transaction(connection):
            for statement in _STATEMENTS:
                connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    _check(connection, path)
    connection.execute("PRAGMA journal_mode = WAL")
    # With a write-ahead log, NORMAL survives any end of the process; a power cut may undo the last transactions.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA journal_size_limit = 67108864")
    connection.execute("PRAGMA temp_store = FILE")  # memory must not grow with the input


def _is_empty(connection: sqlite3.Connection) -> bool:
    return not connection.execute("SELECT EXISTS (SELECT 1 FROM sqlite_master)").fetchone()[0]


def _check(connection: sqlite3.Connection, path: Path) -> None:
    """Raise UsageError if this is somebody else's database, or one of a later version."""
    if _is_empty(connection):  # to be filled, right now, by the process that has made it
        raise UsageError(f"{path} has no job in it yet", hint="try again in a moment")
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise UsageError(f"{path} is not a batch journal", hint="name another output")
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version != SCHEMA_VERSION:
        raise UsageError(
            f"{path} has schema version {version}, this program reads {SCHEMA_VERSION}",
            hint="use the version of llmcli that wrote it, or start over with --fresh",
        )
    made = {statement for (statement,) in connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")}
    if made != set(_STATEMENTS):  # triggers, views and other columns than ours would have SQLite do what others want
        raise UsageError(
            f"{path} is not a batch journal of ours", hint="name another output, or start over with --fresh"
        )


def _refuse_what_sqlite_should_not_see(path: Path) -> None:
    _refuse_what_is_no_file(path, *(_side(path, suffix) for suffix in _SIDE_FILES))
    rollback = _side(path, _ROLLBACK)
    if os.path.lexists(rollback):
        raise UsageError(f"{rollback} is no file of a batch job", hint="delete it, or start over with --fresh")


def _refuse_what_is_no_file(*paths: Path) -> None:
    for path in paths:
        try:
            mode = path.lstat().st_mode
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(mode):
            what = "a symbolic link" if stat.S_ISLNK(mode) else "not a regular file"
            raise UsageError(f"{path} is {what}", hint="name another output")


def _side(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)
