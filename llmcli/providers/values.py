"""Values out of an answer: a server may have sent anything, and what was paid for must not be lost to a crash."""

from __future__ import annotations


class NotAnAnswerError(Exception):
    """Where the text should be, there is something that is no text."""


def field_of(holder: object, name: str) -> object:
    """A field of what should be a JSON object; None if it has none, or is no object."""
    return holder.get(name) if isinstance(holder, dict) else None


def text_or_none(value: object) -> str | None:
    """A name or word of the provider's; whatever is no text is None."""
    return value if isinstance(value, str) else None


def count_or_none(value: object) -> int | None:
    """A number of tokens; what cannot be one is None: true, a fraction, less than nothing."""
    return value if type(value) is int and value >= 0 else None
