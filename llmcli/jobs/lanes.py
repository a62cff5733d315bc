"""Who answers a job's rows: the app's models and providers as lanes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from llmcli.app import App
from llmcli.batch.rates.headers import Kind
from llmcli.batch.rows.row import Api
from llmcli.batch.run.lanes import Lanes
from llmcli.complete import Target
from llmcli.jobs.answers import Answers
from llmcli.jobs.job import Job, Pace
from llmcli.models import Route
from llmcli.providers import create, preload
from llmcli.providers.base import Provider, Wiring


def lanes_for(app: App, job: Job, answers: Answers, pace: Pace) -> Lanes:
    """The lanes of the job. Raises what would make every row fail: no key, options that the API does not have."""
    providers: dict[tuple[str, Api | None], Provider] = {}

    def target(route: Route, api: Api | None, wiring: Wiring) -> Target:
        endpoint = replace(app.endpoint(route.provider), wiring=wiring)
        if endpoint.kind == "openai" and api in ("chat", "responses"):
            endpoint = replace(endpoint, api=api)
        if (route.provider, api) not in providers:
            providers[route.provider, api] = create(endpoint)
        return Target(route, endpoint, providers[route.provider, api])

    lanes = Lanes(app.routes, target, partial(limits_of, app, pace), pace.concurrency, pace.max_concurrency, app.clock)
    if job.route is not None:
        lane = lanes.of(None, None)[0]()
        preload(lane.target.endpoint)
        lane.target.provider.prepare(answers.first(job.route, job.sample()))
    return lanes


def limits_of(app: App, pace: Pace, provider: str) -> Mapping[Kind, int | None]:
    """The limits a minute that were set for a provider."""
    settings = app.config.settings.providers[provider]
    return {
        "requests": pace.rpm or settings.rpm,
        "tokens": pace.tpm or settings.tpm,
        "input_tokens": settings.input_tpm,
        "output_tokens": settings.output_tpm,
    }
