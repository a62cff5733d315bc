"""The journal's tables.

A row of the input keeps its `row` number for good; `position` is its place in the input as it is now. Results are
only ever added: a row points to the one that answers it, which may be another row's if both ask the same.
"""

from __future__ import annotations

from enum import IntEnum

SCHEMA_VERSION = 1
APPLICATION_ID = 0x6C6C6D62  # "llmb"


class State(IntEnum):
    """How far a row is."""

    PENDING = 0
    DONE = 1
    FAILED = 2


UNKNOWN = "unknown"
"""The outcome of an attempt whose process ended before it was known."""

TABLES = """
CREATE TABLE manifest (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL              -- JSON
) WITHOUT ROWID;
CREATE TABLE rows (
    row INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    position INTEGER,                -- from 0; NULL: no longer in the input
    line INTEGER NOT NULL,           -- from 1
    offset INTEGER NOT NULL,         -- in bytes
    length INTEGER NOT NULL,         -- in bytes
    content BLOB NOT NULL,           -- hash of what the row says
    fingerprint BLOB NOT NULL,       -- hash of what is asked for it, by which equal requests are known
    bad TEXT,                        -- why it cannot be sent
    state INTEGER NOT NULL,          -- 0 pending, 1 done, 2 failed
    leader INTEGER,                  -- the row that is sent in its place, because it asks the same
    result INTEGER,                  -- results.number
    skipped INTEGER NOT NULL DEFAULT 0  -- 1: an attempt's outcome is unknown and it is not to be sent again
);
CREATE UNIQUE INDEX rows_by_id ON rows (id);
CREATE INDEX rows_by_position ON rows (position);
CREATE INDEX rows_by_leader ON rows (leader) WHERE leader IS NOT NULL;
CREATE TABLE results (
    number INTEGER PRIMARY KEY,      -- in order of completion
    row INTEGER NOT NULL,
    line TEXT NOT NULL               -- the output's line, without its end
);
CREATE TABLE attempts (
    attempt INTEGER PRIMARY KEY,
    row INTEGER NOT NULL,
    number INTEGER NOT NULL,         -- of this row's attempts, from 1
    started REAL NOT NULL,           -- seconds since 1970, UTC
    worst_usd TEXT,                  -- the most it can cost, exact decimal; NULL is unknown
    outcome TEXT,                    -- NULL: on its way; ok, unknown, or the name of an exit code
    finished REAL,
    cost_usd TEXT,                   -- exact decimal; NULL is unknown
    input_tokens INTEGER,
    output_tokens INTEGER
);
"""

STAGING = """
DROP TABLE IF EXISTS temp.staged;
CREATE TEMP TABLE staged (
    position INTEGER PRIMARY KEY,
    line INTEGER, offset INTEGER, length INTEGER,
    id TEXT, own INTEGER, content BLOB, fingerprint BLOB, bad TEXT
);
"""
