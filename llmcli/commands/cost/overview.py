"""Today, this month, and what is left of the budgets."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from typer import Context

from llmcli.commands.begin import begin
from llmcli.commands.columns import aligned
from llmcli.commands.cost.fields import fields_of, left_out, table, usd
from llmcli.commands.cost.report import grouping
from llmcli.commands.cost.select import ledger_of, zone_of
from llmcli.commands.options import GeneralOptions, Json

if TYPE_CHECKING:
    import sqlite3

    from llmcli.app import App
    from llmcli.ledger import Total
    from llmcli.periods import Period

Row = dict[str, object]
_SHOWN = ("calls", "failures", "attempts", "input_tokens", "output_tokens", "cost_usd")


def overview(context: Context, general: GeneralOptions, json: Json = False) -> None:
    """What was spent today and this month, what is reserved, and what is left of the budgets."""
    if context.invoked_subcommand is not None:
        return
    app = begin(context, general)
    from llmcli.periods import day_of, month_of
    from llmcli.render import SCHEMA_VERSION, to_json

    zone, now = zone_of(app), time.time()
    periods = {"today": day_of(now, zone), "month": month_of(now, zone)}
    with ledger_of(app) as connection:
        spent = {name: _spent(connection, period) for name, period in periods.items()}
        reserved, budgets = _reserved(connection), [_budget(total) for total in _totals(app, connection, now)]
    if json:
        head = {"type": "result", "schema_version": SCHEMA_VERSION, "ok": True, "command": "cost"}
        app.streams.write(to_json({**head, **spent, "reserved": reserved, "budgets": budgets, "error": None}))
        return
    rows = [{"": "today", **spent["today"]}, {"": "this month", **spent["month"]}]
    named = {"today's": spent["today"], "this month's": spent["month"]}
    notes = [f"{whose} {line}" for whose, sums in named.items() for line in left_out(sums, _SHOWN)]
    if reserved["attempts"]:
        notes.append(f"running: {reserved['attempts']} attempts, {usd(reserved['cost_usd'])} USD reserved")
    app.streams.write(
        table(("",), rows, names=_SHOWN) + "".join(f"{note}\n" for note in notes) + _budget_table(budgets)
    )


def _spent(connection: sqlite3.Connection | None, period: Period) -> Row:
    from llmcli.ledger.group import total
    from llmcli.ledger.report import report
    from llmcli.ledger.selection import Selection

    chosen = Selection(since=period.since, until=period.until)
    return fields_of(total([] if connection is None else report(connection, chosen, grouping((), None))))


def _reserved(connection: sqlite3.Connection | None) -> Row:
    """What running attempts may take at most: dollars, and how many there are; some may be of unknown price."""
    from llmcli.ledger.money import from_pico

    sql = "SELECT count(*), sum(charge_picousd), sum(charge_tokens) FROM attempts WHERE status = 'sent'"
    count, pico, tokens = (0, 0, 0) if connection is None else connection.execute(sql).fetchone()
    return {"attempts": count, "cost_usd": f"{from_pico(pico or 0):f}", "tokens": tokens or 0}


def _totals(app: App, connection: sqlite3.Connection | None, now: float) -> list[Total]:
    from decimal import Decimal

    from llmcli.budget import Budget
    from llmcli.ledger import Total
    from llmcli.ledger.caps import total

    caps = Budget(app.config.settings.budget, zone_of(app)).all_caps(now)
    nothing = Decimal(0)
    return [Total(cap, nothing, nothing) if connection is None else total(connection, cap) for cap in caps]


def _budget(total: Total) -> Row:
    cap = total.cap
    amounts = {"limit": cap.limit, "spent": total.spent, "reserved": total.reserved, "left": cap.limit - total.taken}
    taken = None if not cap.limit else round(float(100 * total.taken / cap.limit), 1)
    return {
        "name": cap.name,
        "unit": cap.unit,
        **{name: f"{amount.normalize():f}" if cap.unit == "usd" else int(amount) for name, amount in amounts.items()},
        "taken_percent": taken,
    }


def _budget_table(budgets: list[Row]) -> str:
    if not budgets:
        return ""
    lines = [["BUDGET", "LIMIT", "SPENT", "RESERVED", "LEFT", "TAKEN"]]
    for budget in budgets:
        amounts = [_amount(budget[name], budget["unit"]) for name in ("limit", "spent", "reserved", "left")]
        taken = budget["taken_percent"]
        lines.append([str(budget["name"]), *amounts, "" if taken is None else f"{taken} %"])
    return "\n" + aligned(lines, left=1)


def _amount(number: object, unit: object) -> str:
    return f"{usd(number)} USD" if unit == "usd" else f"{number:,} tokens"
