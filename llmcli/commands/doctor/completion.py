"""Whether TAB completes in the user's shell, and all that this version has."""

from __future__ import annotations

from typing import Any

from llmcli.commands.completion.places import installed, shell_of_user
from llmcli.commands.completion.script import script
from llmcli.commands.doctor.check import Checks, ok, warn
from llmcli.errors import UsageError

_NAME = "completion"
_FIX = "llmcli completion install"


def checks(program: Any) -> Checks:
    """Nobody presses TAB where SHELL names no shell that completes, as under cron.

    `program` is Typer's command, with all commands below it.
    """
    try:
        shell = shell_of_user()
        place = installed(shell)
        current = place is not None and place.read_bytes() == script(shell, program).encode()
    except (UsageError, RuntimeError, OSError) as error:  # RuntimeError: no home directory
        yield ok(_NAME, f"not looked for: {error}")
        return
    if place is None:
        yield warn(_NAME, f"none for {shell}", _FIX)
    elif not current:
        yield warn(_NAME, f"for {shell}, but of another version: {place}", _FIX)
    else:
        yield ok(_NAME, f"for {shell}: {place}")
