"""What a prompt may tell the simulator to do: `sim:NAME` or `sim:NAME=VALUE` as a word of its own.

Only the last user message is read, but for `sim:say`, which may stand in an earlier one. The table is in `engine.py`'s
docstring, for that is where it acts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, NoReturn

_DIRECTIVE = re.compile(r"(?<!\S)sim:([a-z][a-z-]*)(?:=(\S*))?")
_NUMBER = re.compile(r"\d{1,12}")
_LANGUAGE = re.compile(r"[\w+#.-]{1,20}")
_WORD = re.compile(r"[a-z_]{1,40}")
_CALL = re.compile(r"(?<!\S)sim:call=([A-Za-z0-9_-]{1,128})")


@dataclass(frozen=True)
class CallOrder:
    """A tool to call; without arguments, some that fit its schema."""

    name: str
    arguments: dict[str, Any] | None = None


@dataclass(frozen=True)
class Directives:
    """The orders found in one text. None means: not ordered.

    `not_understood` are words that look like orders but are none; the answer names them.
    """

    tokens: int | None = None
    echo: str | None = None
    code: str | None = None
    stop: str | None = None
    think: int | None = None
    calls: tuple[CallOrder, ...] = ()
    says: tuple[str, ...] = ()
    not_understood: tuple[str, ...] = ()

    @property
    def says_something(self) -> bool:
        """Whether a text of its own was ordered, besides calls and reasoning."""
        return self.tokens is not None or self.echo is not None or self.code is not None


def read(text: str) -> Directives:
    """The orders in `text`; of two that are alike the last one wins, and nothing after `sim:echo` is read."""
    found = Directives()
    if "sim:" not in text:
        return found
    at = 0
    while match := _DIRECTIVE.search(text, at):
        at = match.end()
        name, value = match.group(1), match.group(2)
        if name == "echo" and value is None:
            # The one character that separates the order from the text is not part of the text.
            return replace(found, echo=text[match.end() + 1 :])
        if name == "say" and value is not None:
            start = match.start(2)
            at = next((end for end in [text.find("\n", start)] if end >= 0), len(text))
            found = replace(found, says=(*found.says, text[start:at].removesuffix("\r")))
        elif name == "call" and (call := _CALL.match(text, match.start())):
            found, at = _with_call(found, call, text)
        else:
            found = _with(found, name, value, match.group())
    return found


def _with_call(found: Directives, call: re.Match[str], text: str) -> tuple[Directives, int]:
    """The orders with this call added, and where it ends: its arguments may hold spaces."""
    import json  # not at the top: `-m sim` starts without it

    arguments, end = None, call.end()
    if text[end : end + 1] == "{":
        try:
            arguments, end = json.JSONDecoder(parse_constant=_no_constant).raw_decode(text, end)
            json.dumps(arguments, ensure_ascii=False).encode()  # halves of surrogate pairs are not text
        except (ValueError, RecursionError):
            unread = text[call.start() : call.start() + 40]
            return replace(found, not_understood=(*found.not_understood, unread)), end
    order = CallOrder(call.group(1), arguments)
    return replace(found, calls=(*found.calls, order)), end


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _with(found: Directives, name: str, value: str | None, written: str) -> Directives:
    given = (value or "").rstrip(".,;:!?)\"'")
    if name in ("tokens", "think") and _NUMBER.fullmatch(given):
        return replace(found, tokens=int(given)) if name == "tokens" else replace(found, think=int(given))
    if name == "code" and value is None:
        return replace(found, code="python")
    if name == "code" and _LANGUAGE.fullmatch(given):
        return replace(found, code=given)
    if name == "stop" and _WORD.fullmatch(given):
        return replace(found, stop=given)
    return replace(found, not_understood=(*found.not_understood, written[:40]))
