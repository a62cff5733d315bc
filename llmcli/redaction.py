"""What is hidden before a request leaves, and put back into what comes: the same for every command and from Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from llmcli.config.settings import RedactSettings
from llmcli.messages import Delta, Message, Part, Reply, Request, TextPart, ToolCallPart, ToolResultPart
from llmcli.redact import Redactor, parse_kinds
from llmcli.render import Outcome


def redactor_for(settings: RedactSettings) -> Redactor | None:
    """What the settings ask to hide; None if nothing. Raises UsageError, ConfigError."""
    if not settings.kinds and not settings.patterns:
        return None
    return Redactor(parse_kinds(",".join(settings.kinds)) if settings.kinds else (), settings.patterns)


def hidden(redactor: Redactor, request: Request) -> Request:
    """The request with placeholders in all of its text. Images and PDFs are sent as they are."""
    messages = tuple(_mapped(message, redactor.hide) for message in request.messages)
    system = None if request.system is None else redactor.hide(request.system)
    return replace(request, messages=messages, system=system)


def revealed(redactor: Redactor, outcome: Outcome, *, as_json: bool) -> Outcome:
    """The outcome with the originals back in its answer and tool calls. In JSON they have to be escaped."""
    if outcome.reply is None:
        return outcome
    reply = outcome.reply
    text = redactor.reveal(reply.text)
    if as_json and outcome.error is None:
        text = json.dumps(redactor.reveal_json(json.loads(reply.text)), ensure_ascii=False)
    return replace(
        outcome,
        reply=replace(
            reply,
            text=text,
            reasoning=redactor.reveal(reply.reasoning),
            extra_parts=tuple(_revealed_call(redactor, part) for part in reply.extra_parts),
        ),
        exchanged=tuple(_revealed_message(redactor, message) for message in outcome.exchanged),
    )


def revealing(
    redactor: Redactor, show: Callable[[Delta], None], *, as_json: bool
) -> tuple[Callable[[Delta], None], Callable[[], None]]:
    """`show` for deltas with the originals put back, and what to call at the end, when nothing more can come."""
    waiting = {"text": redactor.revealer(as_json=as_json), "reasoning": redactor.revealer()}

    def take(delta: Delta) -> None:
        if text := waiting[delta.kind].feed(delta.text):
            show(Delta(text, delta.kind))

    def finish() -> None:
        if text := waiting["text"].finish():
            show(Delta(text))

    return take, finish


def as_text(request: Request) -> str:
    """What would be sent, for `--redact-only`."""
    parts = [request.system] if request.system else []
    return "\n\n".join([*parts, *(message.text for message in request.messages)]) + "\n"


def _mapped(message: Message, change: Callable[[str], str]) -> Message:
    def part_of(part: Part) -> Part:
        if isinstance(part, TextPart):
            return replace(part, text=change(part.text))
        return replace(part, content=change(part.content)) if isinstance(part, ToolResultPart) else part

    return replace(message, parts=tuple(part_of(part) for part in message.parts))


def _revealed_message(redactor: Redactor, message: Message) -> Message:
    found = _mapped(message, redactor.reveal)
    return replace(found, parts=tuple(_revealed_call(redactor, part) for part in found.parts))


def _revealed_call(redactor: Redactor, part: Part) -> Part:
    if not isinstance(part, ToolCallPart):
        return part
    arguments = redactor.reveal_json(part.arguments)
    return replace(part, arguments=arguments) if isinstance(arguments, dict) else part


def revealed_calls(redactor: Redactor | None, reply: Reply) -> tuple[ToolCallPart, ...]:
    """The calls as they are to be made here: a tool needs the originals."""
    if redactor is None:
        return reply.tool_calls
    calls = (_revealed_call(redactor, call) for call in reply.tool_calls)
    return tuple(call for call in calls if isinstance(call, ToolCallPart))
