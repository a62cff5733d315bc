"""What calls will cost, before they are made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer import Context

from llmcli.commands.begin import begin
from llmcli.commands.cost.estimate_options import EstimateOptions
from llmcli.commands.options import GeneralOptions, InputOptions, Json, Prompt, RowOptions, ToolOptions
from llmcli.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from llmcli.app import App
    from llmcli.commands.cost.estimate_output import Estimate
    from llmcli.commands.cost.workload import Workload
    from llmcli.models import Route


def estimate(
    context: Context,
    options: EstimateOptions,
    rows: RowOptions,
    inputs: InputOptions,
    tools: ToolOptions,
    general: GeneralOptions,
    prompt: Prompt = None,
    json: Json = False,
) -> None:
    """What calls will cost, with one model or several."""
    app = begin(context, general, options, inputs)
    from llmcli.commands.cost import estimate_output

    _check(options, rows, inputs, tools, prompt)
    found = _estimates(app, options, _measure(app, options, rows, inputs, tools, prompt))
    app.streams.write(estimate_output.as_json(found) if json else estimate_output.as_table(found))
    for note in estimate_output.notes(found):
        app.streams.note(note)
    _tell_unknown(app, found)


def _tell_unknown(app: App, found: Estimate) -> None:
    """Say which models have no price. If none has one, there is no estimate: the run has failed."""
    unknown = [each.route.asked for each in found.models if not each.figures.known]
    if not unknown:
        return
    message = f'no price is known for {", ".join(unknown)}: set input and output in [prices."{unknown[0]}"]'
    if len(unknown) < len(found.models):
        app.streams.note(message)
    else:
        app.streams.say(f"llmcli: {message}")
        app.exit_code = ExitCode.CONFIG


def _check(
    options: EstimateOptions, rows: RowOptions, inputs: InputOptions, tools: ToolOptions, prompt: list[str] | None
) -> None:
    """Raise UsageError for options that contradict each other."""
    prompted = prompt or inputs.file
    if options.input_tokens is not None and (prompted or inputs.system or options.rows):
        raise UsageError("--input-tokens stands for a whole call", hint="leave out the prompt, -f, -s and --rows")
    if options.rows is not None and (prompted or tools.tool):
        raise UsageError("with --rows the rows are the prompts", hint="leave out the prompt, -f and --tool, or use -p")
    if options.rows is None and rows != RowOptions():
        raise UsageError("-p, --format and --lines are for rows", hint="name their file with --rows")
    if inputs.redact_only:
        raise UsageError("--redact-only prints a prompt, not its cost", hint="llmcli ask --redact-only")


def _measure(
    app: App,
    options: EstimateOptions,
    rows: RowOptions,
    inputs: InputOptions,
    tools: ToolOptions,
    prompt: list[str] | None,
) -> Callable[[Route], Workload]:
    """What says how much a model is sent. Reads files and stdin."""
    from llmcli.commands.cost import workload

    if options.input_tokens is not None:
        typed = workload.of_tokens(options.input_tokens, app.config.settings.max_tokens, options.cached_tokens)
        return lambda _: typed
    if options.rows is not None:
        return workload.Rows(app, inputs, rows, options).workload
    return workload.Prompted(app, prompt, inputs, tools, options).workload


def _estimates(app: App, options: EstimateOptions, measure: Callable[[Route], Workload]) -> Estimate:
    from llmcli.commands.cost.estimate_output import Estimate, ModelEstimate
    from llmcli.commands.cost.figures import Plan, figures
    from llmcli.models import priced_model

    settings = app.config.settings
    plan = Plan(options.output_tokens, options.calls, options.per, settings.cache, options.cached_tokens is not None)
    found = []
    for route in _routes(app, options.models):
        work = measure(route)
        model = priced_model(app.config, route)
        found.append(ModelEstimate(route, work, figures(model, work, plan, settings.prices)))
    return Estimate(plan, "stdin" if options.rows == "-" else options.rows, tuple(found))


def _routes(app: App, named: list[str] | None) -> list[Route]:
    """The models to compare: those named, the one in the settings, or the default of each vendor."""
    from llmcli.models import DEFAULT_MODELS, route

    settings = app.config.settings
    names = named or ([settings.model] if settings.model else list(DEFAULT_MODELS.values()))
    return [route(app.config, name) for name in dict.fromkeys(names)]
