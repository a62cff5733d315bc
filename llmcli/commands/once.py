"""One request from start to end: what `ask` and `stream` have in common."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from llmcli.app import App
from llmcli.commands.options import CallOptions, InputOptions, ModelOptions, OutputOptions, pairs_of

if TYPE_CHECKING:
    from llmcli.commands.live import Live
    from llmcli.render import Outcome


def once(
    app: App,
    words: list[str] | None,
    inputs: InputOptions,
    model: ModelOptions,
    call: CallOptions,
    output: OutputOptions,
    *,
    live: Live | None = None,
    keep_text: bool = True,
) -> Outcome | None:
    """Send what the user asked; None if the request was only to be shown. With `live` the answer is streamed."""
    from llmcli.commands.request import build
    from llmcli.render import summary

    tags = pairs_of(call.tag, "--tag")
    routes = app.routes()
    if output.print_request:
        from llmcli.commands.show_request import show_request

        request = build(app, words, inputs, model)
        show_request(app, routes[0], request, output.print_request, stream=live is not None)
        return None
    first = app.target(routes[0])  # a missing key is said before stdin is waited for
    app.preload(first)
    request = build(app, words, inputs, model)
    fallbacks = [partial(app.target, route) for route in routes[1:]]
    if live is None:
        outcome = app.run(app.caller(tags).send(request, first, fallbacks))
    else:
        live.start(routes[0])
        caller = app.caller(tags, live.retry)
        outcome = app.run(caller.send(request, first, fallbacks, on_delta=live.delta, keep_text=keep_text))
    if outcome.reply is not None:
        if model.show_reasoning and live is None and outcome.reply.reasoning:
            app.streams.block(outcome.reply.reasoning + "\n")
        app.streams.detail(summary(outcome))
    return outcome
