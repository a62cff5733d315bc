"""OpenAI's Chat Completions API through its SDK, as OpenAI and many other servers speak it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from llmcli.messages import Event, Reply, Request
from llmcli.providers.base import Endpoint, Reached, WireRequest
from llmcli.providers.openai_chat_reply import StreamState, reply_of
from llmcli.providers.openai_chat_request import body, check
from llmcli.providers.openai_client import OpenAIClient
from llmcli.providers.openai_responses_request import body as responses_body
from llmcli.providers.translate import identified, nonsense

_PATH = "/chat/completions"
_STREAMING = {"stream": True, "stream_options": {"include_usage": True}}


class OpenAIChatProvider:
    """Answers through `POST /chat/completions`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = OpenAIClient(endpoint)
        self._openai = endpoint.name == "openai"
        self._api = None if self._openai else f"openai-chat/{endpoint.name}"

    def prepare(self, request: Request) -> None:
        check(request, openai=self._openai)
        self._client.prepare()

    async def complete(self, request: Request) -> Reply:
        with self._client.translated():
            response = await self._client.answer(_PATH, self._body(request), request.headers)
        request_id = response.headers.get("x-request-id")
        with identified(self._endpoint, request_id), self._client.translated():
            answer = response.json()
            reply = reply_of(answer, request_id, self._api)
            if reply is None:
                raise self._client.error_in(answer) or nonsense(self._endpoint, "something that is not a completion")
        return reply

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        with self._client.translated():
            chunks = await self._client.events(_PATH, _STREAMING | self._body(request), request.headers)
        request_id = chunks.response.headers.get("x-request-id")
        with identified(self._endpoint, request_id), self._client.translated():
            state = StreamState(request_id, self._api if request.tools else None)
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
        return await self._client.count_tokens(responses_body(request)) if self._openai else None

    async def reach(self, within_s: float) -> Reached:
        return await self._client.reach(within_s)

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        check(request, openai=self._openai)
        return await self._client.wire_request(
            _PATH, (_STREAMING if stream else {}) | self._body(request), request.headers
        )

    def _body(self, request: Request) -> dict[str, Any]:
        return body(request, openai=self._openai, api=self._api)
