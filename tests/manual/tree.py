"""The commands that there are, with their options, as the option parser knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from typer import Context
from typer.main import get_command

from llmcli.cli import build


def _walk(context: Any) -> Iterator[Any]:
    yield context
    for name, command in getattr(context.command, "commands", {}).items():
        yield from _walk(Context(command, info_name=name, parent=context))


CONTEXTS: dict[str, Any] = {
    each.command_path: each for each in _walk(Context(get_command(build()), info_name="llmcli"))
}
"""A context for each command, by what is typed for it."""


def commands(*group: str) -> set[str]:
    """The names of the commands in a group; none if it is a command itself."""
    return set(getattr(CONTEXTS[" ".join(("llmcli", *group))].command, "commands", {}))


def options(*command: str) -> set[str]:
    """All ways to write the options of a command."""
    context = CONTEXTS[" ".join(("llmcli", *command))]
    return {"-h", "--help"} | {way for param in context.command.params for way in param.opts if way.startswith("-")}


def named(words: list[str]) -> tuple[str, ...]:
    """The leading words that name a command, such as `config show`."""
    found: tuple[str, ...] = ()
    for word in words:
        if word not in commands(*found):
            break
        found = (*found, word)
    return (*found, "run") if found == ("batch",) else found
