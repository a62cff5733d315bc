"""A row of our own: a prompt, messages, or fields that the job's prompt makes use of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmcli.batch.rows import fields
from llmcli.batch.rows.content import shown, string
from llmcli.batch.rows.row import Ask, BadRowError, digest, digest_of_text
from llmcli.batch.rows.template import Template, field_names
from llmcli.batch.rows.turns import turns_of
from llmcli.messages import Message

_MOST_DIGITS = 18
OVERRIDES = ("model", "max_tokens", "system")


def ask_own(source: Mapping[str, Any], template: Template | None) -> Ask:
    """What the row asks for: the job's prompt filled in, or its own prompt or messages. Raises BadRowError."""
    changes = _overrides(source)
    if template is None and "messages" in source:
        if "prompt" in source:
            raise BadRowError('both "prompt" and "messages"')
        given = source["messages"]
        system, messages, exact = turns_of(given)
        if not exact:
            raise BadRowError('"messages" has settings beside text and images that cannot be expressed')
        if system is not None and "system" in changes:
            raise BadRowError('both "system" and a message of that role')
        key = digest("turns", given, changes)
        return Ask(changes | {"messages": messages} | ({"system": system} if system is not None else {}), key)
    prompt = _prompt(source) if template is None else template.fill(source)
    if not prompt.strip():
        raise BadRowError("the prompt is empty")
    key = digest("prompt", prompt, changes) if changes else digest_of_text("bare prompt", prompt)
    return Ask({**changes, "messages": (Message.of("user", prompt),)}, key)


def _prompt(source: Mapping[str, Any]) -> str:
    if "prompt" in source:
        return string(source["prompt"], "prompt")
    names = field_names(source)
    raise BadRowError(f'neither "prompt" nor "messages" (its fields: {names}); use them with -p \'… {{FIELD}} …\'')


def _overrides(source: Mapping[str, Any]) -> dict[str, Any]:
    """What the row sets for itself. Empty is not set, as in a table's empty cell."""
    found: dict[str, Any] = {}
    for name in OVERRIDES:
        value = source.get(name)
        if value is None or value == "":
            continue
        match name:
            case "max_tokens":
                found[name] = fields.count(_from_table(value), name)
            case "model":
                found[name] = fields.model_name(value, name)
            case _:
                found[name] = string(value, name)
    return found


def _from_table(value: Any) -> Any:
    """A number that stands as text, as all do in CSV."""
    if isinstance(value, str):
        digits = value.strip()
        if not (digits.isascii() and digits.isdigit()) or len(digits) > _MOST_DIGITS:
            raise BadRowError(f'"max_tokens" is {shown(value)}, not a whole number above 0')
        return int(digits)
    return value
