"""Placeholders: how they are written, and how they are read back, in whole texts, streams and JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from llmcli.redact.spans import compiled

LONGEST_NUMBER = 9  # digits


def label_of(kind: str) -> str:
    """The kind as placeholders name it: `employee-id` becomes EMPLOYEE_ID."""
    return kind.upper().replace("-", "_")


def placeholder(label: str, number: int) -> str:
    return f"[{label}_{number}]"


def placeholder_pattern(labels: Iterable[str]) -> re.Pattern[str]:
    """Whatever reads as a placeholder with one of `labels`, in any case: models do not always keep it."""
    names = "|".join(sorted(labels, key=len, reverse=True))
    return compiled(rf"\[(?:{names})_[1-9]\d{{0,{LONGEST_NUMBER - 1}}}\]", re.IGNORECASE | re.ASCII)


class Revealer:
    """Puts originals back into a stream; the pieces it returns add up to the revealed whole, however it was split.

    A placeholder has no bracket inside, so that only what follows the last opening one can still become one.
    """

    def __init__(self, reveal: Callable[[str], str], begins_placeholder: Callable[[str], bool]) -> None:
        self._reveal = reveal
        self._begins_placeholder = begins_placeholder
        self._held = ""

    def feed(self, delta: str) -> str:
        """What is certain of the text so far and was not returned yet."""
        text = self._held + delta
        last = text.rfind("[")
        cut = last if last >= 0 and self._begins_placeholder(text[last:]) else len(text)
        self._held = text[cut:]
        return self._reveal(text[:cut])

    def finish(self) -> str:
        """What was held back: the stream ended before it became a placeholder."""
        rest, self._held = self._held, ""
        return rest
