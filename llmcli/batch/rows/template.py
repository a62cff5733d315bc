"""`'Classify: {text}'`: a prompt with fields of the row in it. `{{` and `}}` stand for braces."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from llmcli.batch.rows.row import BadRowError
from llmcli.errors import UsageError

_PIECE = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]|[^{}]+")
_MOST_FIELDS_SHOWN = 8
_LONGEST_NAME_SHOWN = 40
_MOST_DIGITS = 9  # of an index


class UnknownFieldError(BadRowError):
    """A row has no field of that name."""


class Template:
    """A prompt that was read once and is filled in for every row. Raises UsageError if it makes no sense."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._pieces: list[tuple[str, str | None]] = []  # text, and the field that follows it
        words = ""
        for match in _PIECE.finditer(text):
            piece, field = match[0], match[1]
            if field is not None:
                if not field.strip():
                    raise UsageError("the prompt has {} without a field's name", hint="write {{}} for braces as such")
                self._pieces.append((words, field.strip()))
                words = ""
            elif piece in "{}":
                raise UsageError(f'the prompt has a lone "{piece}"', hint=f'write "{piece}{piece}" for a brace as such')
            else:
                words += piece[0] if piece in ("{{", "}}") else piece
        if not self._pieces:
            raise UsageError("the prompt names no field, so that all rows would ask the same", hint="write {FIELD}")
        self._last = words

    def fill(self, source: Mapping[str, Any]) -> str:
        """The prompt of one row. What is not text is put in as JSON. Raises UnknownFieldError."""
        filled = ""
        for words, field in self._pieces:
            assert field is not None
            value = look_up(source, field)
            filled += words + (value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
        return filled + self._last


def look_up(source: Mapping[str, Any], field: str) -> Any:
    """The value of `field`; `a.b` is a key of that name, or b inside of a, `a.0` the first of a list."""
    if field in source:
        return source[field]
    value: Any = source
    for name in field.split("."):
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdecimal() and len(name) <= _MOST_DIGITS and int(name) < len(value):
            value = value[int(name)]
        else:
            raise UnknownFieldError(f'no field "{field}" (its fields: {field_names(source)})')
    return value


def field_names(source: Mapping[str, Any]) -> str:
    """The row's fields for a message, and not too much of them: what is no header may have been taken for one."""
    names = [name if len(name) <= _LONGEST_NAME_SHOWN else f"{name[:_LONGEST_NAME_SHOWN]}…" for name in source]
    more = ", …" if len(names) > _MOST_FIELDS_SHOWN else ""
    return ", ".join(names[:_MOST_FIELDS_SHOWN]) + more or "none"
