"""Rows that are larger than a limit that was set, found before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from llmcli.app import App
from llmcli.batch.journal.entries import PendingRow
from llmcli.batch.rates.rates import Needs, refusal
from llmcli.errors import LlmcliError
from llmcli.jobs.answers import Answers
from llmcli.jobs.job import Job, Pace
from llmcli.jobs.lanes import limits_of
from llmcli.messages import Request
from llmcli.models import Route
from llmcli.purse import longest_output
from llmcli.tokens import estimate_request


def too_large(app: App, job: Job, answers: Answers, pace: Pace) -> Callable[[PendingRow], str | None] | None:
    """What tells why no minute has room for a row; None if no limits were set that a row could exceed."""
    known = {name: limits_of(app, pace, name) for name in app.config.settings.providers}
    of_tokens = [limit for each in known.values() for kind, limit in each.items() if kind != "requests"]
    if not any(of_tokens):
        return None

    @cache
    def lane(model: str | None) -> tuple[Route, Request]:
        route = app.routes(model)[0]
        return route, replace(job.base, model=route.model)

    def reason(row: PendingRow) -> str | None:
        ask = job.reader.again(row.position, row.span, row.content).ask
        try:
            route, base = lane(ask.changes.get("model"))
            request = answers.first(route, ask.request(base, job.files))
        except LlmcliError:  # it will fail by itself
            return None
        return refusal(known[route.provider], Needs(estimate_request(request), longest_output(request)))

    return reason
