"""The HTTP client under both vendors' SDKs, set up the same way for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcli.providers.uploads import put_back

if TYPE_CHECKING:
    import httpx2

    from llmcli.providers.base import WireRequest


# The SDKs insist on a key, and Anthropic's looks for one everywhere if it is given none: the user's own key would go
# to a server that needs none. So they are given this, which is taken out again before anything is sent.
NO_KEY = "no-key"


def client(base_url: str) -> httpx2.AsyncClient:
    """A client that follows no redirect, so that a key goes to the configured host only.

    It has no timeouts: how long an attempt may take is decided in one place for all providers, `complete.py`.
    """
    import ssl

    import httpx2

    # The certificates take tens of milliseconds to load, and nobody asks for them over plain HTTP: an empty
    # context trusts nobody.
    verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if base_url.startswith("http://") else True
    return httpx2.AsyncClient(follow_redirects=False, timeout=None, verify=verify, event_hooks=_HOOKS)


async def _drop_no_key(request: httpx2.Request) -> None:
    if request.headers.get("Authorization") == f"Bearer {NO_KEY}":
        del request.headers["Authorization"]


_HOOKS = {"request": [_drop_no_key, put_back]}


class Capture:
    """A client that sends nothing and keeps what it was asked to send."""

    def __init__(self) -> None:
        import httpx2

        captured: list[tuple[httpx2.Request, bytes]] = []

        class Transport(httpx2.AsyncBaseTransport):
            async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
                assert isinstance(request.stream, httpx2.AsyncByteStream)
                captured.append((request, b"".join([piece async for piece in request.stream])))
                return httpx2.Response(204, request=request)

        self._captured = captured
        self.client = httpx2.AsyncClient(transport=Transport(), event_hooks=_HOOKS)

    def request(self) -> WireRequest:
        """The last request that was asked for."""
        import json

        from llmcli.providers.base import WireRequest

        sent, content = self._captured[-1]
        return WireRequest(sent.method, str(sent.url), dict(sent.headers), json.loads(content))
