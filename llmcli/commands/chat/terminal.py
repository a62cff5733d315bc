"""The conversation at a terminal: prompt, streamed answers, and commands that begin with a slash."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from llmcli.chat.dialogue import is_answer
from llmcli.commands.chat.slash import Slash
from llmcli.commands.chat.turns import Turns
from llmcli.commands.options import InputOptions
from llmcli.errors import ExitCode, InterruptedRunError, LlmcliError
from llmcli.messages import Message
from llmcli.render import turn_line

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession

PROMPT = "> "
MORE = ". "


def converse(turns: Turns, inputs: InputOptions) -> None:
    """Read, answer, repeat, until the user leaves."""
    turns.attach(inputs.file or [])
    say = turns.app.streams.say
    slash = Slash(turns)
    editor = _editor(turns)
    say(f"{turns.model_name()}: /help lists commands, Alt-Enter begins a new line, Ctrl-D leaves")
    try:
        _loop(turns, slash, editor)
    finally:
        turns.finish()
        for line in slash.statistics():
            say(line)


def _loop(turns: Turns, slash: Slash, editor: PromptSession[str]) -> None:
    say = turns.app.streams.say
    while not slash.left:
        try:
            line = turns.app.run(_typed(editor))
        except EOFError:
            break
        if line is None:
            continue
        try:
            question = slash.obey(line)
            if question is not None:
                answer(turns, question)
        except InterruptedRunError as error:
            if error.exit_code is not ExitCode.SIGINT:
                raise
            say("interrupted")
        except LlmcliError as error:
            say(f"llmcli: {error.line()}")


async def _typed(editor: PromptSession[str]) -> str | None:
    """The line that is typed; None for one that is not wanted any more. Raises EOFError.

    Not by `prompt`: in a loop of its own, which knows no SIGTERM, that would stay there and ask for a key.
    """
    try:
        return (await editor.prompt_async(PROMPT)).encode("utf-8", "replace").decode()
    except KeyboardInterrupt:
        return None


def answer(turns: Turns, question: Message) -> None:
    """One turn, streamed, and the line that says what it took."""
    live = turns.live_text()
    outcome = turns.turn(question, live)
    live.end()
    if outcome.reply is not None:
        turns.app.streams.say(turn_line(outcome, turns.conversation.total()))
    if outcome.error is not None:
        turns.app.streams.say(f"llmcli: {outcome.error.line()}")
    if not is_answer(outcome):
        turns.app.streams.say("the conversation is as it was before this turn; /retry asks again")


def _editor(turns: Turns) -> PromptSession[str]:
    """The line editor: history of this conversation, several lines with Alt-Enter. It draws on stderr."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.application import create_app_session
    from prompt_toolkit.history import InMemoryHistory
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.output import create_output
    from prompt_toolkit.output.plain_text import PlainTextOutput
    from prompt_toolkit.utils import is_dumb_terminal

    keys = KeyBindings()

    @keys.add("escape", "enter")
    def new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    history = InMemoryHistory([turn.user.text for turn in turns.conversation.turns])
    output = PlainTextOutput(sys.stderr) if is_dumb_terminal() else create_output(stdout=sys.stderr)
    with create_app_session(output=output):  # given an output of its own, it would draw on a dumb terminal, too
        return PromptSession(
            history=history,
            key_bindings=keys,
            prompt_continuation=lambda width, number, wrapped: MORE,
        )
