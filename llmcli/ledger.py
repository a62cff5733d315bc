"""What was spent: one row for every attempt that was sent to a provider, in SQLite.

A row is written before the attempt is sent and completed when it is over, so that a killed process leaves a
trace. It holds no prompt and no answer. Many processes may write at once.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from llmcli.files import private_directory
from llmcli.messages import UNKNOWN_COST, Cost, Usage

LEDGER_FILE = "ledger.db"
BUSY_TIMEOUT_S = 30.0
SCHEMA_VERSION = 1

_SCHEMA = """
CREATE TABLE IF NOT EXISTS attempts (
    id INTEGER PRIMARY KEY,
    call_id TEXT NOT NULL,           -- the same for all attempts of one call
    attempt INTEGER NOT NULL,        -- 1, 2, …
    time REAL NOT NULL,              -- when it was sent: seconds since 1970, UTC
    command TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,             -- as asked
    model_resolved TEXT,             -- as answered
    status TEXT NOT NULL,            -- sent, ok, interrupted, or the name of an exit code such as rate_limited
    http_status INTEGER,
    stop_reason TEXT,
    input_tokens INTEGER,            -- everything sent, cached or not
    output_tokens INTEGER,
    cache_read_tokens INTEGER,
    cache_write_tokens INTEGER,
    reasoning_tokens INTEGER,
    cost_usd TEXT,                   -- exact decimal; NULL is unknown
    cost_basis TEXT NOT NULL,        -- measured, estimated, unknown
    latency_ms INTEGER,
    ttft_ms INTEGER,
    tokens_per_second REAL,          -- output after the first token; NULL if not streamed
    request_id TEXT,
    tags TEXT NOT NULL,              -- JSON object
    pid INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS attempts_by_time ON attempts (time);
"""


@dataclass(frozen=True)
class Sent:
    """What is known of an attempt when it is sent."""

    call_id: str
    attempt: int
    command: str
    provider: str
    model: str
    tags: dict[str, str] = field(default_factory=dict)
    time: float = field(default_factory=time.time)


@dataclass(frozen=True)
class Settled:
    """What is known of an attempt when it is over."""

    status: str
    model_resolved: str | None = None
    http_status: int | None = None
    stop_reason: str | None = None
    usage: Usage = field(default_factory=Usage)
    cost: Cost = UNKNOWN_COST
    latency_ms: int | None = None
    ttft_ms: int | None = None
    tokens_per_second: float | None = None
    request_id: str | None = None


class Ledger:
    """The ledger in `directory`. If it cannot be written, `warn` is called once and work goes on."""

    def __init__(self, directory: Path, warn: Callable[[str], None], usage_log: Path | None = None) -> None:
        self._path = directory / LEDGER_FILE
        self._warn = warn
        self._usage_log = usage_log
        self._connection: sqlite3.Connection | None = None
        self._broken = False

    def begin(self, sent: Sent) -> int | None:
        """Record that an attempt is about to be sent; returns its row, or None if the ledger is not writable."""
        columns = {
            "call_id": sent.call_id,
            "attempt": sent.attempt,
            "time": sent.time,
            "command": sent.command,
            "provider": sent.provider,
            "model": sent.model,
            "status": "sent",
            "cost_basis": "unknown",
            "tags": json.dumps(sent.tags, sort_keys=True),
            "pid": os.getpid(),
        }
        names = ", ".join(columns)
        marks = ", ".join("?" * len(columns))
        sql = f"INSERT INTO attempts ({names}) VALUES ({marks})"  # noqa: S608 - column names are ours
        return self._write(sql, tuple(columns.values()))

    def settle(self, row: int | None, sent: Sent, settled: Settled) -> None:
        """Complete the row that `begin` returned."""
        if row is not None:
            columns = _settled_columns(settled)
            assignments = ", ".join(f"{name} = ?" for name in columns)
            sql = f"UPDATE attempts SET {assignments} WHERE id = ?"  # noqa: S608 - column names are ours
            self._write(sql, (*columns.values(), row))
        self._append_usage_log(sent, settled)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, sql: str, values: tuple[object, ...]) -> int | None:
        if self._broken:
            return None
        try:
            if self._connection is None:
                self._connection = _open(self._path)
            with self._connection:
                self._connection.execute("BEGIN IMMEDIATE")
                return self._connection.execute(sql, values).lastrowid
        except (OSError, sqlite3.Error) as error:
            self._broken = True
            self._warn(f"cannot write the ledger {self._path}, this run is not recorded: {error}")
            return None

    def _append_usage_log(self, sent: Sent, settled: Settled) -> None:
        """One line in one write, so that lines of several processes do not mix."""
        if self._usage_log is None:
            return
        when = datetime.fromtimestamp(sent.time, UTC).isoformat(timespec="milliseconds")
        head = {"time": when, "call_id": sent.call_id, "attempt": sent.attempt, "command": sent.command}
        what = {"provider": sent.provider, "model": sent.model, "tags": sent.tags}
        line = json.dumps({**head, **what, **_settled_columns(settled)}, ensure_ascii=False) + "\n"
        try:
            descriptor = os.open(self._usage_log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode("utf-8", "replace"))
            finally:
                os.close(descriptor)
        except OSError as error:
            self._warn(f"cannot write usage_log {self._usage_log}: {error.strerror}")
            self._usage_log = None


def _settled_columns(settled: Settled) -> dict[str, object]:
    usage = settled.usage
    return {
        "status": settled.status,
        "model_resolved": settled.model_resolved,
        "http_status": settled.http_status,
        "stop_reason": settled.stop_reason,
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cache_read_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
        "cost_usd": None if settled.cost.usd is None else f"{settled.cost.usd:f}",
        "cost_basis": settled.cost.basis,
        "latency_ms": settled.latency_ms,
        "ttft_ms": settled.ttft_ms,
        "tokens_per_second": settled.tokens_per_second,
        "request_id": settled.request_id,
    }


def _open(path: Path) -> sqlite3.Connection:
    """A connection to the ledger at `path`, which is created, for its owner's eyes only, if it is missing."""
    private_directory(path.parent)
    if not path.exists():
        _create(path)
    connection = _connect(path)
    if connection.execute("PRAGMA user_version").fetchone()[0] < SCHEMA_VERSION:
        connection.close()
        _create(path)
        connection = _connect(path)
    connection.execute("PRAGMA synchronous = NORMAL")
    return connection


def _create(path: Path) -> None:
    """Make the file and its tables. Under a lock: SQLite cannot wait for the switch to WAL as it does otherwise."""
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with closing(_connect(path)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(_SCHEMA)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    finally:
        os.close(lock)


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=BUSY_TIMEOUT_S, isolation_level=None)
