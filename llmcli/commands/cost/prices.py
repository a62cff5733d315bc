"""Which prices are in use, and which models have none."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from typer import Context

from llmcli.commands.begin import begin
from llmcli.commands.options import GeneralOptions, Json, Models

if TYPE_CHECKING:
    from llmcli.app import App
    from llmcli.commands.cost.prices_output import Priced, Unpriced
    from llmcli.pricing import PricedModel

LATELY_DAYS = 30


def prices(context: Context, general: GeneralOptions, models: Models = None, json: Json = False) -> None:
    """The prices in use, and which models have none."""
    app = begin(context, general)
    from datetime import UTC, datetime

    from llmcli.commands.cost import prices_output
    from llmcli.pricing import snapshot

    rows = [_priced(app, label, model) for label, model in _models(app, models)]
    table = snapshot.table(datetime.now(UTC).date())
    lacking = _lacking(app)
    if json:
        app.streams.write(prices_output.as_json(table, rows, lacking, LATELY_DAYS))
        return
    app.streams.write(prices_output.as_table(rows))
    for note in prices_output.notes(table, lacking, LATELY_DAYS):
        app.streams.note(note)


def _lacking(app: App) -> list[Unpriced]:
    """The models used lately that are still without a price."""
    from llmcli.commands.cost.prices_output import Unpriced
    from llmcli.ledger.reading import LedgerUnreadableError, reading
    from llmcli.ledger.unpriced import unpriced_models
    from llmcli.pricing import rates_of

    try:
        with reading(app.ledger.path) as connection:
            used = [] if connection is None else unpriced_models(connection, time.time() - LATELY_DAYS * 86_400)
    except LedgerUnreadableError as error:
        app.streams.note(str(error))
        return []
    overrides = app.config.settings.prices
    without = [Unpriced(*each) for each in used]
    return [each for each in without if rates_of(_model(app, each.provider, each.model), overrides) is None]


def _models(app: App, named: list[str] | None) -> Iterator[tuple[str, PricedModel]]:
    """The models named, or all: first those of `[prices]`. With each, what it is to be called."""
    from llmcli.models import known_models, route
    from llmcli.pricing import PricedModel

    if named:
        for name in dict.fromkeys(named):
            chosen = route(app.config, name)
            yield name, _model(app, chosen.provider, chosen.model)
        return
    own = app.config.settings.prices
    for name in own:
        yield name, PricedModel("", "", None, (name,))
    for info in known_models():
        if {info.name, f"{info.provider}/{info.name}"}.isdisjoint(own):
            yield info.name, _model(app, info.provider, info.name)


def _model(app: App, provider: str, name: str) -> PricedModel:
    from llmcli.pricing import PricedModel

    known = app.config.settings.providers.get(provider)
    return PricedModel(provider, known.kind if known else "", known.base_url if known else None, (name,))


def _priced(app: App, label: str, model: PricedModel) -> Priced:
    from llmcli.commands.cost.prices_output import Priced
    from llmcli.pricing import rates_of

    overrides = app.config.settings.prices
    batch = rates_of(model, overrides, processing="batch")
    return Priced(label, model.provider or None, rates_of(model, overrides), batch)
