"""What there is to say of a command beyond its summary: the one source of its `--help` and of its man page.

`batch-run.txt` is about `llmcli batch run`. Paragraphs come first, then two sections:

    Examples:
      # What this does
      llmcli ask -m sim "Say hello"

    Exit codes: 0, 2-4, 11
      11: the count is above --max

An exit code means what `ExitCode` says, unless the command has words of its own for it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

from llmcli.errors import ExitCode

_ALWAYS = (ExitCode.BUG, ExitCode.SIGINT, ExitCode.SIGPIPE, ExitCode.SIGTERM)
_LEAST = re.compile(r" *\[x>=[\d.]+\]|; (x>=[\d.]+|0<=x<=65535)(?=\])")


@dataclass(frozen=True)
class Example:
    """A command line that runs as it stands, and what it is for."""

    comment: str
    command: str


@dataclass(frozen=True)
class Manual:
    """`codes` has the command's own words for the exit codes that have some."""

    paragraphs: tuple[str, ...]
    examples: tuple[Example, ...]
    codes: dict[ExitCode, str | None]


def name_of(command_path: str) -> str:
    """What the file of a command is called, and behind `llmcli-` its man page."""
    return command_path.removeprefix("llmcli ").replace(" ", "-")


def manual(command_path: str) -> Manual:
    """What there is to say of the command `llmcli …`."""
    text = Path(__file__).with_name(f"{name_of(command_path)}.txt").read_text(encoding="utf-8")
    text, _, codes = text.partition("Exit codes:")
    text, _, examples = text.partition("Examples:\n")
    paragraphs = (" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))
    return Manual(tuple(filter(None, paragraphs)), tuple(_examples(dedent(examples))), _codes(codes))


def _examples(text: str) -> list[Example]:
    entries = (entry.partition("\n") for entry in text.strip().split("\n\n"))
    return [Example(comment.removeprefix("# "), command) for comment, _, command in entries]


def _codes(text: str) -> dict[ExitCode, str | None]:
    listed, *own = text.strip().splitlines()
    codes: dict[ExitCode, str | None] = dict.fromkeys(_ALWAYS)
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", listed):
        codes |= dict.fromkeys(map(ExitCode, range(int(first), int(last or first) + 1)))
    for line in own:
        number, _, words = line.partition(": ")
        codes[ExitCode(int(number))] = words
    return dict(sorted(codes.items()))


def sections(params: list[Any], context: Any) -> dict[str, list[tuple[str, str]]]:
    """How each argument and option is written and what it does, by heading; what every command has comes last."""
    found: dict[str, list[tuple[str, str]]] = {"Arguments": []}
    for param in params:
        if record := param.get_help_record(context):
            found.setdefault(_heading(param), []).append((record[0], _plain(record[1])))
    general = found.pop("General", [])
    return {heading: records for heading, records in (*found.items(), ("General", general)) if records}


def _plain(words: str) -> str:
    """Without a range that says no more than that a count is positive, and with defaults as `[8]`."""
    return _LEAST.sub("", words).replace("  [default: ", " [")


def _heading(param: Any) -> str:
    if param.param_type_name == "argument":
        return "Arguments"
    if param.name == "help":
        return "General"
    return param.rich_help_panel or "Options"
