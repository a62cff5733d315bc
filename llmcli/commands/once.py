"""One request from start to end: what `ask` and `stream` have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcli.app import App
from llmcli.commands.groups import pairs_of
from llmcli.commands.options import CallOptions, InputOptions, ModelOptions, OutputOptions, ToolOptions

if TYPE_CHECKING:
    from llmcli.commands.live import Live
    from llmcli.messages import Request
    from llmcli.render import Outcome


def once(
    app: App,
    words: list[str] | None,
    inputs: InputOptions,
    model: ModelOptions,
    call: CallOptions,
    tools: ToolOptions,
    output: OutputOptions,
    *,
    live: Live | None = None,
    keep_text: bool = True,
) -> Outcome | None:
    """Send what the user asked; None if it was only to be shown. With `live` the answer is streamed."""
    from llmcli.commands.request import build
    from llmcli.commands.sender import Sender
    from llmcli.render import summary

    sender = Sender(app, inputs, tools, pairs_of(call.tag, "--tag"))
    if output.print_request or inputs.redact_only:
        shown = sender.prepared(build(app, words, inputs, model))
        _show(app, shown, output, stream=live is not None)
        return None
    target = sender.ready()  # a missing key is said before stdin is waited for
    request = build(app, words, inputs, model)
    if live is not None:
        live.start(target.route)
    outcome = sender.send(request, live=live, keep_text=keep_text)
    if outcome.reply is not None:
        if model.show_reasoning and live is None and outcome.reply.reasoning:
            app.streams.block(outcome.reply.reasoning + "\n")
        app.streams.detail(summary(outcome))
    return outcome


def _show(app: App, request: Request, output: OutputOptions, *, stream: bool) -> None:
    """Print what would be sent: the provider's request, or only its text."""
    from llmcli.commands.show_request import show_request
    from llmcli.redaction import as_text

    if output.print_request:
        show_request(app, app.routes()[0], request, output.print_request, stream=stream)
    else:
        app.streams.write(as_text(request))
