"""One prompt in, the answer out as it is written."""

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
    StreamOptions,
    ToolOptions,
)


def stream(
    context: Context,
    inputs: InputOptions,
    model: ModelOptions,
    call: CallOptions,
    tools: ToolOptions,
    streaming: StreamOptions,
    output: OutputOptions,
    general: GeneralOptions,
    prompt: Prompt = None,
) -> None:
    """One prompt in, the answer out as it is written."""
    app = begin(context, general, inputs, model, call, streaming)
    from llmcli.commands.deliver import Delivery
    from llmcli.commands.live import LiveJson, LiveText
    from llmcli.commands.once import once

    delivery = Delivery(app.streams, output)
    app.deliver_failure = delivery.failure
    live = (
        LiveJson(app.streams)
        if output.json
        else LiveText(app.streams, silent=output.code, reasoning=model.show_reasoning)
    )
    keep_text = output.json or output.code or output.output is not None or model.json_object
    outcome = once(app, prompt, inputs, model, call, tools, output, live=live, keep_text=keep_text)
    if outcome is not None:
        live.end()
        delivery.deliver(outcome, already_shown=live.shown)
