"""Completion for bash: tables of words, and the functions of `template.bash` that read them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from shlex import quote
from typing import assert_never

from llmcli.commands.completion.template import filled
from llmcli.commands.completion.tree import Command
from llmcli.commands.completion.values import Choice, FileAfterAt, Files, List, Names, Text, Values


def bash(commands: Sequence[Command]) -> str:
    """The script."""
    return filled(
        "bash",
        {
            "commands": _commands(commands),
            "options": _options(commands),
            "takes": _takes(commands),
            "arguments": _arguments(commands),
        },
    )


def _commands(commands: Sequence[Command]) -> Iterator[str]:
    for command in commands:
        if command.children:
            names = " ".join(name for name, _ in command.children)
            yield f"{quote(command.path)}) commands={quote(names)} ;;"


def _options(commands: Sequence[Command]) -> Iterator[str]:
    for command in commands:
        names = [option.long + ("+" if option.repeatable else "") for option in command.options]
        yield f"{quote(command.path)}) options=' {' '.join(names)}' ;;"


def _takes(commands: Sequence[Command]) -> Iterator[str]:
    """Each name of an option once, whatever the command, unless it means something else with another command."""
    meanings: dict[str, set[tuple[str, str]]] = {}
    named = [
        (command.path, option, name) for command in commands for option in command.options for name in option.names
    ]
    for _, option, name in named:
        meanings.setdefault(name, set()).add((option.long, _words(option.values)))
    arms: dict[str, dict[str, None]] = {}
    for path, option, name in named:
        also = f"option={option.long} " if name != option.long else ""
        takes = f"takes={quote(_words(option.values))}" if option.values is not None else ""
        if also or takes:
            pattern = f"*' {name}'" if len(meanings[name]) == 1 else f"'{path} {name}'"
            arms.setdefault(also + takes, {})[pattern] = None
    for meaning, patterns in arms.items():
        yield f"{' | '.join(patterns)}) {meaning.strip()} ;;"


def _arguments(commands: Sequence[Command]) -> Iterator[str]:
    for command in commands:
        for place, argument in enumerate(command.arguments):
            if words := _words(argument.values).removeprefix("text"):
                where = f"'{command.path} '*" if argument.repeatable else f"'{command.path} {place}'"
                yield f"{where}) takes={quote(words)} ;;"


def _words(values: Values | None) -> str:
    """A kind, and its words."""
    match values:
        case None:
            return ""
        case Text():
            return "text"
        case Files():
            return " ".join(("file", *(values.patterns or "*")))
        case FileAfterAt():
            return "at"
        case Choice():
            return " ".join(("maybe" if values.optional else "choice", *values.words))
        case List():
            return " ".join(("list", *values.words))
        case Names():
            return f"names {values.kind}"
        case _:
            assert_never(values)
