"""The ledger added up."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from typer import Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.cost.fields import UNKNOWN, fields_of, left_out, table
from llmcli.commands.cost.select import SelectOptions, ledger_of, selected, zone_of
from llmcli.commands.options import GeneralOptions, Json

if TYPE_CHECKING:
    from datetime import tzinfo

    from llmcli.app import App
    from llmcli.ledger.group import Group, Grouping
    from llmcli.ledger.selection import Selection

Format = Literal["table", "json", "csv", "jsonl"]
KEYS = ("model", "provider", "command", "day", "hour")


def report(
    context: Context,
    options: SelectOptions,
    general: GeneralOptions,
    by: Annotated[str, Option("--by", metavar="KEYS", help="model,provider,command,tag:KEY,day or hour.")] = "model",
    form: Annotated[Format, Option("--format", help="How it is printed.")] = "table",
    json: Json = False,
    chart: Annotated[bool, Option("--chart", help="Draw spend by day and latencies as text.")] = False,
    plot: Annotated[Path | None, Option("--plot", metavar="FILE", help="Draw them into an .svg or .png file.")] = None,
) -> None:
    """The ledger added up: calls, failures, tokens, dollars, latency."""
    app = begin(context, general)
    app.command = "cost report"
    form = "json" if json else form
    if form in ("json", "jsonl"):
        _fail_in_json(app)
    keys = _keys(by)
    _check(form, chart, plot)
    zone = zone_of(app)
    selection = selected(options, zone)
    groups, drawn = _read(app, selection, keys, zone, draw=chart or plot is not None)
    _print(app, form, keys, groups, selection, zone)
    if chart:
        from llmcli.commands.cost.chart import chart as draw_text

        app.streams.write(draw_text(drawn))
    if plot is not None:
        from llmcli.commands.cost.plot import plot as draw

        draw(plot, drawn)


def _check(form: Format, chart: bool, plot: Path | None) -> None:
    """Raise UsageError for what cannot be drawn, before anything is printed."""
    if chart and form != "table":
        from llmcli.errors import UsageError

        raise UsageError(f"--chart goes with a table, not with {form}", hint="leave out one of them")
    if plot is not None:
        from llmcli.commands.cost.plot import check

        check(plot)


def _keys(by: str) -> tuple[str, ...]:
    """What `--by` says. Raises UsageError."""
    from llmcli.errors import UsageError

    keys = tuple(part.strip() for part in by.split(",") if part.strip())
    for key in keys:
        if key not in KEYS and not (key.startswith("tag:") and key != "tag:"):
            raise UsageError(f'--by "{key}" is unknown', hint=f"choose from {', '.join(KEYS)} and tag:KEY")
    if len(set(keys)) < len(keys) or {"day", "hour"} <= set(keys):
        raise UsageError(f'--by "{by}" names the same twice', hint="name each once, and either day or hour")
    return keys


def _read(
    app: App, selection: Selection, keys: tuple[str, ...], zone: tzinfo | None, *, draw: bool
) -> tuple[list[Group], list[Group]]:
    """The groups of the report, and if they are to be drawn, those of each model and day."""
    from llmcli.ledger.report import report

    with ledger_of(app) as connection:
        if connection is None:
            return [], []
        groups = report(connection, selection, grouping(keys, zone))
        return groups, report(connection, selection, grouping(("model", "day"), zone)) if draw else []


def grouping(keys: tuple[str, ...], zone: tzinfo | None) -> Grouping:
    """How the ledger is to group for `--by`."""
    from llmcli.ledger.group import Grouping
    from llmcli.periods import day_of, hour_of, local

    @cache
    def day(moment: float) -> tuple[str, float]:
        return local(moment, zone).date().isoformat(), day_of(moment, zone).until

    @cache
    def hour(moment: float) -> tuple[str, float]:
        here = local(moment, zone).isoformat(timespec="minutes")
        return f"{here[:13]}:00{here[16:]}", hour_of(moment, zone).until

    by = tuple("period" if key in ("day", "hour") else key for key in keys)
    return Grouping(by, day if "day" in keys else hour if "hour" in keys else None)


def _print(
    app: App, form: Format, keys: tuple[str, ...], groups: list[Group], selection: Selection, zone: tzinfo | None
) -> None:
    from llmcli.ledger.group import total
    from llmcli.render import to_json

    rows = [dict(zip(keys, group.key, strict=True)) | fields_of(group) for group in groups]
    match form:
        case "table":
            app.streams.write(_table(keys, rows, fields_of(total(groups))))
        case "json":
            app.streams.write(to_json(_envelope(keys, rows, fields_of(total(groups)), selection, zone)))
        case "jsonl":
            app.streams.write("".join(map(to_json, rows)))
        case "csv":
            app.streams.write(_csv(keys, rows))


def _table(keys: tuple[str, ...], rows: list[dict[str, object]], total: dict[str, object]) -> str:
    if not rows:
        return "no calls\n"
    notes = "".join(f"{line}\n" for line in left_out(total))
    return table(keys, rows, total if len(rows) > 1 else None) + notes


def _envelope(
    keys: tuple[str, ...],
    rows: list[dict[str, object]],
    total: dict[str, object],
    selection: Selection,
    zone: tzinfo | None,
) -> dict[str, object]:
    from llmcli.periods import local
    from llmcli.render import SCHEMA_VERSION

    bounds = {"since": selection.since, "until": selection.until}
    return {
        "type": "result",
        "schema_version": SCHEMA_VERSION,
        "ok": True,
        "command": "cost report",
        "by": keys,
        **{name: None if at is None else local(at, zone).isoformat() for name, at in bounds.items()},
        "rows": rows,
        "total": total,
        "error": None,
    }


def _csv(keys: tuple[str, ...], rows: list[dict[str, object]]) -> str:
    import csv
    from io import StringIO

    from llmcli.ledger.group import total

    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = tuple(fields_of(total([])))
    writer.writerow(keys + names)
    for row in rows:
        numbers = (UNKNOWN if row[name] is None else row[name] for name in names)
        writer.writerow([*(row[key] for key in keys), *numbers])
    return text.getvalue()


def _fail_in_json(app: App) -> None:
    """From now on, a failure is told as the envelope too."""
    from llmcli.render import envelope, to_json

    app.deliver_failure = lambda outcome: app.streams.write(to_json(envelope(outcome)))
