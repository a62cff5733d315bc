"""The JSON value in what a model wrote, which may have prose or a code fence around it."""

from __future__ import annotations

import re
from typing import Any

from llmcli.errors import InvalidOutputError
from llmcli.extract import json_value

_FENCED = re.compile(r"```[\w-]*[ \t]*\n(.*?)\n[ \t]*```", re.DOTALL)
_START = re.compile(r"[\[{]")


def value_in(text: str) -> Any:
    """The value that the text is, or the one that it holds. Half a value is never completed.

    Raises InvalidOutputError if there is none.
    """
    try:
        return json_value.parse(text)
    except ValueError as error:
        reason = str(error)
    for fenced in _FENCED.findall(text):
        try:
            return json_value.parse(fenced)
        except ValueError:
            continue
    found = _largest(text)
    if found is None:
        raise InvalidOutputError(f"the answer is not JSON: {reason}", hint="try again, or another --mode")
    return found


def _largest(text: str) -> Any:
    """The longest object or array that stands somewhere in the text; None if there is none."""
    best, best_length, at = None, 0, 0
    while match := _START.search(text, at):
        try:
            value, end = json_value.parse_at(text, match.start())
        except ValueError:
            at = match.end()
            continue
        if end - match.start() > best_length:
            best, best_length = value, end - match.start()
        at = end
    return best
