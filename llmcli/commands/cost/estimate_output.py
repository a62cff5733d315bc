"""An estimate as a table for people, as JSON for programs, and what has to be said about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from llmcli.commands.columns import aligned
from llmcli.commands.cost.amounts import decimal_string
from llmcli.commands.cost.figures import DAYS_PER_MONTH, Dollars, Figures, Plan
from llmcli.commands.cost.workload import Workload
from llmcli.models import Route
from llmcli.render import SCHEMA_VERSION, dollars_of, to_json

_CALL_PLACES = 6  # a call of a small model costs less than a hundredth of a cent
# https://developers.openai.com/api/docs/guides/prompt-caching; at Anthropic 512 to 4,096, by model.
_LEAST_CACHED = 1024
_TTL_S = {"5m": 300, "1h": 3600}
_PERIOD_S = {"hour": 3600, "day": 86_400, "month": DAYS_PER_MONTH * 86_400}


@dataclass(frozen=True)
class ModelEstimate:
    """What one model would be sent, and what that costs."""

    route: Route
    work: Workload
    figures: Figures


@dataclass(frozen=True)
class Estimate:
    """The same calls with one model after the other; `rows` is the file that they are from, if there is one."""

    plan: Plan
    rows: str | None
    models: tuple[ModelEstimate, ...]

    @property
    def calls(self) -> int:
        """In a period, if there is one, otherwise in all."""
        return self.models[0].work.calls * self.plan.times

    @property
    def output_tokens(self) -> int:
        """Of one answer; of several lengths, the average."""
        work = self.models[0].work
        return round(sum(self.plan.written(size) * calls for size, calls in work.sizes.items()) / work.calls)


def as_table(estimate: Estimate) -> str:
    """A line for each model and way of calling, dollars from left to right: a call, all calls, a day, a month."""
    head = ["MODEL", "TERMS", "TOKENS IN", "TOKENS OUT", "$/CALL"]
    if estimate.calls > 1:
        head.append(f"$/{estimate.calls:,} CALLS")
    if estimate.plan.per is not None:
        head += ["$/DAY", "$/MONTH"]
    lines = [head]
    tokens_out = f"{'<=' if estimate.plan.output_tokens is None else ''}{estimate.output_tokens:,}"
    for each in estimate.models:
        tokens = [_tokens_in(each.work), tokens_out]
        for terms, dollars in _terms(each.figures):
            lines.append([each.route.asked, terms, *tokens, *_cells(dollars, estimate)])
    return aligned(lines, left=2)


def _tokens_in(work: Workload) -> str:
    """Of one call; of several sizes, the average."""
    average = round(work.input_tokens / work.calls)
    return f"{'' if work.method != 'estimated' else '~'}{average:,}"


def _terms(figures: Figures) -> list[tuple[str, Dollars]]:
    terms = [("standard", figures.standard), ("batch", figures.batch)]
    return terms if figures.cached is None else [*terms, ("cached", figures.cached)]


def _cells(dollars: Dollars, estimate: Estimate) -> list[str]:
    cells = [_shown(dollars.call, _CALL_PLACES)]
    if estimate.calls > 1:
        cells.append(_shown(dollars.all_calls))
    if estimate.plan.per is not None:
        cells += [_shown(dollars.day), _shown(dollars.month)]
    return cells


def _shown(amount: Decimal | None, places: int = 4) -> str:
    return "unknown" if amount is None else dollars_of(amount, places, sign="")


def as_json(estimate: Estimate) -> str:
    """One object. Dollars are decimal strings; null is unknown, or not asked for."""
    return to_json(
        {
            "type": "estimate",
            "schema_version": SCHEMA_VERSION,
            "calls": estimate.calls,
            "rows": None if estimate.rows is None else estimate.models[0].work.calls,
            "per": estimate.plan.per,
            "days_per_month": DAYS_PER_MONTH,
            "output_tokens": {
                "count": estimate.output_tokens,
                "method": "max_tokens" if estimate.plan.output_tokens is None else "given",
            },
            "models": [_model(each) for each in estimate.models],
        }
    )


def _model(each: ModelEstimate) -> dict[str, object]:
    work, figures = each.work, each.figures
    cached = {"count": work.cached_tokens, "exact": work.cached_method != "estimated", "method": work.cached_method}
    return {
        "model": each.route.asked,
        "provider": each.route.provider,
        "prices": figures.source,
        # Of all rows, if there are rows, otherwise of one call.
        "input_tokens": {"count": work.input_tokens, "exact": work.method != "estimated", "method": work.method},
        "cached_tokens": cached if work.cached_tokens else None,
        "standard": _usd(figures.standard),
        "batch": _usd(figures.batch),
        "cached": None if figures.cached is None else _usd(figures.cached),
        "worst_case_usd_per_call": decimal_string(figures.worst_call),
    }


def _usd(dollars: Dollars) -> dict[str, str | None]:
    return {
        "usd_per_call": decimal_string(dollars.call),
        "usd_all_calls": decimal_string(dollars.all_calls),
        "usd_per_day": decimal_string(dollars.day),
        "usd_per_month": decimal_string(dollars.month),
    }


def notes(estimate: Estimate) -> Iterator[str]:
    """What the figures rest on, for a person."""
    first, plan = estimate.models[0].work, estimate.plan
    if estimate.rows is not None:
        yield f"{estimate.rows}: {first.calls:,} rows; tokens are estimated, $/CALL and TOKENS IN are the average"
    if first.own_models:
        yield f"{first.own_models:,} rows name a model of their own: here, all go to the same (see batch --dry-run)"
    if plan.output_tokens is None:
        yield f"answers are taken to be as long as they may be, {estimate.output_tokens:,} tokens: name --output-tokens"
    shared = sorted({each.work.cached_tokens for each in estimate.models if each.figures.cached is not None})
    if not shared:
        return
    tokens = " or ".join(f"{count:,}" for count in shared)
    yield f"cached: {tokens} tokens, written by the first call and read by the {estimate.calls - 1:,} others"
    if shared[0] < _LEAST_CACHED:
        yield f"most models cache nothing shorter than {_LEAST_CACHED:,} tokens"
    if plan.per is not None and (apart := _PERIOD_S[plan.per] / estimate.calls) > _TTL_S[plan.ttl]:
        yield f"calls that come evenly are {_minutes(apart)} apart: a cache of {plan.ttl} would be gone each time"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:,.0f} minutes" if seconds < 7200 else f"{seconds / 3600:,.0f} hours"
