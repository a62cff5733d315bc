"""Completion for fish: a `complete` line for each option, and the functions of `template.fish` that these call."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from llmcli.commands.completion.template import filled
from llmcli.commands.completion.tree import Command, Option, by_commands
from llmcli.commands.completion.values import Choice, FileAfterAt, Files, List, Names, Text, Values


def fish(commands: Sequence[Command]) -> str:
    """The script."""
    tables = {"commands": _commands(commands), "options": _options(commands), "arguments": _arguments(commands)}
    return filled("fish", tables)


def _commands(commands: Sequence[Command]) -> Iterator[str]:
    paths = [_quoted(command.path) for command in commands if command.path]
    yield f"set -g __llmcli_commands {' '.join(paths)}"
    for command in commands:
        for name, said in command.children:
            yield f"{_when('__llmcli_first', command.path)} -a {name} -d {_quoted(said)}"


def _options(commands: Sequence[Command]) -> Iterator[str]:
    for paths, options in by_commands(commands):
        yield from (_option(option, paths) for option in options)


def _option(option: Option, paths: tuple[str, ...]) -> str:
    names = [name.lstrip("-") for name in option.names]
    if option.repeatable:
        when = _when("__llmcli_at", *paths)
    else:
        when = _when("__llmcli_flag" if option.values is None else "__llmcli_option", " ".join(names), *paths)
    spelled = " ".join(f"-{'s' if len(name) == 1 else 'l'} {name}" for name in names)
    value = f" {_value(option.values)}" if option.values is not None else ""
    return f"{when} {spelled}{value} -d {_quoted(option.help)}"


def _arguments(commands: Sequence[Command]) -> Iterator[str]:
    """In every place, since it is not known which of the words before it are values of options."""
    for command in commands:
        for argument in command.arguments:
            if not isinstance(argument.values, Text):
                value = _value(argument.values).removeprefix("-x ").removeprefix("-r ")
                yield f"{_when('__llmcli_at', command.path)} {value}"


def _when(condition: str, *words: str) -> str:
    return f"complete -c llmcli -n {_quoted(' '.join((condition, *map(_quoted, words))))}"


def _value(values: Values) -> str:
    """That a value must follow, and what it may be."""
    match values:
        case Text():
            return "-x"
        case Files():
            endings = " ".join(pattern.removeprefix("*") for pattern in values.patterns)
            return f"-x -a '(__llmcli_files {endings})'" if endings else "-r -F"
        case FileAfterAt():
            return "-x -a '(__llmcli_after_at)'"
        case Choice():
            return f"-x -a '{' '.join(values.words)}'"
        case List():
            return f"-x -a '(__llmcli_list {' '.join(values.words)})'"
        case Names():
            return f"-x -a '(__llmcli_names {values.kind})'"
        case _:
            assert_never(values)


def _quoted(text: str) -> str:
    """One word of fish, in quotes if it must be."""
    if text and text.replace("-", "").replace("_", "").isalnum():
        return text
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
