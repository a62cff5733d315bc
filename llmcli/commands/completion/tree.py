"""All commands with their options, as one list that knows nothing of Typer or of a shell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from typer import Context

from llmcli.commands.bare_options import BARE
from llmcli.commands.completion.values import Choice, Values, values_of


@dataclass(frozen=True)
class Option:
    """`names` are the short ones first. `values` is None for an option that takes none."""

    names: tuple[str, ...]
    help: str
    word: str
    values: Values | None
    repeatable: bool

    @property
    def long(self) -> str:
        return self.names[-1]


@dataclass(frozen=True)
class Argument:
    """What stands in one place, or with `repeatable` in all that follow."""

    word: str
    values: Values
    repeatable: bool


@dataclass(frozen=True)
class Command:
    """`path` is how it is called, such as `cost report`; empty for the program itself."""

    path: str
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    children: tuple[tuple[str, str], ...]  # name and help of each command below it


def commands_of(root: Any) -> list[Command]:
    """The program, then each command after the one that it belongs to."""
    return list(_walk(root, None, ""))


def by_commands(commands: Sequence[Command]) -> list[tuple[tuple[str, ...], list[Option]]]:
    """Every option once, with others that the same commands have: the paths of these, and the options."""
    having: dict[Option, list[str]] = {}
    for command in commands:
        for option in command.options:
            having.setdefault(option, []).append(command.path)
    groups: dict[tuple[str, ...], list[Option]] = {}
    for option, paths in having.items():
        groups.setdefault(tuple(paths), []).append(option)
    return list(groups.items())


def _walk(command: Any, parent: Context | None, path: str) -> Iterator[Command]:
    context = Context(command, parent=parent, info_name=command.name, **command.context_settings)
    parameters = command.get_params(context)
    children: dict[str, Any] = getattr(command, "commands", {})
    own = Command(
        path,
        _first_line(command.help),
        tuple(_option(each) for each in parameters if each.param_type_name == "option" and not each.hidden),
        tuple(_argument(each) for each in parameters if each.param_type_name == "argument"),
        tuple((name, _first_line(child.help)) for name, child in children.items()),
    )
    below = {name: list(_walk(child, context, f"{path} {name}".strip())) for name, child in children.items()}
    if default := getattr(command, "default", None):
        own = replace(own, options=below[default][0].options, arguments=below[default][0].arguments)
    yield own
    for commands in below.values():
        yield from commands


def _option(option: Any) -> Option:
    names = tuple(sorted((*option.opts, *option.secondary_opts), key=len))
    word = option.metavar or option.name.upper()
    takes_none = option.is_flag or option.count
    values = None if takes_none else values_of(names[-1], option.metavar, getattr(option.type, "choices", None))
    if isinstance(values, Choice) and names[-1] in BARE:
        values = replace(values, optional=True)
    return Option(names, _first_line(option.help), word, values, option.multiple or option.count)


def _argument(argument: Any) -> Argument:
    values = values_of(argument.name, argument.metavar, getattr(argument.type, "choices", None))
    return Argument(argument.metavar or argument.name.upper(), values, argument.nargs == -1)


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
