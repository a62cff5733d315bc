"""One prompt in, one complete answer out."""

from __future__ import annotations

from typer import Context

from llmcli.commands.begin import begin
from llmcli.commands.options import (
    CallOptions,
    GeneralOptions,
    InputOptions,
    ModelOptions,
    OutputOptions,
    Prompt,
    ToolOptions,
)


def ask(
    context: Context,
    inputs: InputOptions,
    model: ModelOptions,
    call: CallOptions,
    tools: ToolOptions,
    output: OutputOptions,
    general: GeneralOptions,
    prompt: Prompt = None,
) -> None:
    """One prompt in, one complete answer out."""
    app = begin(context, general, inputs, model, call)
    from llmcli.commands.deliver import Delivery
    from llmcli.commands.once import once

    delivery = Delivery(app.streams, output)
    app.deliver_failure = delivery.failure
    outcome = once(app, prompt, inputs, model, call, tools, output)
    if outcome is not None:
        delivery.deliver(outcome)
