"""The completion script of each shell, made of the commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from llmcli.commands.completion.bash import bash
from llmcli.commands.completion.fish import fish
from llmcli.commands.completion.places import Shell
from llmcli.commands.completion.tree import Command, commands_of
from llmcli.commands.completion.zsh import zsh

_WRITERS: dict[Shell, Callable[[Sequence[Command]], str]] = {"bash": bash, "zsh": zsh, "fish": fish}


def script(shell: Shell, program: Any) -> str:
    """The script for a shell; `program` is Typer's command of that name, with all commands below it."""
    return _WRITERS[shell](commands_of(program))
