"""OpenAI's Chat Completions API through its SDK, as OpenAI and many other servers speak it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from llmcli.messages import Delta, Event, Reply, Request, Started, StopReason, ToolCallPart, Usage
from llmcli.providers.base import Endpoint, WireRequest
from llmcli.providers.openai_chat_request import arguments, check
from llmcli.providers.openai_client import OpenAIClient
from llmcli.providers.openai_responses_request import body
from llmcli.providers.translate import nonsense
from llmcli.providers.values import NotAnAnswerError, count_or_none, text_or_none

if TYPE_CHECKING:
    from openai.types import CompletionUsage
    from openai.types import chat as api

_STREAMING = {"stream": True, "stream_options": {"include_usage": True}}

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


class OpenAIChatProvider:
    """Answers through `POST /chat/completions`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = OpenAIClient(endpoint)
        self._openai = endpoint.name == "openai"

    def prepare(self, request: Request) -> None:
        check(request, openai=self._openai)
        self._client.sdk()

    async def complete(self, request: Request) -> Reply:
        with self._client.translated():
            completion = await self._client.sdk().chat.completions.create(**self._arguments(request))
            reply = _reply_of(completion)
        if reply is None:
            raise nonsense(self._endpoint, "something that is not a completion")
        return reply

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        with self._client.translated():
            chunks = await self._client.sdk().chat.completions.create(**self._arguments(request) | _STREAMING)
            state = _StreamState(chunks.response.headers.get("x-request-id"))
            try:
                async for chunk in chunks:
                    for event in state.take(chunk):
                        yield event
            finally:
                await chunks.close()
            if not state.started:
                raise nonsense(self._endpoint, "no stream of events")
            yield state.reply()

    async def count_tokens(self, request: Request) -> int | None:
        return await self._client.count_tokens(body(request)) if self._openai else None

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        check(request, openai=self._openai)
        client, capture = self._client.capturing()
        await client.chat.completions.create(**self._arguments(request) | (_STREAMING if stream else {}))
        return capture.request()

    def _arguments(self, request: Request) -> dict[str, Any]:
        return arguments(request, openai=self._openai)


def _reply_of(completion: api.ChatCompletion) -> Reply | None:
    """The reply, or None if this is no completion. Raises NotAnAnswerError if its text is none."""
    choices = getattr(completion, "choices", None)
    if not isinstance(choices, list) or not choices or not hasattr(getattr(choices[0], "message", None), "content"):
        return None
    choice: Any = choices[0]
    refusal = _text(choice.message, "refusal")
    raw = text_or_none(getattr(choice, "finish_reason", None))
    calls = [_call(*_words_of(call)) for call in _calls(choice.message)]
    return Reply(
        text=_content(choice.message) or refusal,
        stop_reason=StopReason.REFUSAL if refusal else _stop_reason(raw),
        usage=_usage(getattr(completion, "usage", None)),
        model=text_or_none(getattr(completion, "model", None)),
        request_id=completion._request_id,
        raw_stop_reason=raw,
        reasoning=_text(choice.message, "reasoning_content") or _text(choice.message, "reasoning"),
        extra_parts=tuple(call for call in calls if call),
    )


class _StreamState:
    """What a stream has told so far. Usage comes last, in a chunk without choices."""

    def __init__(self, request_id: str | None) -> None:
        self.started = False
        self._request_id = request_id
        self._model: str | None = None
        self._stop: str | None = None
        self._refused = False
        self._usage = Usage()
        self._calls: dict[int, list[str]] = {}  # id, name and arguments so far, by position

    def take(self, chunk: api.ChatCompletionChunk) -> list[Event]:
        """Our events for one of theirs. Raises NotAnAnswerError if its text is none."""
        events: list[Event] = []
        self._model = text_or_none(getattr(chunk, "model", None)) or self._model
        if not self.started:
            events.append(Started(self._model, self._request_id))
        self.started = True
        if usage := getattr(chunk, "usage", None):
            self._usage = _usage(usage)
        choices: Any = getattr(chunk, "choices", None)
        if not isinstance(choices, list) or not choices:
            return events
        self._stop = text_or_none(getattr(choices[0], "finish_reason", None)) or self._stop
        delta = getattr(choices[0], "delta", None)
        self._add_calls(delta)
        if thought := _text(delta, "reasoning_content") or _text(delta, "reasoning"):
            events.append(Delta(thought, "reasoning"))
        refusal = _text(delta, "refusal")
        self._refused = self._refused or bool(refusal)
        if text := _content(delta) or refusal:
            events.append(Delta(text))
        return events

    def _add_calls(self, delta: object) -> None:
        for call in _calls(delta):
            known = self._calls.setdefault(count_or_none(getattr(call, "index", None)) or 0, ["", "", ""])
            call_id, name, arguments_json = _words_of(call)
            known[0] = call_id or known[0]
            known[1] += name
            known[2] += arguments_json

    def reply(self) -> Reply:
        calls = [_call(*self._calls[index]) for index in sorted(self._calls)]
        return Reply(
            text="",
            stop_reason=StopReason.REFUSAL if self._refused and self._stop else _stop_reason(self._stop),
            usage=self._usage,
            model=self._model,
            request_id=self._request_id,
            raw_stop_reason=self._stop,
            extra_parts=tuple(call for call in calls if call),
        )


def _call(call_id: str, name: str, arguments_json: str) -> ToolCallPart | None:
    """A tool call; None if its arguments were cut off, which the stop reason tells."""
    try:
        given = json.loads(arguments_json or "{}")
    except ValueError:
        return None
    return ToolCallPart(call_id, name, given) if isinstance(given, dict) else None


def _calls(holder: object) -> list[Any]:
    """The function calls in a message or delta."""
    found = getattr(holder, "tool_calls", None)
    return [call for call in found if getattr(call, "function", None)] if isinstance(found, list) else []


def _words_of(call: Any) -> tuple[str, str, str]:
    """A function call's id, name and arguments, or the pieces of them that are in a delta."""
    return _text(call, "id"), _text(call.function, "name"), _text(call.function, "arguments")


def _content(holder: object) -> str:
    """The text of a message or delta, which may have none."""
    if not isinstance(getattr(holder, "content", None), str | None):
        raise NotAnAnswerError("content")
    return _text(holder, "content")


def _text(holder: object, field: str) -> str:
    text = getattr(holder, field, None)
    return text if isinstance(text, str) else ""


def _stop_reason(raw: str | None) -> StopReason:
    if raw is None:
        return StopReason.INCOMPLETE
    return _STOP_REASONS.get(raw.lower(), StopReason.UNKNOWN)


def _usage(usage: CompletionUsage | None) -> Usage:
    if usage is None:
        return Usage()
    prompt = getattr(usage, "prompt_tokens_details", None)
    completion = getattr(usage, "completion_tokens_details", None)
    return Usage(
        input_tokens=count_or_none(getattr(usage, "prompt_tokens", None)),
        output_tokens=count_or_none(getattr(usage, "completion_tokens", None)),
        cache_read_tokens=count_or_none(getattr(prompt, "cached_tokens", None)),
        cache_write_tokens=count_or_none(getattr(prompt, "cache_write_tokens", None)),
        reasoning_tokens=count_or_none(getattr(completion, "reasoning_tokens", None)),
    )
