"""A conversation: at a terminal, one turn per line in a pipe, or one turn of a session."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from typer import Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.options import (
    CallOptions,
    GeneralOptions,
    InputOptions,
    Json,
    ModelOptions,
    Prompt,
    Raw,
    StreamOptions,
    pairs_of,
)


@dataclass(frozen=True)
class ChatOptions:
    """What only a conversation has."""

    session: Annotated[str | None, Option("--session", metavar="NAME", help="Keep the conversation.")] = None
    list_sessions: Annotated[bool, Option("--list", help="List the sessions.")] = False
    show: Annotated[str | None, Option("--show", metavar="NAME", help="Print a session.")] = None
    remove: Annotated[str | None, Option("--rm", metavar="NAME", help="Delete a session.")] = None
    save_on_exit: Annotated[
        Path | None, Option("--save-on-exit", metavar="FILE", help="Write the conversation there at the end.")
    ] = None
    window: Annotated[
        Literal["slide", "summarize"], Option("--window", help="What becomes of turns that no longer fit.")
    ] = "slide"
    window_turns: Annotated[
        int | None, Option("--window-turns", min=0, metavar="N", help="Send at most the last N turns.")
    ] = None
    window_tokens: Annotated[
        int | None, Option("--window-tokens", min=1, metavar="N", help="Send at most about N tokens.")
    ] = None
    pin: Annotated[list[int] | None, Option("--pin", min=1, metavar="N", help="Always send turn N.")] = None
    json: Json = False
    raw: Raw = False


def chat(
    context: Context,
    inputs: InputOptions,
    model: ModelOptions,
    call: CallOptions,
    streaming: StreamOptions,
    options: ChatOptions,
    general: GeneralOptions,
    prompt: Prompt = None,
) -> None:
    """A conversation: at a terminal, or one turn per line in a pipe. With PROMPT, one turn."""
    app = begin(context, general, inputs, model, call, streaming)
    app.streams.raw = options.raw
    from llmcli.commands import chat_sessions

    if options.list_sessions or options.show is not None or options.remove is not None:
        chat_sessions.manage(app, options)
        return
    from llmcli.commands.chat_turns import Turns

    turns = Turns(app, options, inputs, model, pairs_of(call.tag, "--tag"))
    if prompt:
        turns.once(prompt, inputs)
    elif app.streams.stdin_is_tty and app.config.settings.stdin != "require" and not options.json:
        from llmcli.commands.chat_terminal import converse

        converse(turns, inputs)
    else:
        turns.pipe(inputs)
