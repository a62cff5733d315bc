"""Values out of an answer: a server may have sent anything, and what was paid for must not be lost to a crash."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from llmcli.messages import StopReason, ToolCallPart

# Where servers put the words of an error, some of them one inside another.
_SAYING = ("message", "error", "detail")

# What Python raises for JSON that it cannot read: also for a number of too many digits, and for what is nested deeply.
UNREADABLE = (ValueError, RecursionError)


_MOST_TOKENS = 10**9
_MOST_LEVELS = 100


class NotAnAnswerError(Exception):
    """Where the text should be, there is something that is no text."""


def field_of(holder: object, name: str) -> object:
    """A field of what should be a JSON object; None if it has none, or is no object."""
    return holder.get(name) if isinstance(holder, dict) else None


def text_or_none(value: object) -> str | None:
    """A name or word of the provider's; whatever is no text is None."""
    return value if isinstance(value, str) else None


def words_of(*values: object) -> tuple[str, ...]:
    """Those of an error's type and codes that say something; some servers give numbers."""
    return tuple(str(value) for value in values if isinstance(value, str | int) and value)


def said_in(body: object) -> str:
    """What the body of an error says, be it text or JSON: its message if it has one, or else all of it."""
    found = body
    while isinstance(found, dict):
        found = next((found[name] for name in _SAYING if found.get(name)), None)
    if isinstance(found, str):
        return found
    return json.dumps(body) if body and writable(body) else ""


def count_or_none(value: object) -> int | None:
    """A number of tokens; what cannot be one is None: true, a fraction, less than nothing, more than anybody sends."""
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


def writable(value: object) -> bool:
    """Whether what came as JSON can be written as such again, by us and by others.

    Not so NaN, infinity, half of a surrogate pair, and what is nested beyond all sense.
    """
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except UNREADABLE:
        return False
    level = [value]
    for _ in range(_MOST_LEVELS):
        level = [each for holder in level for each in _values_of(holder)]
    return not level


def _values_of(holder: object) -> Collection[Any]:
    if isinstance(holder, dict):
        return holder.values()
    return holder if isinstance(holder, list) else ()


def arguments_of(given: object) -> dict[str, Any] | None:
    """A call's arguments, as JSON in a text or as JSON amid the answer; None if they are not an object.

    Nothing at all is an empty object. What is not `writable` no program that gets the arguments could read.
    """
    try:
        found = json.loads(given or "{}") if isinstance(given, str) else {} if given is None else given
    except UNREADABLE:
        return None
    return found if isinstance(found, dict) and writable(found) else None


def stop_reason_of(reason: StopReason, calls: Collection[ToolCallPart | None]) -> StopReason:
    """`reason`, unless the calls say otherwise: one that is None could not be read, so that something is missing.

    Some servers say of a turn with calls that it has ended, as of any other.
    """
    if reason.complete and None in calls:
        return StopReason.INCOMPLETE
    return StopReason.TOOL_USE if reason is StopReason.END_TURN and calls else reason


def logprobs_of(entries: object) -> tuple[tuple[str, float], ...]:
    """Each token with its log probability, as both of OpenAI's APIs list them; what has another form is left out."""
    found = entries if isinstance(entries, list) else []
    return tuple(
        (each["token"], float(each["logprob"]))
        for each in found
        if isinstance(each, dict)
        and isinstance(each.get("token"), str)
        and isinstance(each.get("logprob"), int | float)
    )
