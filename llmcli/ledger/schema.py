"""The ledger's file: its tables, and how an older one is brought up to date.

`charges` is what budgets are checked against: what all attempts of a quarter of an hour count, for everything that
a cap may stand for. Triggers keep it, so that whoever writes an attempt cannot forget to. Every time zone begins
its days on a quarter of an hour.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from contextlib import closing
from pathlib import Path

from llmcli.files import close_to_others, open_private, private_directory

LEDGER_FILE = "ledger.db"
BUSY_TIMEOUT_S = 30.0
SCHEMA_VERSION = 2
QUARTER_S = 900

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
}

_INDEXES = """
CREATE INDEX IF NOT EXISTS attempts_by_time ON attempts (time);
CREATE INDEX IF NOT EXISTS attempts_open ON attempts (pid) WHERE status = 'sent';
CREATE INDEX IF NOT EXISTS attempts_again ON attempts (call_id, attempt) WHERE attempt > 1;
-- All that a report adds up, so that it need not read the table.
CREATE INDEX IF NOT EXISTS attempts_by_kind ON attempts (
    provider, model, status, time, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
    reasoning_tokens, cost_picousd, latency_ms, ttft_ms, command
);
CREATE TABLE IF NOT EXISTS charges (
    scope TEXT NOT NULL,             -- '', 'provider:…', 'profile:…', 'tag:KEY=VALUE' or 'run:…'
    quarter INTEGER NOT NULL,        -- quarters of an hour since 1970
    picousd INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    unpriced INTEGER NOT NULL,       -- attempts of unknown price
    PRIMARY KEY (scope, quarter)
) WITHOUT ROWID;
"""


def _scopes(row: str) -> str:
    """SQL for everything that an attempt counts towards."""
    return (
        f"SELECT '' AS scope UNION ALL SELECT 'provider:' || {row}.provider"
        f" UNION ALL SELECT 'profile:' || {row}.profile WHERE {row}.profile IS NOT NULL"
        f" UNION ALL SELECT 'run:' || {row}.run WHERE {row}.run IS NOT NULL"
        f" UNION ALL SELECT 'tag:' || key || '=' || value FROM json_each({row}.tags)"
    )


def _add(row: str, sign: str) -> str:
    """SQL that adds (or takes off) what an attempt counts."""
    return (
        "INSERT INTO charges (scope, quarter, picousd, tokens, unpriced)"
        f" SELECT scope, CAST({row}.time / {QUARTER_S} AS INTEGER), {sign}coalesce({row}.charge_picousd, 0),"
        f" {sign}{row}.charge_tokens, {sign}({row}.charge_picousd IS NULL) FROM ({_scopes(row)}) WHERE true"
        " ON CONFLICT (scope, quarter) DO UPDATE SET picousd = picousd + excluded.picousd,"
        " tokens = tokens + excluded.tokens, unpriced = unpriced + excluded.unpriced;"
    )


_TRIGGERS = f"""
CREATE TRIGGER IF NOT EXISTS attempt_sent AFTER INSERT ON attempts BEGIN {_add("NEW", "")} END;
CREATE TRIGGER IF NOT EXISTS attempt_settled AFTER UPDATE OF charge_picousd, charge_tokens ON attempts
BEGIN {_add("OLD", "-")} {_add("NEW", "")} END;
"""


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


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)


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
    """Create what is missing; a ledger of version 1 keeps its rows."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version >= SCHEMA_VERSION:
        return
    columns = "".join(f", {name} {kind}" for name, kind in _ADDED.items())
    connection.execute(f"{_ATTEMPTS}{columns})")
    if version == 1:
        _from_version_1(connection)
    for statement in _statements(_INDEXES + _TRIGGERS):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _from_version_1(connection: sqlite3.Connection) -> None:
    """Costs were decimal text. What was spent then does not count against budgets, which did not exist."""
    from decimal import Decimal

    from llmcli.ledger.money import to_pico

    for name, kind in _ADDED.items():
        connection.execute(f"ALTER TABLE attempts ADD COLUMN {name} {kind}")
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
