"""The models that were used without a known price."""

from __future__ import annotations

import sqlite3


def unpriced_models(connection: sqlite3.Connection, since: float) -> list[tuple[str, str, int]]:
    """Provider, model and number of the attempts since then whose tokens are known, but not their cost.

    The model is the one that answered, if it said so.
    """
    return connection.execute(
        "SELECT provider, coalesce(model_resolved, model) AS name, count(*) FROM attempts"
        " WHERE time >= ? AND cost_picousd IS NULL AND input_tokens IS NOT NULL"
        " GROUP BY provider, name ORDER BY count(*) DESC, provider, name",
        (since,),
    ).fetchall()
