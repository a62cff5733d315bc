"""Whether everything is as it should be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from typer import Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.options import GeneralOptions, Json, Model

if TYPE_CHECKING:
    from llmcli.app import App
    from llmcli.commands.doctor.check import Check


@dataclass(frozen=True)
class DoctorOptions:
    """What is looked at."""

    HEADING: ClassVar[str] = "Checks"

    model: Model = None
    offline: Annotated[bool, Option("--offline", help="Do not touch the network.")] = False
    json: Json = False


def doctor(context: Context, options: DoctorOptions, general: GeneralOptions) -> None:
    """What is not as it should be, and what mends it."""
    app = begin(context, general, options)
    app.streams.verbosity = min(app.streams.verbosity, -1)  # a note is a line of the report here
    from llmcli.commands.doctor import report

    checks = list(_checks(app, context.find_root().command, offline=options.offline))
    app.streams.write(app.streams.mask(report.as_json(checks) if options.json else report.as_text(checks)))
    app.deliver_failure = lambda outcome: None  # the report is on stdout already
    first = report.first_problem(checks)
    if first is not None and first.error is not None:
        raise first.error


def _checks(app: App, commands: Any, *, offline: bool) -> Iterator[Check]:
    """In the order in which a call would meet what is wrong."""
    from datetime import date

    from llmcli.commands.doctor import completion, configuration, models, network, prices, program, state

    yield from program.checks()
    settings = list(configuration.checks(app))
    yield from settings
    if settings[-1].error is None:
        asked = models.Models(app)
        yield from asked.checks()
        if not offline:
            yield from network.checks(app, asked.endpoints)
        yield from state.checks(app)
        yield from prices.checks(app, asked.routes, date.today())
    yield from completion.checks(commands)
