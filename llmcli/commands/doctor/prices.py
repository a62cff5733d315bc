"""How old the prices are, and whether there are any for the models that are asked."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from datetime import date
from shlex import quote

from llmcli.app import App
from llmcli.budget import Budget
from llmcli.commands.doctor.check import Checks, ok, problem, warn
from llmcli.errors import BudgetError
from llmcli.ledger import Sent
from llmcli.models import Route, priced_model
from llmcli.pricing import rates_of, snapshot

# Vendors change a price every few months.
OLD_AFTER_DAYS = 120


def checks(app: App, routes: Sequence[Route], today: date) -> Checks:
    table = snapshot.table(today)
    age = None if table.newest is None else (today - table.newest).days
    words = f"{table.name} {table.version}" + ("" if age is None else f", newest entry {age} days old")
    if age is not None and age <= OLD_AFTER_DAYS:
        yield ok("prices", words)
    else:
        yield warn("prices", words, f"{_pip()} --upgrade {table.name}")
    settings = app.config.settings
    for route in routes:
        if rates_of(priced_model(app.config, route), settings.prices) is None:
            yield from _unpriced(app, route)


def _pip() -> str:
    """What installs into our environment; one that uv has made has no pip."""
    python = quote(sys.executable)
    return f"{python} -m pip install" if importlib.util.find_spec("pip") else f"uv pip install --python {python}"


def _unpriced(app: App, route: Route) -> Checks:
    settings = app.config.settings
    sent = Sent("", 1, app.command, route.provider, route.asked, profile=settings.profile)
    caps = Budget(settings.budget, max_cost_usd=settings.max_cost_usd).caps(sent)
    fact = f"nobody knows the price of {route.asked}"
    fix = f'set input and output in [prices."{route.asked}"]'
    cap = next((cap for cap in caps if cap.unit == "usd"), None)
    if cap is None:
        yield warn("prices", f"{fact}: its cost will be unknown", fix)
    else:
        yield problem("prices", BudgetError(f"{fact}, so it cannot be held against {cap.name}", hint=fix))
