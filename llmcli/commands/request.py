"""From what was typed, piped and attached to a Request: the same for every command that sends one."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cached_property

from llmcli import attachments, prompt
from llmcli.app import App
from llmcli.commands.groups import pairs_of
from llmcli.commands.options import ContentOptions, InputOptions, ModelOptions
from llmcli.errors import UsageError
from llmcli.messages import Message, Request, ToolResultPart
from llmcli.providers.base import check_headers
from llmcli.providers.values import writable


def build(
    app: App, words: list[str] | None, given: InputOptions, model: ModelOptions, *, stdin_apart: bool = False
) -> Request:
    """The request, with the model still to be filled in. Reads files and stdin. Raises UsageError.

    With `stdin_apart`, stdin's text is a part of its own, as a file would be.
    """
    message = user_message(app, words, given, stdin_apart=stdin_apart)
    return replace(options(app, model), system=system(app, given), messages=(message,))


def options(app: App, model: ModelOptions) -> Request:
    """A request that has nothing but its options. Raises UsageError."""
    headers = pairs_of(model.header, "--header")
    check_headers(headers, "--header")
    return prompt.bare_request(
        app.config.settings,
        show_reasoning=model.show_reasoning,
        json_object=model.json_object,
        parameters=_parameters(model.option),
        headers=headers,
    )


def _parameters(given: list[str] | None) -> dict[str, object]:
    """`--option KEY=JSON`; what is no JSON is text. Raises UsageError."""
    parameters: dict[str, object] = {}
    for key, value in pairs_of(given, "--option").items():
        if key == "stream":
            raise UsageError("--option stream is not an option", hint="use llmcli stream")
        parameters[key] = _parameter(key, value)
    return parameters


def _parameter(key: str, value: str) -> object:
    """The value, of which JSON can be made again."""
    try:
        found: object = json.loads(value)
        if writable(found):
            return found
    except ValueError:
        return value
    except RecursionError:
        pass  # as good as too deep to be written
    hint = "leave out NaN, infinity, half a surrogate pair, and what is nested beyond sense"
    raise UsageError(f"--option {key} has what JSON cannot carry", hint=hint)


def user_message(app: App, words: list[str] | None, given: InputOptions, *, stdin_apart: bool = False) -> Message:
    """The user's turn: prompt, files and stdin. Raises UsageError if one cannot be read or all are empty."""
    typed = " ".join(words or [])
    from_stdin = typed == prompt.STDIN
    sources = given.file or []
    stdin = _Stdin(app)
    if sources.count(prompt.STDIN) + from_stdin > 1:
        raise UsageError("stdin can be read only once", hint="name - only once")
    how = attachments.ReadOptions(given.by_url, app.config.settings.image_max_px)
    files = [attachments.read_file(source, lambda: stdin.data, how) for source in sources]
    piped = None
    if prompt.STDIN not in sources and (from_stdin or _wants_stdin(app, given)):
        piped = attachments.decode_text(stdin.data, "stdin")
        if app.config.settings.stdin == "require" and not piped.strip():
            raise UsageError("stdin is empty", hint="pipe something in, or leave out --stdin require")
    if stdin_apart and piped and piped.strip():
        files, piped = [*files, attachments.inline("stdin", piped)], None
    return prompt.assemble("" if from_stdin else typed, piped, app.config.settings.stdin_as, files)


def tool_results(given: list[str]) -> list[ToolResultPart]:
    """`--tool-result ID=TEXT`, or `ID=@FILE`. Raises UsageError."""
    return [ToolResultPart(call_id, _text_or_file(text)) for call_id, text in pairs_of(given, "--tool-result").items()]


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


def system(app: App, given: ContentOptions) -> str | None:
    """The system text. Only a flag may name a file: a project's settings must not choose what is sent."""
    return app.config.settings.system if given.system is None else _text_or_file(given.system)


def _text_or_file(text: str) -> str:
    """`@PATH` is the text of that file, `@@` a leading `@`. Raises UsageError."""
    if text.startswith("@@"):
        return text[1:]
    if text.startswith("@"):
        return attachments.decode_text(attachments.read_bytes(text[1:]), text[1:])
    return text
