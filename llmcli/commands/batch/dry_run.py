"""What a job will take; nothing is sent."""

from __future__ import annotations

from decimal import Decimal
from functools import partial

from llmcli.app import App
from llmcli.batch.progress.words import duration
from llmcli.batch.rows.row import Row
from llmcli.batch.run.forecast import Dollars, Forecast, forecast
from llmcli.errors import UsageError
from llmcli.jobs.answers import Answers
from llmcli.jobs.job import Job, Pace
from llmcli.jobs.lanes import limits_of
from llmcli.messages import Request, Usage
from llmcli.models import Route, priced_model
from llmcli.pricing import PricedModel, Processing, cost_of
from llmcli.render import dollars_of, to_json


def dry_run(app: App, job: Job, pace: Pace, *, as_json: bool) -> None:
    """Print the forecast. Raises UsageError for rows that make no sense, unless they are to be skipped."""
    answers = Answers(app, job.wanted)
    known: dict[str | None, tuple[Route, PricedModel]] = {}

    def model_of(name: str | None) -> tuple[Route, PricedModel]:
        if name not in known:
            route = app.routes(name)[0]
            known[name] = route, priced_model(app.config, route)
        return known[name]

    def sent(row: Row) -> tuple[PricedModel, Request]:
        route, model = model_of(row.ask.changes.get("model"))
        return model, answers.first(route, row.ask.request(job.base, job.files))

    def cost(model: PricedModel, usage: Usage, processing: Processing, tier: str | None) -> Decimal | None:
        return cost_of(model, usage, app.config.settings.prices, processing=processing, service_tier=tier).usd

    found = forecast(job.reader.rows(), job.known_by, sent, cost, partial(limits_of, app, pace))
    if found.rows == 0:
        raise UsageError(f"{job.source.name} has no rows")
    if found.first_bad is not None and not job.skip_bad:
        bad = found.first_bad
        raise UsageError(
            f"{job.source.name}, line {bad.span.line}: {bad.reason}",
            hint="correct it, or count such rows as failed with --skip-bad-rows",
        )
    app.streams.write(to_json(_fields(found)) if as_json else _text(found))


def _fields(found: Forecast) -> dict[str, object]:
    return {
        "rows": found.rows,
        "bad_rows": found.bad,
        "duplicate_rows": found.alike,
        "too_long_rows": found.too_long,
        "requests": found.requests,
        "input_tokens": found.input_tokens,
        "max_output_tokens": found.most_output_tokens,
        "tokens_basis": "estimated",
        "live_usd": _amounts(found.live),
        "batch_usd": _amounts(found.batch),
        "least_seconds": None if found.seconds is None else round(found.seconds, 1),
        "unpriced_models": sorted(found.unpriced),
    }


def _amounts(dollars: Dollars) -> dict[str, str | None]:
    return {"input": _plain(dollars.least), "most": _plain(dollars.most)}


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


def _text(found: Forecast) -> str:
    notes = [f"{found.alike:,} ask the same as another" if found.alike else ""]
    notes += [f"{found.bad:,} make no sense" if found.bad else ""]
    notes += [f"{found.too_long:,} are too long" if found.too_long else ""]
    said = ", ".join(note for note in notes if note)
    time = (
        "no limits are known: give --rpm or --tpm" if found.seconds is None else f"at least {duration(found.seconds)}"
    )
    lines = [
        f"rows      {found.rows:,}" + (f" ({said})" if said else ""),
        f"requests  {found.requests:,}",
        f"tokens    ~{found.input_tokens:,} in / at most {found.most_output_tokens:,} out",
        f"live      {_span(found.live)}",
        f"batch     {_span(found.batch)}",
        f"time      {time}",
    ]
    if found.unpriced:
        lines.append(f"unpriced  {', '.join(sorted(found.unpriced))}")
    return "\n".join(lines) + "\n"


def _span(dollars: Dollars) -> str:
    if dollars.least is None or dollars.most is None:
        return "unknown"
    return f"~{dollars_of(dollars.least)} for the input, at most {dollars_of(dollars.most)}"
