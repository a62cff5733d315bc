"""OpenAI's Responses API through its SDK."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from llmcli.messages import Event, Reply, Request
from llmcli.providers.base import Endpoint, Reached, WireRequest
from llmcli.providers.openai_abridged import abridge
from llmcli.providers.openai_client import OpenAIClient
from llmcli.providers.openai_responses_reply import FailedResponseError, StreamState, reply_of
from llmcli.providers.openai_responses_request import body, check
from llmcli.providers.translate import Fault, error_of, identified, nonsense

_PATH = "/responses"
_STREAMING = {"stream": True}


class OpenAIResponsesProvider:
    """Answers through `POST /responses`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = OpenAIClient(endpoint)

    def prepare(self, request: Request) -> None:
        check(request)
        self._client.prepare()

    async def complete(self, request: Request) -> Reply:
        with self._client.translated():
            response = await self._client.answer(_PATH, body(request), request.headers)
        request_id = response.headers.get("x-request-id")
        with identified(self._endpoint, request_id), self._client.translated():
            try:
                reply = reply_of(response.json(), request_id)
            except FailedResponseError as failed:
                raise error_of(self._endpoint, Fault(None, str(failed), failed.types)) from failed
            if reply is None:
                raise nonsense(self._endpoint, "something that is not a response")
        return reply

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        with self._client.translated():
            events = await self._client.events(_PATH, body(request) | _STREAMING, request.headers)
        request_id = events.response.headers.get("x-request-id")
        with identified(self._endpoint, request_id), self._client.translated():
            state = StreamState(request_id)
            abridge(events.response, lambda: state.told("text"))
            try:
                async for event in events:
                    for ours in state.take(event):
                        yield ours
            except FailedResponseError as failed:
                raise error_of(self._endpoint, Fault(None, str(failed), failed.types)) from failed
            finally:
                await events.close()
            if not state.started:
                raise nonsense(self._endpoint, "no stream of events")
            yield state.reply()

    async def count_tokens(self, request: Request) -> int | None:
        check(request)
        return await self._client.count_tokens(body(request))

    async def reach(self, within_s: float) -> Reached:
        return await self._client.reach(within_s)

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        check(request)
        return await self._client.wire_request(_PATH, body(request) | (_STREAMING if stream else {}), request.headers)
