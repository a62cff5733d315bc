"""From what was typed, piped and attached to a Request: the same for every command that sends one."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property

from llmcli import attachments, prompt
from llmcli.app import App
from llmcli.commands.options import InputOptions
from llmcli.errors import UsageError
from llmcli.messages import Message, Request


def build(app: App, words: list[str] | None, given: InputOptions) -> Request:
    """The request, with the model still to be filled in. Reads files and stdin. Raises UsageError."""
    return replace(options(app), system=system(app, given), messages=(user_message(app, words, given),))


def options(app: App) -> Request:
    """A request that has nothing but its options."""
    settings = app.config.settings
    return Request(
        model="",
        messages=(),
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        top_k=settings.top_k,
        stop=settings.stop,
        user_id=settings.user_id,
    )


def user_message(app: App, words: list[str] | None, given: InputOptions) -> Message:
    """The user's turn: prompt, files and stdin. Raises UsageError if one cannot be read or all are empty."""
    typed = " ".join(words or [])
    from_stdin = typed == prompt.STDIN
    sources = given.file or []
    stdin = _Stdin(app)
    if sources.count(prompt.STDIN) + from_stdin > 1:
        raise UsageError("stdin can be read only once", hint="name - only once")
    files = [attachments.read_file(source, lambda: stdin.data) for source in sources]
    piped = None
    if prompt.STDIN not in sources and (from_stdin or _wants_stdin(app, given)):
        piped = attachments.decode_text(stdin.data, "stdin")
        if app.config.settings.stdin == "require" and not piped.strip():
            raise UsageError("stdin is empty", hint="pipe something in, or leave out --stdin require")
    return prompt.assemble("" if from_stdin else typed, piped, app.config.settings.stdin_as, files)


class _Stdin:
    """stdin's bytes, read when first asked for."""

    def __init__(self, app: App) -> None:
        self._app = app

    @cached_property
    def data(self) -> bytes:
        return self._app.streams.read_stdin(self._app.deadline)


def _wants_stdin(app: App, given: InputOptions) -> bool:
    if given.no_stdin:
        return False
    mode = app.config.settings.stdin
    return mode == "require" or (mode == "auto" and not app.streams.stdin_is_tty)


def system(app: App, given: InputOptions) -> str | None:
    """The system text. Only a flag may name a file: a project's settings must not choose what is sent."""
    text = given.system
    if text is None:
        return app.config.settings.system
    if text.startswith("@@"):
        return text[1:]
    if text.startswith("@"):
        return attachments.decode_text(attachments.read_bytes(text[1:]), text[1:])
    return text
