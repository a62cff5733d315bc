"""The rows of a batch file, as far as an estimate needs them: each row's text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from llmcli.errors import UsageError

_FIELD = re.compile(r"\{(\w+)\}")


def row_texts(file: Path, template: str | None) -> Iterator[str]:
    """The text that each row of a JSONL file would send: its `prompt`, its `messages`, or all of it.

    With a template, that with the row's fields in place of their `{names}`. Raises UsageError naming the line.
    """
    try:
        with file.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _text(line.strip(), template, f"{file}, line {number}")
    except OSError as error:
        raise UsageError(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not UTF-8 text: {error.reason}") from error


def _text(line: str, template: str | None, where: str) -> str:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise UsageError(f"{where} is not JSON", hint="one JSON object a line") from error
    if template is not None:
        return _FIELD.sub(lambda match: _field(row, match[1], where), template)
    if isinstance(row, dict) and isinstance(row.get("prompt"), str):
        return str(row["prompt"])
    if isinstance(row, dict) and isinstance(row.get("messages"), list):
        return "\n\n".join(_content(message) for message in row["messages"])
    return row if isinstance(row, str) else line


def _field(row: object, name: str, where: str) -> str:
    if not isinstance(row, dict) or name not in row:
        raise UsageError(f'{where} has no field "{name}"', hint="the template asks for it")
    return row[name] if isinstance(row[name], str) else json.dumps(row[name], ensure_ascii=False)


def _content(message: object) -> str:
    """A message's text; of what is no text, its JSON."""
    content = message.get("content") if isinstance(message, dict) else message
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
