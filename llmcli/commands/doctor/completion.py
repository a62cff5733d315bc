"""Whether TAB completes in the user's shell."""

from __future__ import annotations

from llmcli.commands.completion.places import installed, shell_of_user
from llmcli.commands.doctor.check import Checks, ok, warn
from llmcli.errors import UsageError

_NAME = "completion"


def checks() -> Checks:
    """Nobody presses TAB where SHELL names no shell that completes, as under cron."""
    try:
        shell = shell_of_user()
        place = installed(shell)
    except (UsageError, RuntimeError) as error:  # RuntimeError: no home directory
        yield ok(_NAME, f"not looked for: {error}")
        return
    if place is None:
        yield warn(_NAME, f"none for {shell}", "llmcli completion install")
    else:
        yield ok(_NAME, f"for {shell}: {place}")
