"""A vendor's SDK client for one endpoint, made when it is first needed.

The SDKs' typed calls build the schemas of all that may come, which takes up to a second, and then an object for each
piece of it. Their generic call gives the JSON as it came, and that is all we need.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from llmcli.errors import LlmcliError, TimedOutError
from llmcli.providers import http
from llmcli.providers.base import PLACEHOLDER_KEY, Endpoint, Reached, WireRequest
from llmcli.providers.sdk_import import Sdk, import_sdk
from llmcli.providers.translate import nonsense
from llmcli.urls import not_a_base_url

if TYPE_CHECKING:
    import httpx2

_CLIENTS: Mapping[Sdk, Literal["AsyncAnthropic", "AsyncOpenAI"]] = {
    "anthropic": "AsyncAnthropic",
    "openai": "AsyncOpenAI",
}


class Events(Protocol):
    """A stream of JSON values, as both SDKs have it."""

    @property
    def response(self) -> httpx2.Response: ...

    def __aiter__(self) -> AsyncIterator[object]: ...

    async def close(self) -> None: ...


class SdkClient:
    """Sends JSON to one endpoint. Raises what the SDK raises: translating that is its user's matter."""

    def __init__(self, sdk: Sdk, endpoint: Endpoint) -> None:
        self._sdk = sdk
        self._endpoint = endpoint
        self._client: Any = None

    def prepare(self) -> None:
        """Import the SDK and make the client, if that has not been done."""
        if self._client is None:
            key = self._endpoint.key.value if self._endpoint.key else http.NO_KEY
            self._client = self._new(http.client(self._endpoint), key)

    async def answer(
        self, path: str, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> httpx2.Response:
        """The whole answer."""
        import httpx2

        self.prepare()
        response = await self._client.post(
            self._url(path), body=body, cast_to=httpx2.Response, options=_options(headers)
        )
        assert isinstance(response, httpx2.Response)
        return response

    async def events(self, path: str, body: dict[str, Any], headers: Mapping[str, str] | None = None) -> Events:
        """The answer as events, each as JSON. To be closed."""
        self.prepare()
        events: Events = await self._client.post(
            self._url(path),
            body=body,
            cast_to=object,
            stream=True,
            stream_cls=self._stream_class(),
            options=_options(headers),
        )
        return events

    async def reached(self, path: str, within_s: float, error_of: Callable[[Any], LlmcliError]) -> Reached:
        """How the endpoint answers to `GET path`, which costs nothing; `error_of` translates an error status."""
        import httpx2

        self.prepare()
        error, begun = None, time.monotonic()
        try:
            async with asyncio.timeout(within_s):
                response: httpx2.Response = await self._client.get(path, cast_to=httpx2.Response)
            if not isinstance(response.json(), dict | list):
                raise nonsense(self._endpoint, "something that is not a list of models")
        except import_sdk(self._sdk).APIStatusError as refusal:
            response, error = refusal.response, error_of(refusal)
        except TimeoutError as late:
            raise TimedOutError(
                f"no answer from {self._endpoint.name} at {self._endpoint.base_url} within {within_s:g} s",
                hint="check the network and the base URL",
            ) from late
        return Reached(time.monotonic() - begun, response.headers.get("date"), error)

    async def wire_request(
        self, path: str, body: dict[str, Any], headers: Mapping[str, str] | None = None
    ) -> WireRequest:
        """What would be sent; nothing is sent."""
        capture = http.Capture(self._endpoint)
        client = self._new(capture.client, PLACEHOLDER_KEY if self._endpoint.key_variable else http.NO_KEY)
        await client.post(self._url(path), body=body, cast_to=object, options=_options(headers))
        return capture.request()

    def _stream_class(self) -> Any:
        """The SDK's reader of events."""
        return import_sdk(self._sdk).AsyncStream[object]

    def _url(self, path: str) -> str:
        """The whole address, which spares the SDK putting it together each time."""
        return self._endpoint.base_url.rstrip("/") + path

    def _new(self, http_client: httpx2.AsyncClient, key: str) -> Any:
        import httpx2

        try:
            return getattr(import_sdk(self._sdk), _CLIENTS[self._sdk])(
                api_key=key,
                base_url=self._endpoint.base_url,
                default_headers=self._endpoint.headers,
                max_retries=0,
                timeout=None,
                http_client=http_client,
            )
        except httpx2.InvalidURL as error:  # it knows more about hosts than `check_base_url`
            raise not_a_base_url(self._endpoint.base_url, self._endpoint.name, "check its host and port") from error


def _options(headers: Mapping[str, str] | None) -> Any:
    return {"headers": dict(headers)} if headers else {}
