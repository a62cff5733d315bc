"""What a server of the Chat Completions API answers, whole or as events, as a Reply. All of it is plain JSON here."""

from __future__ import annotations

from llmcli.messages import Delta, Event, Reply, Started, StopReason, ToolCallPart, Usage
from llmcli.providers.openai_chat_calls import CallingTurn
from llmcli.providers.values import (
    NotAnAnswerError,
    count_or_none,
    field_of,
    logprobs_of,
    stop_reason_of,
    text_or_none,
)

# The first three are OpenAI's; the rest is what other servers say for the same.
_STOP_REASONS = {
    "stop": StopReason.END_TURN,
    "length": StopReason.MAX_TOKENS,
    "content_filter": StopReason.REFUSAL,
    "tool_calls": StopReason.TOOL_USE,
    "function_call": StopReason.TOOL_USE,
    "eos": StopReason.END_TURN,
    "eos_token": StopReason.END_TURN,
    "end_turn": StopReason.END_TURN,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "max_tokens": StopReason.MAX_TOKENS,
}


def reply_of(completion: object, request_id: str | None, api: str | None) -> Reply | None:
    """The reply, or None if this is no completion; `api` as in CallingTurn. Raises NotAnAnswerError."""
    choice = _first_choice(completion)
    message = field_of(choice, "message")
    if not isinstance(message, dict):
        return None
    refusal = _text(message, "refusal")
    raw = text_or_none(field_of(choice, "finish_reason"))
    turn = CallingTurn(api)
    turn.add(message)
    calls = turn.calls()
    text, reasoning = _content(message)
    return Reply(
        text=text or refusal,
        stop_reason=StopReason.REFUSAL if refusal else stop_reason_of(_stop_reason(raw), calls),
        usage=_usage(field_of(completion, "usage")),
        model=text_or_none(field_of(completion, "model")),
        request_id=request_id,
        raw_stop_reason=raw,
        service_tier=text_or_none(field_of(completion, "service_tier")),
        reasoning=reasoning,
        token_logprobs=logprobs_of(field_of(field_of(choice, "logprobs"), "content")),
        extra_parts=(*turn.kept(), *(call for call in calls if call)),
    )


class StreamState:
    """What a stream has told so far. Usage comes last, in a chunk without choices."""

    def __init__(self, request_id: str | None, api: str | None) -> None:
        self.started = False
        self._request_id = request_id
        self._model: str | None = None
        self._stop: str | None = None
        self._tier: str | None = None
        self._refused = False
        self._usage = Usage()
        self._turn = CallingTurn(api)

    def take(self, chunk: object) -> list[Event]:
        """Our events for one of theirs. Raises NotAnAnswerError if its text is none."""
        events: list[Event] = []
        self._model = text_or_none(field_of(chunk, "model")) or self._model
        self._tier = text_or_none(field_of(chunk, "service_tier")) or self._tier
        if not self.started:
            events.append(Started(self._model, self._request_id, service_tier=self._tier))
        self.started = True
        if usage := field_of(chunk, "usage"):
            self._usage = _usage(usage)
        choice = _first_choice(chunk)
        self._stop = text_or_none(field_of(choice, "finish_reason")) or self._stop
        delta = field_of(choice, "delta")
        self._turn.add(delta)
        text, thought = _content(delta)
        if thought:
            events.append(Delta(thought, "reasoning"))
        refusal = _text(delta, "refusal")
        self._refused = self._refused or bool(refusal)
        if text or refusal:
            events.append(Delta(text or refusal))
        return events

    def reply(self) -> Reply:
        calls = self._turn.calls()
        return Reply(
            text="",
            stop_reason=self._reason(calls),
            usage=self._usage,
            model=self._model,
            request_id=self._request_id,
            raw_stop_reason=self._stop,
            service_tier=self._tier,
            extra_parts=(*self._turn.kept(), *(call for call in calls if call)),
        )

    def _reason(self, calls: list[ToolCallPart | None]) -> StopReason:
        if self._refused and self._stop:
            return StopReason.REFUSAL
        return stop_reason_of(_stop_reason(self._stop), calls)


def _first_choice(holder: object) -> object:
    """We ask for one only. The last chunk of a stream has none."""
    choices = field_of(holder, "choices")
    return choices[0] if isinstance(choices, list) and choices else None


def _content(holder: object) -> tuple[str, str]:
    """Text and reasoning of a message or delta, which may have neither. Raises NotAnAnswerError."""
    content = field_of(holder, "content")
    reasoning = _text(holder, "reasoning_content") or _text(holder, "reasoning")
    if isinstance(content, list):
        return _joined(content), reasoning or "".join(_joined(field_of(part, "thinking")) for part in content)
    if not isinstance(content, str | None):
        raise NotAnAnswerError("content")
    return content or "", reasoning


def _joined(parts: object) -> str:
    """The text in a list of parts, which Mistral's reasoning models have in place of a string."""
    if not isinstance(parts, list):
        return ""
    if not all(isinstance(part, dict) for part in parts):
        raise NotAnAnswerError("content")
    return "".join(_text(part, "text") for part in parts)


def _text(holder: object, field: str) -> str:
    return text_or_none(field_of(holder, field)) or ""


def _stop_reason(raw: str | None) -> StopReason:
    if raw is None:
        return StopReason.INCOMPLETE
    return _STOP_REASONS.get(raw.lower(), StopReason.UNKNOWN)


def _usage(usage: object) -> Usage:
    prompt = field_of(usage, "prompt_tokens_details")
    completion = field_of(usage, "completion_tokens_details")
    return Usage(
        input_tokens=count_or_none(field_of(usage, "prompt_tokens")),
        output_tokens=count_or_none(field_of(usage, "completion_tokens")),
        cache_read_tokens=count_or_none(field_of(prompt, "cached_tokens")),
        cache_write_tokens=count_or_none(field_of(prompt, "cache_write_tokens")),
        reasoning_tokens=count_or_none(field_of(completion, "reasoning_tokens")),
    )
