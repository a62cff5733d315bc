"""What budgets are checked against: what the attempts of a quarter of an hour count, for all that a cap may be of.

Every time zone begins its days on a quarter of an hour.
"""

from __future__ import annotations

QUARTER_S = 900

TABLE = """
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


TRIGGERS = f"""
CREATE TRIGGER IF NOT EXISTS attempt_sent AFTER INSERT ON attempts BEGIN {_add("NEW", "")} END;
CREATE TRIGGER IF NOT EXISTS attempt_settled AFTER UPDATE OF charge_picousd, charge_tokens ON attempts
BEGIN {_add("OLD", "-")} {_add("NEW", "")} END;
"""
