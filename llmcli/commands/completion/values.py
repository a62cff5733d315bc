"""What can stand after an option or in an argument's place: told by the word that the help has for it.

`-m MODEL` completes models wherever it is declared. A new word must be given a place here, or nothing is generated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from llmcli.commands.cost.report import KEYS
from llmcli.errors import ExitCode
from llmcli.redact.kinds import ALL_KINDS
from llmcli.sim.faults import KINDS


@dataclass(frozen=True)
class Text:
    """Anything."""


@dataclass(frozen=True)
class Files:
    """A file; those that fit one of the patterns, where there are any."""

    patterns: tuple[str, ...] = ()


@dataclass(frozen=True)
class FileAfterAt:
    """Anything, or a file behind `@`."""


@dataclass(frozen=True)
class Choice:
    """One of these words. With `optional` the option may also stand alone."""

    words: tuple[str, ...]
    optional: bool = False


@dataclass(frozen=True)
class List:
    """Some of these words, with commas between them."""

    words: tuple[str, ...]


@dataclass(frozen=True)
class Names:
    """What `llmcli completion values KIND` prints."""

    kind: str


Values = Text | Files | FileAfterAt | Choice | List | Names

# Where the word that the help has says less than there is to know.
_OF_OPTION: dict[str, Values] = {
    "--faults": Files(("*.toml",)),
    "--plot": Files(("*.svg", "*.png")),
    "--rows": Files(("*.jsonl",)),
    "--schema": Files(("*.json", "*.py")),
    "--schema-from-example": Files(("*.json", "*.jsonl")),
    "--tag": Names("tags"),
    "--tool": Files(("*.toml", "*.json", "*.py")),
}

_STATUSES = ("ok", "sent", "lost", "interrupted", *(code.name.lower() for code in ExitCode if 1 <= code < 128))

_OF_WORD: dict[str, Values] = {
    "COMMAND": Choice(("ask", "stream", "chat", "extract", "batch")),
    "FILE": Files(),
    "INPUT": Files(("*.jsonl", "*.csv", "*.tsv", "*.txt", "*.gz")),
    "KEYS": List(KEYS),
    "KINDS": List((*ALL_KINDS, "all")),
    "KIND[:PROBABILITY]": Choice(tuple(sorted(KINDS))),
    "MODEL": Names("models"),
    "OUT": Files(),
    "PATH|URL": Files(),
    "PROFILE": Names("profiles"),
    "PROVIDER": Names("providers"),
    "SESSION": Names("sessions"),
    "STATUS": Choice(_STATUSES),
    "TEXT|@PATH": FileAfterAt(),
    "auto|any|none|NAME": Choice(("auto", "any", "none")),
}

_OPTIONAL = re.compile(r"^\[(\w+)\](\.\.\.)?$")

_TEXT = frozenset(
    {
        *("TEXT", "PROMPT", "FIELD", "TIER", "URL", "KEY", "KEY=VALUE", "KEY=JSON", "ID=TEXT|@FILE", "A,B,…"),
        *("N", "N|P%", "PERCENT", "USD", "USER", "TOKENS", "TIME", "X"),
    }
)


def values_of(flag: str, word: str | None, choices: Any) -> Values:
    """What can stand there. `flag` is the option's long name, `word` what the help has for its value."""
    if choices:
        return Choice(tuple(choices))
    if flag in _OF_OPTION:
        return _OF_OPTION[flag]
    plain = _OPTIONAL.sub(r"\1", word or "TEXT")
    if plain in _TEXT:
        return Text()
    if plain not in _OF_WORD:
        raise LookupError(f'what completes "{plain}" of {flag}? give it a place in {__name__}')
    return _OF_WORD[plain]
