"""The part of a completion script that does not depend on the commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path


def filled(shell: str, tables: Mapping[str, Iterable[str]]) -> str:
    """The template of the shell, with each line `#@name@` replaced by the lines of that table, indented like it."""
    lines: list[str] = []
    for line in Path(__file__).with_name(f"template.{shell}").read_text(encoding="utf-8").splitlines():
        name = line.strip()
        if name.startswith("#@"):
            indent = line[: line.index("#")]
            lines += [indent + row for row in tables[name[2:-1]]]
        else:
            lines.append(line)
    return "\n".join(lines) + "\n"
