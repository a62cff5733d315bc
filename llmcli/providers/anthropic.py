"""Anthropic's Messages API through its SDK."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from llmcli.errors import LlmcliError
from llmcli.messages import Delta, Event, Reply, Request, Started, StopReason, Usage
from llmcli.providers import http
from llmcli.providers.base import Endpoint, WireRequest, gather
from llmcli.providers.sdk_import import import_sdk
from llmcli.providers.translate import Fault, error_of, nonsense, unreachable

if TYPE_CHECKING:
    import httpx2
    from anthropic import APIStatusError, AsyncAnthropic
    from anthropic import types as api

# Above this the SDK refuses to wait for a whole answer, since idle connections get cut (SDK 2.10, _base_client.py).
MOST_TOKENS_UNSTREAMED = 21_333
# The API version that still takes sampling parameters; the SDK's own answers 400 to them.
SAMPLING_VERSION = {"anthropic-version": "2023-06-01"}
PLACEHOLDER_KEY = "key-not-set"

_STOP_REASONS = {
    "end_turn": StopReason.END_TURN,
    "max_tokens": StopReason.MAX_TOKENS,
    "stop_sequence": StopReason.STOP_SEQUENCE,
    "tool_use": StopReason.TOOL_USE,
    "pause_turn": StopReason.INCOMPLETE,
    "refusal": StopReason.REFUSAL,
    "model_context_window_exceeded": StopReason.CONTEXT_WINDOW,
}


class AnthropicProvider:
    """Answers through `POST /v1/messages`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client: AsyncAnthropic | None = None

    def prepare(self) -> None:
        self._sdk()

    async def complete(self, request: Request) -> Reply:
        if request.max_tokens > MOST_TOKENS_UNSTREAMED:
            return await gather(self.stream(request))
        with _translated(self._endpoint):
            message = await self._sdk().messages.create(**_arguments(request))
            return self._reply(message)

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        with _translated(self._endpoint):
            events = await self._sdk().messages.create(**_arguments(request), stream=True)
            state = _StreamState(events.response.headers.get("request-id"))
            try:
                async for event in events:
                    if ours := state.take(event):
                        yield ours
            finally:
                await events.close()
            if not state.started:
                raise nonsense(self._endpoint, "no stream of events")
            yield state.reply()

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        capture = http.Capture()
        client = self._new_client(capture.client, PLACEHOLDER_KEY if self._endpoint.key_variable else http.NO_KEY)
        await client.messages.create(**_arguments(request) | ({"stream": True} if stream else {}))
        return capture.request()

    def _sdk(self) -> AsyncAnthropic:
        if self._client is None:
            key = self._endpoint.key.value if self._endpoint.key else http.NO_KEY
            self._client = self._new_client(http.client(self._endpoint.base_url), key)
        return self._client

    def _new_client(self, http_client: httpx2.AsyncClient, key: str) -> AsyncAnthropic:
        sdk = import_sdk("anthropic")
        client: AsyncAnthropic = sdk.AsyncAnthropic(
            api_key=key,
            base_url=self._endpoint.base_url,
            default_headers=self._endpoint.headers,
            max_retries=0,
            timeout=None,
            http_client=http_client,
        )
        return client

    def _reply(self, message: api.Message) -> Reply:
        content = getattr(message, "content", None)
        if not isinstance(content, list):
            raise nonsense(self._endpoint, "something that is not a message")
        return Reply(
            text="".join(_text(block) for block in content),
            stop_reason=_stop_reason(getattr(message, "stop_reason", None)),
            usage=_usage(getattr(message, "usage", None)),
            model=getattr(message, "model", None),
            request_id=message._request_id,
            raw_stop_reason=getattr(message, "stop_reason", None),
        )


class _StreamState:
    """What a stream has told so far: usage comes in two events, and later ones replace earlier counts."""

    def __init__(self, request_id: str | None) -> None:
        self.started = False
        self._request_id = request_id
        self._ended = False
        self._model: str | None = None
        self._stop: str | None = None
        self._counts: dict[str, Any] = {}

    def take(self, event: api.RawMessageStreamEvent) -> Event | None:
        self.started = True
        match event.type:
            case "message_start":
                self._model = event.message.model
                self._counts |= _counts(event.message.usage)
                return Started(self._model, self._request_id, _usage_of(self._counts))
            case "content_block_delta" if event.delta.type == "text_delta":
                return Delta(event.delta.text)
            case "message_delta":
                self._stop = event.delta.stop_reason
                self._counts |= _counts(event.usage)
            case "message_stop":
                self._ended = True
            case _:
                pass
        return None

    def reply(self) -> Reply:
        usage = _usage_of(self._counts)
        return Reply(
            text="",
            stop_reason=_stop_reason(self._stop) if self._ended else StopReason.INCOMPLETE,
            # `message_start` counts only the first tokens of the answer: before the end, nobody has counted it.
            usage=usage if self._ended else replace(usage, output_tokens=None),
            model=self._model,
            request_id=self._request_id,
            raw_stop_reason=self._stop,
        )


def _arguments(request: Request) -> dict[str, Any]:
    """The SDK's arguments for a request; what was not asked for is not sent."""
    arguments: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "messages": [
            {"role": message.role, "content": [{"type": "text", "text": part.text} for part in message.parts]}
            for message in request.messages
        ],
    }
    if request.system is not None:
        arguments["system"] = request.system
    if request.stop:
        arguments["stop_sequences"] = list(request.stop)
    if request.user_id is not None:
        arguments["metadata"] = {"user_id": request.user_id}
    sampling = {"temperature": request.temperature, "top_p": request.top_p, "top_k": request.top_k}
    if asked := {name: value for name, value in sampling.items() if value is not None}:
        arguments["extra_body"] = asked
        arguments["extra_headers"] = SAMPLING_VERSION
    return arguments


def _text(block: object) -> str:
    """The text of a content block; other kinds of block have none."""
    text = getattr(block, "text", None)
    return text if getattr(block, "type", None) == "text" and isinstance(text, str) else ""


def _stop_reason(raw: str | None) -> StopReason:
    if raw is None:
        return StopReason.INCOMPLETE
    return _STOP_REASONS.get(raw, StopReason.UNKNOWN)


def _counts(usage: api.Usage | api.MessageDeltaUsage | None) -> dict[str, Any]:
    found = usage.model_dump(exclude_none=True) if usage is not None else {}
    return {name: count for name, count in found.items() if name.endswith("tokens") or name.endswith("details")}


def _usage(usage: api.Usage | None) -> Usage:
    return _usage_of(_counts(usage))


def _usage_of(counts: dict[str, Any]) -> Usage:
    """The API's `input_tokens` leaves out what was read from and written to the cache; ours counts everything."""
    fresh = counts.get("input_tokens")
    read, write = counts.get("cache_read_input_tokens"), counts.get("cache_creation_input_tokens")
    return Usage(
        input_tokens=None if fresh is None else fresh + (read or 0) + (write or 0),
        output_tokens=counts.get("output_tokens"),
        cache_read_tokens=read,
        cache_write_tokens=write,
        reasoning_tokens=(counts.get("output_tokens_details") or {}).get("thinking_tokens"),
    )


@contextmanager
def _translated(endpoint: Endpoint) -> Iterator[None]:
    """Turn what the SDK raises into our errors."""
    sdk = import_sdk("anthropic")
    import httpx2

    try:
        yield
    except LlmcliError:
        raise
    except sdk.APIStatusError as error:
        raise error_of(endpoint, _fault(error)) from error
    except (sdk.APIConnectionError, httpx2.RequestError) as error:
        raise unreachable(endpoint, error) from error
    except (sdk.APIResponseValidationError, JSONDecodeError, UnicodeDecodeError, AssertionError) as error:
        raise nonsense(endpoint, "something that is not its API's JSON") from error


def _fault(error: APIStatusError) -> Fault:
    """An error event inside a stream has the status of the stream, 200: it has none of its own."""
    status = error.status_code if error.status_code >= 300 else None
    types = tuple(word for word in (error.type, error.error_code) if word)
    return Fault(status, error.api_message or error.message, types, error.response.headers, error.request_id)
