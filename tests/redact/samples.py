"""The labelled samples of labelled.txt: texts, and what in them a person would want hidden."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from llmcli.redact.spans import Finding

_FILE = Path(__file__).with_name("labelled.txt")
_MARK = re.compile(r"⟦(?P<kind>\w+)\|(?P<value>.*?)⟧", re.DOTALL)


@dataclass(frozen=True)
class Sample:
    """One line of the file as text, with its labels; `line` counts from 1."""

    line: int
    text: str
    expected: frozenset[Finding]


@cache
def samples() -> tuple[Sample, ...]:
    lines = enumerate(_FILE.read_text(encoding="utf-8").splitlines(), start=1)
    return tuple(parse(number, line) for number, line in lines if line and not line.startswith("# "))


def parse(number: int, line: str) -> Sample:
    """One line as the head of labelled.txt explains it."""
    marked = line.replace("¦", "").replace("↵", "\n")
    pieces: list[str] = []
    found, here, length = set(), 0, 0
    for mark in _MARK.finditer(marked):
        before, value = marked[here : mark.start()], mark["value"]
        start = length + len(before)
        found.add(Finding(start, start + len(value), mark["kind"]))
        pieces += [before, value]
        here, length = mark.end(), start + len(value)
    return Sample(number, "".join([*pieces, marked[here:]]), frozenset(found))
