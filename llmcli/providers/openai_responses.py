"""OpenAI's Responses API through its SDK.

The SDK's typed call builds the schemas of all event types at the first event, which takes a second. Its generic
call, `client.post`, gives the JSON as it came, and that is all we need.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from llmcli.messages import Event, Reply, Request
from llmcli.providers.base import Endpoint, WireRequest
from llmcli.providers.openai_client import OpenAIClient
from llmcli.providers.openai_responses_reply import FailedResponseError, StreamState, reply_of
from llmcli.providers.openai_responses_request import body, check
from llmcli.providers.sdk_import import import_sdk
from llmcli.providers.translate import Fault, error_of, nonsense

_PATH = "/responses"


class OpenAIResponsesProvider:
    """Answers through `POST /responses`."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._client = OpenAIClient(endpoint)

    def prepare(self, request: Request) -> None:
        check(request)
        self._client.sdk()

    async def complete(self, request: Request) -> Reply:
        import httpx2

        with self._client.translated():
            response = await self._client.sdk().post(
                _PATH, body=body(request), cast_to=httpx2.Response, options=_options(request)
            )
            answer = response.json()
        request_id = response.headers.get("x-request-id")
        try:
            reply = reply_of(answer, request_id)
        except FailedResponseError as failed:
            raise error_of(self._endpoint, Fault(None, str(failed), failed.types, {}, request_id)) from failed
        if reply is None:
            raise nonsense(self._endpoint, "something that is not a response")
        return reply

    async def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        stream_class: Any = import_sdk("openai").AsyncStream[object]
        with self._client.translated():
            events = await self._client.sdk().post(
                _PATH,
                body=body(request) | {"stream": True},
                cast_to=object,
                stream=True,
                stream_cls=stream_class,
                options=_options(request),
            )
            state = StreamState(events.response.headers.get("x-request-id"))
            try:
                async for event in events:
                    if ours := state.take(event):
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

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        check(request)
        client, capture = self._client.capturing()
        shown = body(request) | ({"stream": True} if stream else {})
        await client.post(_PATH, body=shown, cast_to=object, options=_options(request))
        return capture.request()


def _options(request: Request) -> Any:
    return {"headers": dict(request.headers)} if request.headers else {}
