"""Completion for zsh: what `_arguments` is told of each command, and the functions of `template.zsh`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import assert_never

from llmcli.commands.completion.template import filled
from llmcli.commands.completion.tree import Argument, Command, Option, by_commands
from llmcli.commands.completion.values import Choice, FileAfterAt, Files, List, Names, Text, Values


def zsh(commands: Sequence[Command]) -> str:
    """The script."""
    tables = {"commands": _commands(commands), "specs": _specs(commands), "arguments": _arguments(commands)}
    return filled("zsh", tables)


def _commands(commands: Sequence[Command]) -> Iterator[str]:
    for command in commands:
        if command.children:
            yield f"({_quoted(command.path)})"
            yield "    subcommands=("
            yield from (f"        {_quoted(f'{name}:{said}')}" for name, said in command.children)
            yield "    ) ;;"


def _specs(commands: Sequence[Command]) -> Iterator[str]:
    for paths, options in by_commands(commands):
        yield "case $1 in"
        yield f"    ({'|'.join(map(_quoted, paths))})"
        yield "        specs+=("
        yield from (f"            {_spec(option)}" for option in options)
        yield "        ) ;;"
        yield "esac"


def _spec(option: Option) -> str:
    """One of `_arguments`' specs for each of the names; they exclude each other unless they may be repeated."""
    once = f"({' '.join(option.names)})" if len(option.names) > 1 else ""
    names = [name + _hanging(name) for name in option.names] if option.values is not None else list(option.names)
    spelled = "{" + ",".join(names) + "}" if len(names) > 1 else names[0]
    front = _quoted("*" if option.repeatable else once) if option.repeatable or once else ""
    return f"{front}{spelled}{_quoted(f'[{_in_brackets(option.help)}]{_value(option)}')}"


def _hanging(name: str) -> str:
    """How a value may follow: behind = or as the next word; for short options also at once."""
    return "=" if name.startswith("--") else "+"


def _value(option: Option) -> str:
    if option.values is None:
        return ""
    colons = "::" if isinstance(option.values, Choice) and option.values.optional else ":"
    return f"{colons}{_message(option.word)}:{_action(option.values)}"


def _arguments(commands: Sequence[Command]) -> Iterator[str]:
    for command in commands:
        specs = [_argument(place, argument) for place, argument in enumerate(command.arguments, 1)]
        if command.children:
            first = command.arguments[0] if command.arguments else Argument("command", Text(), False)
            action = _action(first.values).strip()
            either = f"{{_llmcli_subcommands; {action}}}" if action else " _llmcli_subcommands"
            specs = [f"1:{_message(first.word)}:{either}", *specs[1:]]
        if specs:
            yield f"({_quoted(command.path)}) specs+=({' '.join(map(_quoted, specs))}) ;;"


def _argument(place: int, argument: Argument) -> str:
    word = _message(argument.word)
    # A message of _arguments' own would keep options from being inserted.
    action = f" _message {_quoted(word)}" if isinstance(argument.values, Text) else _action(argument.values)
    return f"{'*' if argument.repeatable else place}:{word}:{action}"


def _action(values: Values) -> str:
    """How `_arguments` completes it. A space in front: called as it stands, without options for compadd."""
    match values:
        case Text():
            return " "
        case Files():
            return f'_files -g "{" ".join(values.patterns)}"' if values.patterns else "_files"
        case FileAfterAt():
            return " _llmcli_after_at"
        case Choice():
            return f"({' '.join(values.words)})"
        case List():
            return f"_sequence compadd - {' '.join(values.words)}"
        case Names():
            return f" _llmcli_names {values.kind}"
        case _:
            assert_never(values)


def _message(text: str) -> str:
    return text.replace("\\", "\\\\").replace(":", "\\:")


def _in_brackets(text: str) -> str:
    return text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"
