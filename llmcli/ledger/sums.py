"""What the attempts of an hour add up to, so that a report need not look at each.

Triggers keep the table, for attempts that are over. Those of one provider, model, status and command are of one kind.
"""

from __future__ import annotations

HOUR_S = 3600
KIND = ("provider", "model", "status", "command")
TOKEN_KINDS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
ADDED = (*TOKEN_KINDS, "cost_picousd")


def unbilled(row: str = "attempts") -> str:
    """SQL for whether an attempt took nothing for certain: nothing is known of it, and nothing is charged for it."""
    return (
        f"({row}.input_tokens IS NULL AND {row}.output_tokens IS NULL AND {row}.cost_picousd IS NULL"
        f" AND {row}.status NOT IN ('ok', 'sent', 'lost')"
        f" AND {row}.charge_picousd IS 0 AND {row}.charge_tokens = 0)"
    )


def terms(row: str = "attempts") -> dict[str, str]:
    """SQL for what one attempt adds to each column of `sums`."""
    streamed = f"coalesce({row}.latency_ms > {row}.ttft_ms, 0)"
    return {
        "attempts": "1",
        **{name: f"coalesce({row}.{name}, 0)" for name in ADDED},
        **{f"known_{name}": f"({row}.{name} IS NOT NULL)" for name in ADDED},
        "written_tokens": f"iif({streamed}, coalesce({row}.output_tokens, 0), 0)",
        "writing_ms": f"iif({streamed} AND {row}.output_tokens >= 0, {row}.latency_ms - {row}.ttft_ms, 0)",
        "unbilled": unbilled(row),
    }


COLUMNS = tuple(terms())
_KEY = ", ".join((*KIND, "hour"))
_NAMES = f"{_KEY}, {', '.join(COLUMNS)}"

TABLE = f"""
CREATE TABLE IF NOT EXISTS sums (
    {" ".join(f"{name} TEXT NOT NULL," for name in KIND)}
    hour INTEGER NOT NULL,           -- hours since 1970
    {" ".join(f"{name} INTEGER NOT NULL," for name in COLUMNS)}
    PRIMARY KEY ({_KEY})
) WITHOUT ROWID;
"""


def _key_of(row: str) -> str:
    return ", ".join([*(f"{row}.{name}" for name in KIND), f"CAST({row}.time / {HOUR_S} AS INTEGER)"])


def _add(row: str, sign: str) -> str:
    """SQL that adds an attempt (or takes it off)."""
    values = ", ".join(f"{sign}{term}" for term in terms(row).values())
    more = ", ".join(f"{name} = {name} + excluded.{name}" for name in COLUMNS)
    return f"INSERT INTO sums ({_NAMES}) VALUES ({_key_of(row)}, {values}) ON CONFLICT ({_KEY}) DO UPDATE SET {more};"


def _trigger(name: str, event: str, row: str, sign: str) -> str:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {name} AFTER {event} ON attempts WHEN {row}.status <> 'sent'"
        f" BEGIN {_add(row, sign)} END;\n"
    )


TRIGGERS = (
    _trigger("sums_inserted", "INSERT", "NEW", "")
    + _trigger("sums_before", "UPDATE", "OLD", "-")
    + _trigger("sums_after", "UPDATE", "NEW", "")
    + _trigger("sums_deleted", "DELETE", "OLD", "-")
)

FILL = (
    f"INSERT INTO sums ({_NAMES}) SELECT {_key_of('attempts')},"
    f" {', '.join(f'sum({term})' for term in terms().values())} FROM attempts WHERE status <> 'sent'"
    f" GROUP BY {', '.join(str(number + 1) for number in range(len(KIND) + 1))}"
)
"""For attempts that were there before the triggers."""
