"""How far a job is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from typer import Argument, Context

from llmcli.commands.begin import begin
from llmcli.commands.options import GeneralOptions, Json

if TYPE_CHECKING:
    from llmcli.batch.journal.entries import Status


def status(
    context: Context,
    general: GeneralOptions,
    out: Annotated[Path, Argument(metavar="OUT", help="The output of a job, or its journal.")],
    json: Json = False,
) -> None:
    """How far a job is, running or stopped."""
    app = begin(context, general)
    from llmcli.batch.journal.files import journal_path
    from llmcli.batch.journal.reading import status as status_of
    from llmcli.render import to_json

    journal = journal_path(out)
    found = status_of(out if not journal.exists() and out.exists() else journal)
    app.streams.write(to_json(_fields(found)) if json else _text(found))


def _fields(found: Status) -> dict[str, object]:
    from datetime import UTC, datetime

    def when(seconds: float | None) -> str | None:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")

    worst = found.unknown.worst_usd
    return {
        "running": found.pid is not None,
        "pid": found.pid,
        "total": found.total,
        "done": found.done,
        "failed": found.failed,
        "pending": found.pending,
        "in_flight": found.in_flight,
        "attempts": found.attempts,
        "input_tokens": found.input_tokens,
        "output_tokens": found.output_tokens,
        "spent_usd": f"{found.spent_usd:f}",
        "unpriced_attempts": found.unpriced_attempts,
        "unknown_attempts": found.unknown.attempts,
        "unknown_worst_usd": None if worst is None else f"{worst:f}",
        "started": when(found.started),
        "last_activity": when(found.last_activity),
    }


def _text(found: Status) -> str:
    from llmcli.render import dollars_of

    state = "stopped" if found.pid is None else f"running as process {found.pid}"
    if found.pid is None and not found.pending:
        state = "finished"
    flying = f" ({found.in_flight:,} under way)" if found.in_flight else ""
    lines = [
        f"job       {state}",
        f"rows      {found.total:,}: {found.done:,} done, {found.failed:,} failed, {found.pending:,} pending{flying}",
        f"attempts  {found.attempts:,}",
        f"tokens    {found.input_tokens:,} in / {found.output_tokens:,} out",
        f"spent     {dollars_of(found.spent_usd)}"
        + (f", without {found.unpriced_attempts:,} attempts of unknown price" if found.unpriced_attempts else ""),
    ]
    if found.unknown.attempts:
        worst = found.unknown.worst_usd
        most = "nobody knows what" if worst is None else f"at most {dollars_of(worst)}"
        lines.append(f"unknown   {found.unknown.attempts:,} attempts were cut off; they cost {most}")
    return "\n".join(lines) + "\n"
