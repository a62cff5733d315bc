"""What the user typed, piped and attached, put together as one user message."""

from __future__ import annotations

from collections.abc import Sequence

from llmcli.config.settings import StdinPlace
from llmcli.errors import UsageError
from llmcli.messages import Message, Part, TextPart

STDIN = "-"


def assemble(prompt: str, piped: str | None, place: StdinPlace, files: Sequence[Part]) -> Message:
    """The user message: files first, since models read long material better before the question.

    `piped` is stdin's text, None if it was not read. Raises UsageError if there is nothing to say.
    """
    question = _join(prompt, piped, place)
    if not question.strip() and not files:
        raise UsageError("the prompt is empty", hint='give one: llmcli ask "…", or pipe text in')
    parts: list[Part] = [*files, TextPart(question)] if question.strip() else list(files)
    return Message("user", tuple(parts))


def _join(prompt: str, piped: str | None, place: StdinPlace) -> str:
    if piped is None or not piped.strip():
        return prompt
    piped = piped.rstrip("\n")
    if not prompt.strip():
        return piped
    match place:
        case "append":
            return f"{prompt}\n\n{piped}"
        case "prepend":
            return f"{piped}\n\n{prompt}"
        case "fence":
            return f"{prompt}\n\n{fence(piped)}"


def fence(text: str) -> str:
    """`text` in a code fence that nothing inside can close."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    ticks = "`" * max(3, longest + 1)
    return f"{ticks}\n{text}\n{ticks}"
