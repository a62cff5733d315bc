"""Anthropic's Messages API through its SDK."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from llmcli.errors import LlmcliError
from llmcli.messages import Event, Reply, Request
from llmcli.providers.anthropic_reply import StreamState, reply_of
from llmcli.providers.anthropic_request import body, check, countable, headers
from llmcli.providers.base import Endpoint, Reached, WireRequest, gather
from llmcli.providers.sdk_client import SdkClient
from llmcli.providers.sdk_import import import_sdk
from llmcli.providers.translate import Fault, error_of, identified, nonsense, unreachable
from llmcli.providers.values import UNREADABLE, NotAnAnswerError, count_or_none, field_of, said_in, words_of

if TYPE_CHECKING:
    from anthropic import APIStatusError

# Above this the SDK refuses to wait for a whole answer, since idle connections get cut (SDK 2.10, _base_client.py).
MOST_TOKENS_UNSTREAMED = 21_333


_PATH = "/v1/messages"
_MODELS = "/v1/models"
_STREAMING = {"stream": True}


class AnthropicProvider:
    """Answers through `POST /v1/messages`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = SdkClient("anthropic", endpoint)

    def prepare(self, request: Request) -> None:
        check(request)
        self._client.prepare()

    async def complete(self, request: Request) -> Reply:
        if request.max_tokens > MOST_TOKENS_UNSTREAMED:
            return await gather(self.stream(request))
        with _translated(self._endpoint):
            response = await self._client.answer(_PATH, body(request), headers(request))
        request_id = response.headers.get("request-id")
        with identified(self._endpoint, request_id), _translated(self._endpoint):
            reply = reply_of(response.json(), request_id)
            if reply is None:
                raise nonsense(self._endpoint, "something that is not a message")
        return reply

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        with _translated(self._endpoint):
            events = await self._client.events(_PATH, body(request) | _STREAMING, headers(request))
        request_id = events.response.headers.get("request-id")
        with identified(self._endpoint, request_id), _translated(self._endpoint):
            state = StreamState(request_id)
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
            response = await self._client.answer(f"{_PATH}/count_tokens", countable(request))
            counted = field_of(response.json(), "input_tokens")
        return count_or_none(counted)

    async def reach(self, within_s: float) -> Reached:
        with _translated(self._endpoint):
            return await self._client.reached(_MODELS, within_s, lambda error: error_of(self._endpoint, _fault(error)))

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        check(request)
        return await self._client.wire_request(_PATH, body(request) | (_STREAMING if stream else {}), headers(request))


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
    except (sdk.APIResponseValidationError, *UNREADABLE, AssertionError) as error:
        raise nonsense(endpoint, "something that is not its API's JSON") from error
    except NotAnAnswerError as error:
        raise nonsense(endpoint, "something that is not a message") from error


def _fault(error: APIStatusError) -> Fault:
    """An error event inside a stream has the status of the stream, 200: it has none of its own."""
    status = error.status_code if error.status_code >= 300 else None
    types = words_of(error.type, error.error_code)
    return Fault(status, said_in(error.body), types, error.response.headers, error.request_id)
