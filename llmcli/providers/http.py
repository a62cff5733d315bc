"""The HTTP client under both vendors' SDKs, set up the same way for each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from llmcli.errors import ConfigError
from llmcli.providers.uploads import put_back

if TYPE_CHECKING:
    import httpx2

    from llmcli.providers.base import Endpoint, Heard, WireRequest


# The SDKs insist on a key, and Anthropic's looks for one everywhere if it is given none: the user's own key would go
# to a server that needs none. So they are given this, which is taken out again before anything is sent.
NO_KEY = "no-key"
_PROXY_HINT = "check HTTPS_PROXY, HTTP_PROXY and ALL_PROXY: begin them with http:// or https://"


def client(endpoint: Endpoint) -> httpx2.AsyncClient:
    """A client that follows no redirect, so that a key goes to the configured host only.

    It has no timeouts: how long an attempt may take is decided in one place for all providers, `complete.py`.
    """
    try:
        made = _pooled(endpoint) if endpoint.wiring.pooled else _plain(endpoint)
    except (ValueError, ImportError):  # whose messages may show a password
        raise ConfigError("the proxy of this environment cannot be used", hint=_PROXY_HINT) from None
    endpoint.wiring.clients.append(made)
    return made


def _plain(endpoint: Endpoint) -> httpx2.AsyncClient:
    import ssl

    import httpx2

    # The certificates take tens of milliseconds to load, and nobody asks for them over plain HTTP: an empty
    # context trusts nobody.
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if endpoint.base_url.startswith("http://") else True
    return httpx2.AsyncClient(follow_redirects=False, timeout=None, verify=verify, event_hooks=_hooks(endpoint))


def _pooled(endpoint: Endpoint) -> httpx2.AsyncClient:
    from llmcli.providers.pooled import PooledClient

    heard = endpoint.wiring.heard
    after = _HOOKS["response"] + ([] if heard is None else [_telling(heard)])
    return PooledClient(endpoint.base_url, _hooks(endpoint)["request"], after)


def _telling(heard: Heard) -> Callable[[httpx2.Response], Awaitable[None]]:
    async def tell(response: httpx2.Response) -> None:
        heard(partial(_limits_in, response))

    return tell


def _limits_in(response: httpx2.Response) -> dict[str, str]:
    """The headers that tell of rate limits, their names in lower case."""
    raw = ((name.lower(), value) for name, value in response.headers.raw)
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in raw if b"ratelimit" in name}


async def _drop_no_key(request: httpx2.Request) -> None:
    if request.headers.get("Authorization") == f"Bearer {NO_KEY}":
        del request.headers["Authorization"]


async def _as_utf8(response: httpx2.Response) -> None:
    """JSON is UTF-8, whatever a header says: some of the names that it may give are encodings of no text."""
    response.encoding = "utf-8"


_HOOKS: dict[str, list[Callable[..., Any]]] = {"request": [_drop_no_key, put_back], "response": [_as_utf8]}


def _hooks(endpoint: Endpoint) -> dict[str, list[Callable[..., Any]]]:
    if not endpoint.strays:
        return _HOOKS

    async def drop_strays(request: httpx2.Request) -> None:
        for name, value in endpoint.strays:
            if request.headers.get(name) == value:
                del request.headers[name]

    return {**_HOOKS, "request": [*_HOOKS["request"], drop_strays]}


class Capture:
    """A client that sends nothing and keeps what it was asked to send."""

    def __init__(self, endpoint: Endpoint) -> None:
        import httpx2

        captured: list[tuple[httpx2.Request, bytes]] = []

        class Transport(httpx2.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
                assert isinstance(request.stream, httpx2.AsyncByteStream)
                captured.append((request, b"".join([piece async for piece in request.stream])))
                return httpx2.Response(204, request=request)

        self._captured = captured
        self.client = httpx2.AsyncClient(transport=Transport(), event_hooks=_hooks(endpoint))

    def request(self) -> WireRequest:
        """The last request that was asked for."""
        import json

        from llmcli.providers.base import WireRequest

        sent, content = self._captured[-1]
        return WireRequest(sent.method, str(sent.url), dict(sent.headers), json.loads(content))
