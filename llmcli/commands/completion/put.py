"""The script of a shell: on stdout, or where the shell looks for it."""

from __future__ import annotations

from typing import Annotated

from typer import Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.completion.places import Shell, advice, own_place, shell_of_user
from llmcli.commands.options import GeneralOptions

ShellOption = Annotated[Shell | None, Option("--shell", help="For which shell [that of SHELL].")]


def show(context: Context, general: GeneralOptions, shell: ShellOption = None) -> None:
    """Print the completion script of your shell."""
    app = begin(context, general)
    from llmcli.commands.completion.script import script

    app.streams.write(script(shell or shell_of_user(), context.find_root().command))


def install(context: Context, general: GeneralOptions, shell: ShellOption = None) -> None:
    """Write the completion script where your shell looks for it."""
    app = begin(context, general)
    from llmcli.commands.completion.script import script
    from llmcli.errors import ConfigError, UsageError
    from llmcli.files import write_atomic

    shell = shell or shell_of_user()
    instead = f"see llmcli completion show --shell {shell}"
    try:
        place = own_place(shell)
    except RuntimeError as error:
        raise ConfigError("there is no home directory", hint=f"set HOME, or {instead}") from error
    text = script(shell, context.find_root().command).encode()
    try:
        unchanged = place.is_file() and place.read_bytes() == text
        place.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {place}: {error.strerror}", hint=instead) from error
    if not unchanged:
        write_atomic(place, text)
    app.streams.note(f"{place} is up to date" if unchanged else f"wrote {place}")
    app.streams.note(advice(shell, place))
