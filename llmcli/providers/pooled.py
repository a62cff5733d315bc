"""An HTTP client for hundreds of requests at once, over aiohttp.

What it does without takes half of a request's time in the general one: redirects, cookies, authentication flows.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx2
from yarl import URL

_CHUNK_BYTES = 1 << 16
# How many are on their way at once is decided elsewhere.
_NO_LIMIT = 0

Before = Callable[[httpx2.Request], Awaitable[None]]
After = Callable[[httpx2.Response], Awaitable[None]]


class PooledClient(httpx2.AsyncClient):
    """Sends to one host. `before` is called with each request, `after` with each answer. It has no timeouts."""

    def __init__(self, base_url: str, before: Sequence[Before], after: Sequence[After]) -> None:
        nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # the base class's own transport is not used
        super().__init__(verify=nobody, timeout=None, follow_redirects=False, trust_env=False)
        self._before = before
        self._after = after
        self._tls = base_url.startswith("https://")
        self._proxy = _proxy_for(base_url)
        self._session: aiohttp.ClientSession | None = None

    def build_request(
        self, method: str, url: httpx2.URL | str, *, headers: Any = None, content: Any = None, **_: Any
    ) -> httpx2.Request:
        """A request with just these headers; aiohttp adds what it needs."""
        return httpx2.Request(method, url, headers=headers, content=content)

    async def send(self, request: httpx2.Request, *, stream: bool = False, **_: Any) -> httpx2.Response:
        """The answer, whole unless `stream` says otherwise. A redirect is an answer like any other."""
        for hook in self._before:
            await hook(request)
        if self._session is None:
            self._session = self._open()
        with _translated():
            answer = await self._session.request(
                request.method,
                URL(str(request.url), encoded=True),
                headers=[(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw],
                data=_body_of(request),
                allow_redirects=False,
                proxy=self._proxy,
            )
            head: dict[str, Any] = {
                "status_code": answer.status,
                "headers": answer.raw_headers,
                "request": request,
                "extensions": {"http_version": b"HTTP/1.1", "reason_phrase": (answer.reason or "").encode()},
            }
            if stream:
                response = httpx2.Response(**head, stream=_Body(answer))
            else:
                async with answer:
                    response = httpx2.Response(**head, content=await answer.read())
        for heard in self._after:
            await heard(response)
        return response

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()
        await super().aclose()

    def _open(self) -> aiohttp.ClientSession:
        trust = httpx2.create_ssl_context() if self._tls else False
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=_NO_LIMIT, ssl=trust),
            timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
        )


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _translated():
            async for chunk in self._answer.content.iter_chunked(_CHUNK_BYTES):
                yield chunk

    async def aclose(self) -> None:
        self._answer.close()


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what aiohttp raises into what the SDKs know."""
    try:
        yield
    except aiohttp.ClientError as error:
        raise httpx2.NetworkError(str(error)) from error


def _body_of(request: httpx2.Request) -> bytes | AsyncIterator[bytes]:
    """What is sent: a body in pieces stays in pieces, its headers say how long it is."""
    stream = request.stream
    assert isinstance(stream, httpx2.AsyncByteStream)
    return request.content if isinstance(stream, httpx2.ByteStream) else aiter(stream)


def _proxy_for(base_url: str) -> str | None:
    """The proxy that the environment names for the host, if any. Raises ValueError for one that is none."""
    url, proxies = urlsplit(base_url), getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    if not proxy or proxy_bypass(url.hostname or ""):
        return None
    scheme, named, _ = proxy.partition("://")
    if named and scheme not in ("http", "https"):  # aiohttp's own error would show the password
        raise ValueError("not a proxy for HTTP")
    return proxy if named else f"http://{proxy}"
