"""What OpenAI's Responses API answers, whole or as events, as a Reply. All of it is plain JSON here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from llmcli.messages import Delta, Event, OpaquePart, Part, Reply, Started, StopReason, ToolCallPart, Usage
from llmcli.providers.openai_responses_request import API
from llmcli.providers.values import (
    arguments_of,
    count_or_none,
    field_of,
    logprobs_of,
    stop_reason_of,
    text_or_none,
    words_of,
    writable,
)

_INCOMPLETE = {"max_output_tokens": StopReason.MAX_TOKENS, "content_filter": StopReason.REFUSAL}
_CALL = "function_call"
_LAST_EVENTS = ("response.completed", "response.incomplete", "response.failed")
_Kind = Literal["text", "reasoning"]
_DELTAS: dict[str | None, _Kind] = {
    "response.output_text.delta": "text",
    "response.refusal.delta": "text",
    "response.reasoning_summary_text.delta": "reasoning",
    "response.reasoning_text.delta": "reasoning",
}


class FailedResponseError(Exception):
    """The API gave up on the answer; `types` are its words for why."""

    def __init__(self, error: object) -> None:
        found = error if isinstance(error, dict) else {}
        super().__init__(str(found.get("message") or "the response failed"))
        self.types = words_of(found.get("type"), found.get("code"))


def reply_of(response: object, request_id: str | None) -> Reply | None:
    """The reply; None if this is no response. Raises FailedResponseError."""
    if not isinstance(response, dict) or not isinstance(response.get("output"), list):
        return None
    if response.get("status") == "failed":
        raise FailedResponseError(response.get("error"))
    items = [item for item in response["output"] if isinstance(item, dict)]
    content = [part for item in items if item.get("type") == "message" for part in _parts(item, "content")]
    refusal = "".join(_words(part, "refusal") for part in content if part.get("type") == "refusal")
    thoughts = [part for item in items if item.get("type") == "reasoning" for part in _parts(item, "summary")]
    calls = [_call(item) for item in items if item.get("type") == _CALL]
    extra = tuple(part for item in items if (part := _extra_part(item)))
    reason, raw = _stop_reason(response, refused=bool(refusal), extra=extra)
    return Reply(
        text="".join(_words(part, "text") for part in content if part.get("type") == "output_text") or refusal,
        stop_reason=stop_reason_of(reason, calls),
        usage=_usage(response.get("usage")),
        model=text_or_none(response.get("model")),
        request_id=request_id,
        raw_stop_reason=raw,
        service_tier=text_or_none(response.get("service_tier")),
        reasoning="\n\n".join(_words(part, "text") for part in thoughts),
        token_logprobs=tuple(each for part in content for each in logprobs_of(part.get("logprobs"))),
        extra_parts=extra,
    )


class StreamState:
    """What a stream has told so far; its last event repeats the whole response.

    Some servers say nothing before that event. What came in no delta is given as one then.
    """

    def __init__(self, request_id: str | None) -> None:
        self.started = False
        self._request_id = request_id
        self._model: str | None = None
        self._tier: str | None = None
        self._reply: Reply | None = None
        self._told: set[_Kind] = set()

    def told(self, kind: _Kind) -> bool:
        """Whether any of it has come so far."""
        return kind in self._told

    def take(self, event: object) -> Iterator[Event]:
        """Our events for one of theirs. Raises FailedResponseError."""
        if not isinstance(event, dict):
            return
        kind, response = text_or_none(event.get("type")), event.get("response")
        self.started = self.started or kind is not None
        if kind == "error":
            raise FailedResponseError(event)
        if kind == "response.created" and isinstance(response, dict):
            self._model = text_or_none(response.get("model"))
            self._tier = text_or_none(response.get("service_tier"))
            yield Started(self._model, self._request_id, service_tier=self._tier)
        elif kind in _LAST_EVENTS:
            yield from self._end(reply_of(response, self._request_id))
        elif kind in _DELTAS:
            yield from self._tell(_DELTAS[kind], text_or_none(event.get("delta")))

    def _end(self, reply: Reply | None) -> Iterator[Event]:
        if reply is None:
            return
        whole: dict[_Kind, str] = {"reasoning": reply.reasoning, "text": reply.text}
        for kind, words in whole.items():
            if kind not in self._told:
                yield from self._tell(kind, words)
        self._reply = replace(reply, text="", reasoning="")

    def _tell(self, kind: _Kind, words: str | None) -> Iterator[Event]:
        if words:
            self._told.add(kind)
            yield Delta(words, kind)

    def reply(self) -> Reply:
        if self._reply is None:
            return Reply(
                "", StopReason.INCOMPLETE, model=self._model, request_id=self._request_id, service_tier=self._tier
            )
        return self._reply


def _stop_reason(response: dict[str, Any], *, refused: bool, extra: tuple[Part, ...]) -> tuple[StopReason, str | None]:
    """Why the model stopped, in our word and in theirs."""
    status = text_or_none(response.get("status"))
    if status == "incomplete":
        raw = text_or_none(field_of(response.get("incomplete_details"), "reason"))
        return _INCOMPLETE.get(raw or "", StopReason.INCOMPLETE if raw is None else StopReason.UNKNOWN), raw
    if status != "completed":
        return (StopReason.INCOMPLETE if status in (None, "in_progress", "queued") else StopReason.UNKNOWN), status
    if refused:
        return StopReason.REFUSAL, status
    called = any(isinstance(part, ToolCallPart) for part in extra)
    return (StopReason.TOOL_USE if called else StopReason.END_TURN), status


def _extra_part(item: dict[str, Any]) -> Part | None:
    if item.get("type") == "reasoning":
        return OpaquePart(API, item) if item.get("encrypted_content") and writable(item) else None
    return _call(item) if item.get("type") == _CALL else None


def _call(item: dict[str, Any]) -> ToolCallPart | None:
    """A tool call; None if its arguments cannot be read."""
    arguments = arguments_of(item.get("arguments"))
    return None if arguments is None else ToolCallPart(str(item.get("call_id")), str(item.get("name")), arguments)


def _usage(usage: object) -> Usage:
    sent, written = field_of(usage, "input_tokens_details"), field_of(usage, "output_tokens_details")
    return Usage(
        input_tokens=_number(usage, "input_tokens"),
        output_tokens=_number(usage, "output_tokens"),
        cache_read_tokens=_number(sent, "cached_tokens"),
        cache_write_tokens=_number(sent, "cache_write_tokens"),
        reasoning_tokens=_number(written, "reasoning_tokens"),
    )


def _number(holder: object, name: str) -> int | None:
    return count_or_none(field_of(holder, name))


def _parts(item: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = item.get(name)
    return [part for part in found if isinstance(part, dict)] if isinstance(found, list) else []


def _words(part: dict[str, Any], name: str) -> str:
    return text_or_none(part.get(name)) or ""
