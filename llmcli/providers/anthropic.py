"""Anthropic's Messages API through its SDK."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from json import JSONDecodeError
from typing import TYPE_CHECKING

from llmcli.errors import LlmcliError
from llmcli.messages import Event, Reply, Request
from llmcli.providers import http
from llmcli.providers.anthropic_reply import StreamState, reply_of
from llmcli.providers.anthropic_request import arguments, check, countable
from llmcli.providers.base import PLACEHOLDER_KEY, Endpoint, WireRequest, gather
from llmcli.providers.sdk_import import import_sdk
from llmcli.providers.translate import Fault, error_of, nonsense, unreachable
from llmcli.providers.values import NotAnAnswerError

if TYPE_CHECKING:
    import httpx2
    from anthropic import APIStatusError, AsyncAnthropic

# Above this the SDK refuses to wait for a whole answer, since idle connections get cut (SDK 2.10, _base_client.py).
MOST_TOKENS_UNSTREAMED = 21_333


class AnthropicProvider:
    """Answers through `POST /v1/messages`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client: AsyncAnthropic | None = None

    def prepare(self, request: Request) -> None:
        check(request)
        self._sdk()

    async def complete(self, request: Request) -> Reply:
        if request.max_tokens > MOST_TOKENS_UNSTREAMED:
            return await gather(self.stream(request))
        with _translated(self._endpoint):
            message = await self._sdk().messages.create(**arguments(request))
            reply = reply_of(message)
        if reply is None:
            raise nonsense(self._endpoint, "something that is not a message")
        return reply

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        with _translated(self._endpoint):
            events = await self._sdk().messages.create(**arguments(request), stream=True)
            state = StreamState(events.response.headers.get("request-id"))
            try:
                async for event in events:
                    if ours := state.take(event):
                        yield ours
            finally:
                await events.close()
            if not state.started:
                raise nonsense(self._endpoint, "no stream of events")
            yield state.reply()

    async def count_tokens(self, request: Request) -> int | None:
        check(request)
        with _translated(self._endpoint):
            counted = await self._sdk().messages.count_tokens(**countable(request))
        tokens = getattr(counted, "input_tokens", None)
        return tokens if isinstance(tokens, int) else None

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        check(request)
        capture = http.Capture()
        client = self._new_client(capture.client, PLACEHOLDER_KEY if self._endpoint.key_variable else http.NO_KEY)
        await client.messages.create(**arguments(request) | ({"stream": True} if stream else {}))
        return capture.request()

    def _sdk(self) -> AsyncAnthropic:
        if self._client is None:
            key = self._endpoint.key.value if self._endpoint.key else http.NO_KEY
            http_client = http.client(self._endpoint, lambda: import_sdk("anthropic").DefaultAioHttpClient)
            self._client = self._new_client(http_client, key)
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
    except NotAnAnswerError as error:
        raise nonsense(endpoint, "something that is not a message") from error


def _fault(error: APIStatusError) -> Fault:
    """An error event inside a stream has the status of the stream, 200: it has none of its own."""
    status = error.status_code if error.status_code >= 300 else None
    types = tuple(word for word in (error.type, error.error_code) if word)
    return Fault(status, error.api_message or error.message, types, error.response.headers, error.request_id)
