"""OpenAI's Chat Completions API through its SDK, as OpenAI and many other servers speak it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from llmcli.errors import LlmcliError, UsageError
from llmcli.messages import Delta, Event, Reply, Request, Started, StopReason, Usage
from llmcli.providers import http
from llmcli.providers.base import Endpoint, WireRequest
from llmcli.providers.sdk_import import import_sdk
from llmcli.providers.translate import Fault, error_of, nonsense, unreachable

if TYPE_CHECKING:
    import httpx2
    from openai import APIError, AsyncOpenAI
    from openai.types import CompletionUsage
    from openai.types import chat as api

PLACEHOLDER_KEY = "key-not-set"

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
        self._client: AsyncOpenAI | None = None

    def prepare(self) -> None:
        self._sdk()

    async def complete(self, request: Request) -> Reply:
        arguments = self._arguments(request)
        with _translated(self._endpoint):
            completion = await self._sdk().chat.completions.create(**arguments)
            return self._reply(completion)

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        arguments = self._arguments(request) | {"stream_options": {"include_usage": True}}
        with _translated(self._endpoint):
            chunks = await self._sdk().chat.completions.create(**arguments, stream=True)
            state = _StreamState(chunks.response.headers.get("x-request-id"))
            try:
                async for chunk in chunks:
                    if not state.started:
                        yield Started(getattr(chunk, "model", None), state.request_id)
                    if delta := state.take(chunk):
                        yield delta
            finally:
                await chunks.close()
            if not state.started:
                raise nonsense(self._endpoint, "no stream of events")
            yield state.reply()

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        arguments = self._arguments(request)
        if stream:
            arguments |= {"stream": True, "stream_options": {"include_usage": True}}
        capture = http.Capture()
        client = self._new_client(capture.client, PLACEHOLDER_KEY if self._endpoint.key_variable else http.NO_KEY)
        await client.chat.completions.create(**arguments)
        return capture.request()

    def _sdk(self) -> AsyncOpenAI:
        if self._client is None:
            key = self._endpoint.key.value if self._endpoint.key else http.NO_KEY
            self._client = self._new_client(http.client(self._endpoint.base_url), key)
        return self._client

    def _new_client(self, http_client: httpx2.AsyncClient, key: str) -> AsyncOpenAI:
        sdk = import_sdk("openai")
        client: AsyncOpenAI = sdk.AsyncOpenAI(
            api_key=key,
            base_url=self._endpoint.base_url,
            default_headers=self._endpoint.headers,
            max_retries=0,
            timeout=None,
            http_client=http_client,
        )
        return client

    def _arguments(self, request: Request) -> dict[str, Any]:
        """The SDK's arguments for a request; what was not asked for is not sent."""
        system = [{"role": "system", "content": request.system}] if request.system is not None else []
        turns = [{"role": message.role, "content": message.text} for message in request.messages]
        arguments: dict[str, Any] = {"model": request.model, "messages": system + turns}
        sampling = {"temperature": request.temperature, "top_p": request.top_p}
        arguments |= {name: value for name, value in sampling.items() if value is not None}
        if request.stop:
            arguments["stop"] = list(request.stop)
        return arguments | self._dialect(request)

    def _dialect(self, request: Request) -> dict[str, Any]:
        """What OpenAI itself names differently from the servers that imitate its older self."""
        if self._endpoint.name == "openai":
            if request.top_k is not None:
                raise UsageError("openai has no top_k", hint="leave out --top-k, or use --top-p")
            user = {} if request.user_id is None else {"safety_identifier": request.user_id}
            return {"max_completion_tokens": request.max_tokens, **user}
        user = {} if request.user_id is None else {"user": request.user_id}
        extra = {} if request.top_k is None else {"extra_body": {"top_k": request.top_k}}
        return {"max_tokens": request.max_tokens, **user, **extra}

    def _reply(self, completion: api.ChatCompletion) -> Reply:
        choices = getattr(completion, "choices", None)
        if not isinstance(choices, list) or not choices or getattr(choices[0], "message", None) is None:
            raise nonsense(self._endpoint, "something that is not a completion")
        choice: Any = choices[0]
        refusal = getattr(choice.message, "refusal", None)
        raw = getattr(choice, "finish_reason", None)
        return Reply(
            text=getattr(choice.message, "content", None) or refusal or "",
            stop_reason=StopReason.REFUSAL if refusal else _stop_reason(raw),
            usage=_usage(getattr(completion, "usage", None)),
            model=getattr(completion, "model", None),
            request_id=completion._request_id,
            raw_stop_reason=raw,
        )


class _StreamState:
    """What a stream has told so far. Usage comes last, in a chunk without choices."""

    def __init__(self, request_id: str | None) -> None:
        self.started = False
        self.request_id = request_id
        self._model: str | None = None
        self._stop: str | None = None
        self._refused = False
        self._usage = Usage()

    def take(self, chunk: api.ChatCompletionChunk) -> Delta | None:
        self.started = True
        self._model = getattr(chunk, "model", None) or self._model
        if usage := getattr(chunk, "usage", None):
            self._usage = _usage(usage)
        choices: Any = getattr(chunk, "choices", None)
        if not choices:
            return None
        self._stop = getattr(choices[0], "finish_reason", None) or self._stop
        delta = getattr(choices[0], "delta", None)
        refusal = getattr(delta, "refusal", None)
        self._refused = self._refused or bool(refusal)
        text = getattr(delta, "content", None) or refusal
        return Delta(text) if text else None

    def reply(self) -> Reply:
        reason = StopReason.REFUSAL if self._refused and self._stop else _stop_reason(self._stop)
        return Reply("", reason, self._usage, self._model, self.request_id, self._stop)


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
        input_tokens=getattr(usage, "prompt_tokens", None),
        output_tokens=getattr(usage, "completion_tokens", None),
        cache_read_tokens=getattr(prompt, "cached_tokens", None),
        cache_write_tokens=getattr(prompt, "cache_write_tokens", None),
        reasoning_tokens=getattr(completion, "reasoning_tokens", None),
    )


@contextmanager
def _translated(endpoint: Endpoint) -> Iterator[None]:
    """Turn what the SDK raises into our errors."""
    sdk = import_sdk("openai")
    import httpx2

    try:
        yield
    except LlmcliError:
        raise
    except (sdk.APIConnectionError, httpx2.RequestError) as error:
        raise unreachable(endpoint, error) from error
    except (sdk.APIResponseValidationError, JSONDecodeError, UnicodeDecodeError) as error:
        raise nonsense(endpoint, "something that is not its API's JSON") from error
    except sdk.APIError as error:
        raise error_of(endpoint, _fault(error)) from error


def _fault(error: APIError) -> Fault:
    """An error inside a stream has no response: its type and code say what it is."""
    types = tuple(word for word in (error.type, error.code) if word)
    response = getattr(error, "response", None)
    body = error.body if isinstance(error.body, dict) else {}
    words = body.get("message") if isinstance(body.get("message"), str) else error.message
    if response is None:
        return Fault(None, str(words), types)
    return Fault(response.status_code, str(words), types, response.headers, response.headers.get("x-request-id"))
