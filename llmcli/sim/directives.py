"""What a prompt may tell the simulator to do: `sim:NAME` or `sim:NAME=VALUE` as a word of its own.

Only the last user message is read. The table is in `engine.py`'s docstring, for that is where it acts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_DIRECTIVE = re.compile(r"(?<!\S)sim:([a-z][a-z-]*)(?:=(\S*))?")
_NUMBER = re.compile(r"\d{1,12}")
_LANGUAGE = re.compile(r"[\w+#.-]{1,20}")
_WORD = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True)
class Directives:
    """The orders found in one text. None means: not ordered.

    `not_understood` are words that look like orders but are none; the answer names them.
    """

    tokens: int | None = None
    echo: str | None = None
    code: str | None = None
    stop: str | None = None
    not_understood: tuple[str, ...] = ()


def read(text: str) -> Directives:
    """The orders in `text`; of two that are alike the last one wins, and nothing after `sim:echo` is read."""
    found = Directives()
    if "sim:" not in text:
        return found
    for match in _DIRECTIVE.finditer(text):
        name, value = match.group(1), match.group(2)
        if name == "echo" and value is None:
            # The one character that separates the order from the text is not part of the text.
            return replace(found, echo=text[match.end() + 1 :])
        found = _with(found, name, value, match.group())
    return found


def _with(found: Directives, name: str, value: str | None, written: str) -> Directives:
    given = (value or "").rstrip(".,;:!?)\"'")
    if name == "tokens" and _NUMBER.fullmatch(given):
        return replace(found, tokens=int(given))
    if name == "code" and value is None:
        return replace(found, code="python")
    if name == "code" and _LANGUAGE.fullmatch(given):
        return replace(found, code=given)
    if name == "stop" and _WORD.fullmatch(given):
        return replace(found, stop=given)
    return replace(found, not_understood=(*found.not_understood, written[:40]))
