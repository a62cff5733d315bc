"""The ledger's file: its tables, and how an older one is brought up to date.

What attempts count against budgets (`charges`) and what they add up to (`sums`) is kept by triggers, so that whoever
writes an attempt cannot forget to.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from llmcli.files import close_to_others, open_private, private_directory
from llmcli.ledger import charges, sums

LEDGER_FILE = "ledger.db"
BUSY_TIMEOUT_S = 30.0
SCHEMA_VERSION = 4
# What SQLite raises for a ledger that is damaged; what it says itself may be no UTF-8.
DAMAGE = (sqlite3.Error, UnicodeDecodeError)

_ATTEMPTS = """
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,           -- the same for all attempts of one call
    attempt INTEGER NOT NULL,        -- 1, 2, …
    time REAL NOT NULL,              -- when it was sent: seconds since 1970, UTC
    command TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,             -- as asked
    model_resolved TEXT,             -- as answered
    status TEXT NOT NULL,            -- sent, ok, interrupted, lost, or the name of an exit code such as rate_limited
    http_status INTEGER,
    stop_reason TEXT,
    input_tokens INTEGER,            -- everything sent, cached or not
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    cost_basis TEXT NOT NULL,        -- measured, estimated, unknown
    latency_ms INTEGER,
    ttft_ms INTEGER,
    tokens_per_second REAL,          -- output after the first token; NULL if not streamed
    request_id TEXT,
    tags TEXT NOT NULL,              -- JSON object
    pid INTEGER NOT NULL
"""

# What came after the first version.
_ADDED = {
    "cache_write_1h_tokens": "INTEGER",  # part of cache_write_tokens
    "profile": "TEXT",
    "run": "TEXT",  # what one --max-cost caps
    "cost_picousd": "INTEGER",  # 10^-12 USD; NULL is unknown
    "charge_picousd": "INTEGER DEFAULT 0",  # what it counts against budgets; NULL is unknown
    "charge_tokens": "INTEGER NOT NULL DEFAULT 0",
    "service_tier": "TEXT",  # the provider's word for how it was served
}

_INDEXES = """
CREATE INDEX IF NOT EXISTS attempts_by_time ON attempts (time);
CREATE INDEX IF NOT EXISTS attempts_open ON attempts (pid) WHERE status = 'sent';
CREATE INDEX IF NOT EXISTS attempts_again ON attempts (call_id, attempt) WHERE attempt > 1;
-- What a report cannot have from the sums: every single latency.
CREATE INDEX IF NOT EXISTS attempts_by_kind ON attempts (
    provider, model, status, command, time, latency_ms, ttft_ms
);
"""


@contextmanager
def as_written() -> Iterator[None]:
    """Values that no call can have left in the ledger are damage of it: raises sqlite3.DatabaseError."""
    try:
        yield
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise sqlite3.DatabaseError(f"it holds what no call can have left there: {error}") from error


def open_ledger(path: Path) -> sqlite3.Connection:
    """A connection to the ledger at `path`, which is created, for its owner's eyes only, if it is missing."""
    private_directory(path.parent)
    if os.path.lexists(path):
        close_to_others(path)
    else:
        _create(path)
    connection = connect(path)
    if connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
        connection.close()
        _create(path)
        connection = connect(path)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def connect(path: Path, timeout_s: float = BUSY_TIMEOUT_S) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=timeout_s, isolation_level=None)


def _create(path: Path) -> None:
    """Make the file and its tables. Under a lock: SQLite cannot wait for the switch to WAL as it does otherwise."""
    lock = open_private(path.with_suffix(".lock"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.lexists(path):
            os.close(open_private(path))
        with closing(connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("BEGIN IMMEDIATE")
            _bring_up_to_date(connection)
            connection.execute("COMMIT")
    finally:
        os.close(lock)


def _bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Create what is missing; an older ledger keeps its rows."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version >= SCHEMA_VERSION:
        return
    connection.execute(f"{_ATTEMPTS})")
    there = {row[1] for row in connection.execute("PRAGMA table_info(attempts)")}
    for name, kind in _ADDED.items():
        if name not in there:
            connection.execute(f"ALTER TABLE attempts ADD COLUMN {name} {kind}")
    if version == 1:
        _from_version_1(connection)
    if version < 3:
        connection.execute("DROP INDEX IF EXISTS attempts_by_kind")  # had other columns
    for statement in _statements(_INDEXES + charges.TABLE + sums.TABLE + charges.TRIGGERS + sums.TRIGGERS):
        connection.execute(statement)
    if version < 3:
        connection.execute(sums.FILL)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _from_version_1(connection: sqlite3.Connection) -> None:
    """Costs were decimal text. What was spent then does not count against budgets, which did not exist."""
    from decimal import Decimal

    from llmcli.ledger.money import to_pico

    connection.create_function("pico", 1, lambda usd: None if usd is None else to_pico(Decimal(usd)))
    connection.execute("UPDATE attempts SET cost_picousd = pico(cost_usd)")
    connection.execute("ALTER TABLE attempts DROP COLUMN cost_usd")


def _statements(script: str) -> list[str]:
    """The statements of a script, one by one: `executescript` would end the transaction."""
    found, begun = [], ""
    for piece in script.split(";"):
        begun += piece + ";"
        if sqlite3.complete_statement(begun):
            found.append(begun)
            begun = ""
    return found
