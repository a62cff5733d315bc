"""The pages of the manual taken apart: README.md and docs/*.md are promises, nothing is copied from them."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..helpers import ROOT

_FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)


def blocks(text: str, language: str) -> list[str]:
    """The contents of the fenced blocks in this language, in order."""
    return [textwrap.dedent(match[3]).strip() for match in _FENCE.finditer(text) if match[2] == language]


def table(text: str) -> list[list[str]]:
    """The cells of the rows of the first table in `text`, without its head."""
    lines = text[max(text.find("\n|"), 0) :].strip().partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def inline_code(text: str) -> list[str]:
    """What stands between single backticks outside of fenced blocks."""
    return re.findall(r"`([^`\n]+)`", _FENCE.sub("", text))


def entries(block: str) -> list[str]:
    """The parts of a block that stand apart by blank lines: each is a command, or a few that belong together."""
    return [entry for entry in re.split(r"\n\n(?=\S)", block) if entry.strip()]


def command_of(entry: str) -> str:
    """An entry without the comment above it."""
    return re.sub(r"\A(?:#(?!!).*\n)+", "", entry)


@dataclass(frozen=True)
class Page:
    """A page of Markdown."""

    path: Path

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def name(self) -> str:
        return str(self.path.relative_to(ROOT))

    def sections(self, level: int = 2) -> dict[str, str]:
        """The text below each heading of this level, by heading."""
        parts = re.split(rf"^{'#' * level} (.+)\n", self.text, flags=re.MULTILINE)
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    def section(self, title: str) -> str:
        return self.sections()[title]


README = Page(ROOT / "README.md")
DOCS = tuple(Page(path) for path in sorted((ROOT / "docs").glob("*.md")))
PAGES = (README, Page(ROOT / "SECURITY.md"), *DOCS)


def page(name: str) -> Page:
    """`docs/NAME.md`."""
    return Page(ROOT / "docs" / f"{name}.md")
