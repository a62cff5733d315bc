"""Half of a surrogate pair: Python and JSON can have one in a text, but no file can hold it and no API be sent it."""

from __future__ import annotations


def half_pair(text: str) -> str | None:
    """A sentence about the first one in `text`; None if there is none."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"half of a surrogate pair, \\u{ord(text[error.start]):04x}, is no character"
    return None
