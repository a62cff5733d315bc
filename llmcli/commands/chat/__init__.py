"""A conversation: at a terminal, one turn per line in a pipe, or one turn of a session."""

from __future__ import annotations

from typer import Context

from llmcli.commands.begin import begin
from llmcli.commands.chat.options import ChatOptions
from llmcli.commands.groups import pairs_of
from llmcli.commands.options import (
    CallOptions,
    GeneralOptions,
    InputOptions,
    ModelOptions,
    Prompt,
    StreamOptions,
    ToolOptions,
)


def chat(
    context: Context,
    inputs: InputOptions,
    model: ModelOptions,
    call: CallOptions,
    tools: ToolOptions,
    streaming: StreamOptions,
    options: ChatOptions,
    general: GeneralOptions,
    prompt: Prompt = None,
) -> None:
    """A conversation at a terminal, or one turn a line in a pipe."""
    app = begin(context, general, inputs, model, call, streaming)
    app.streams.raw = options.raw
    from llmcli.commands.chat import sessions

    if options.list_sessions or options.show is not None or options.remove is not None:
        sessions.manage(app, options)
        return
    from llmcli.commands.chat.turns import Turns
    from llmcli.commands.sender import Sender

    sender = Sender(app, inputs, tools, pairs_of(call.tag, "--tag"))
    turns = Turns(app, options, inputs, model, sender)
    if options.tool_result:
        turns.answer_calls(options.tool_result)
    elif prompt:
        turns.once(prompt, inputs)
    elif app.streams.stdin_is_tty and app.config.settings.stdin != "require" and not options.json:
        from llmcli.commands.chat.terminal import converse

        converse(turns, inputs)
    else:
        turns.pipe(inputs)
