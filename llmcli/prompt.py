"""What the user typed, piped and attached as one user message, and what the settings say as a request without one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from llmcli.choices import StdinPlace
from llmcli.config.settings import Settings
from llmcli.errors import UsageError
from llmcli.messages import Message, Part, Request, TextPart

STDIN = "-"


def bare_request(
    settings: Settings,
    *,
    show_reasoning: bool,
    json_object: bool,
    parameters: Mapping[str, object],
    headers: Mapping[str, str],
) -> Request:
    """A request that has nothing but its options; `parameters` are the provider's own."""
    return Request(
        model="",
        messages=(),
        max_tokens=settings.max_tokens,
        temperature=settings.temperature,
        top_p=settings.top_p,
        top_k=settings.top_k,
        stop=settings.stop,
        user_id=settings.user_id,
        seed=settings.seed,
        service_tier=settings.service_tier,
        effort=settings.effort,
        thinking_budget=settings.thinking_budget,
        show_reasoning=show_reasoning,
        cache=settings.cache,
        json_object=json_object,
        options=parameters,
        headers=headers,
    )


def assemble(prompt: str, piped: str | None, place: StdinPlace, files: Sequence[Part]) -> Message:
    """The user message: files first, since models read long material better before the question.

    `piped` is stdin's text, None if it was not read. Raises UsageError if there is nothing to say.
    """
    question = _join(prompt, piped, place)
    if not question.strip() and not files:
        raise UsageError("the prompt is empty", hint="give one as an argument, or pipe text in")
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
