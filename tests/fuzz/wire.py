"""Answers of a server without a server: the real SDKs read them from a transport in this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

import httpx2

from llmcli.config.keys import Key
from llmcli.config.sources import Origin
from llmcli.errors import ExitCode, LlmcliError
from llmcli.messages import Delta, Message, Reply, Request
from llmcli.providers import create, http
from llmcli.providers.base import Endpoint, Provider

from ..contract.vendors import ANTHROPIC, KEY, OPENAI, RESPONSES, Vendor

VENDORS = (ANTHROPIC, OPENAI, RESPONSES)
Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Answer:
    """What a server sends; `breaks` if the connection is lost after it instead of closed."""

    status: int
    headers: Headers
    chunks: tuple[bytes, ...]
    breaks: bool = False

    def over_http(self) -> bytes:
        """The same as a server sends it, up to the end of the connection."""
        lines = b"".join(b"%s: %s\r\n" % pair for pair in self.headers)
        head = b"HTTP/1.1 %d Status\r\nconnection: close\r\n%s\r\n" % (self.status, lines)
        return head + b"".join(self.chunks)

    def as_one(self) -> Answer:
        """The same in one piece."""
        return Answer(self.status, self.headers, (b"".join(self.chunks),), self.breaks)


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self._answer.chunks:
            yield chunk
        if self._answer.breaks:
            raise httpx2.ReadError("connection reset by peer")


class Transport(httpx2.AsyncBaseTransport):
    """Gives every request the `answer`, and counts them."""

    def __init__(self) -> None:
        self.answer = Answer(200, (), ())
        self.requests = 0

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests += 1
        assert isinstance(request.stream, httpx2.AsyncByteStream)
        async for _ in request.stream:
            pass
        return httpx2.Response(self.answer.status, headers=list(self.answer.headers), stream=_Body(self.answer))


@contextmanager
def wired(transport: Transport) -> Iterator[None]:
    """Within it, all clients that the program makes use `transport`."""

    def client(endpoint: Endpoint) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(transport=transport, follow_redirects=False, timeout=None, event_hooks=http._HOOKS)

    with patch.object(http, "client", client):
        yield


def endpoint_of(vendor: Vendor) -> Endpoint:
    """The vendor's API at an address where nobody is."""
    kind = "anthropic" if vendor is ANTHROPIC else "openai"
    key = Key(KEY, vendor.key_variable, Origin("env", name=vendor.key_variable))
    api = "responses" if vendor is RESPONSES else None
    return Endpoint(vendor.name, kind, f"http://127.0.0.1:9{vendor.base_path}", key, vendor.key_variable, api=api)


@dataclass
class Heard:
    """What came of one answer: its text, and how it ended."""

    text: str = ""
    reasoning: str = ""
    reply: Reply | None = None
    error: LlmcliError | None = None
    counted: int | None = None

    @property
    def end(self) -> tuple[object, ...]:
        """What two readings of the same bytes must agree on."""
        how = None if self.reply is None else (self.reply.stop_reason, self.reply.usage, self.reply.extra_parts)
        return self.text, self.reasoning, how, None if self.error is None else type(self.error).__name__


@dataclass
class Wires:
    """The three APIs' providers on one transport and one event loop."""

    transport: Transport = field(default_factory=Transport)
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def __post_init__(self) -> None:
        self._providers: dict[str, Provider] = {}
        with wired(self.transport):
            for vendor in VENDORS:
                provider = create(endpoint_of(vendor))
                provider.prepare(request_of(vendor))
                self._providers[vendor.name] = provider

    def stream(self, vendor: Vendor, answer: Answer) -> Heard:
        return self._heard(answer, self._stream(vendor))

    def complete(self, vendor: Vendor, answer: Answer) -> Heard:
        return self._heard(answer, self._complete(vendor))

    def count(self, vendor: Vendor, answer: Answer) -> Heard:
        return self._heard(answer, self._count(vendor))

    def _heard(self, answer: Answer, work: Any) -> Heard:
        self.transport.answer = answer
        found: Heard = self.loop.run_until_complete(work)
        return found

    async def _stream(self, vendor: Vendor) -> Heard:
        found = Heard()
        try:
            async with aclosing(self._providers[vendor.name].stream(request_of(vendor))) as events:
                async for event in events:
                    if isinstance(event, Delta) and event.kind == "text":
                        found.text += event.text
                    elif isinstance(event, Delta):
                        found.reasoning += event.text
                    elif isinstance(event, Reply):
                        found.reply = event
        except LlmcliError as error:
            found.error = error
        return found

    async def _complete(self, vendor: Vendor) -> Heard:
        try:
            reply = await self._providers[vendor.name].complete(request_of(vendor))
        except LlmcliError as error:
            return Heard(error=error)
        return Heard(reply.text, reply.reasoning, reply)

    async def _count(self, vendor: Vendor) -> Heard:
        try:
            return Heard(counted=await self._providers[vendor.name].count_tokens(request_of(vendor)))
        except LlmcliError as error:
            return Heard(error=error)

    def close(self) -> None:
        self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        self.loop.close()


def request_of(vendor: Vendor) -> Request:
    return Request(vendor.model.rpartition("/")[2], (Message.of("user", "hello"),), 100)


def check_error(error: LlmcliError, codes: tuple[ExitCode, ...]) -> None:
    """Assert that it is an error of these, told in one line without the key."""
    line = error.line()
    assert error.exit_code in codes, f"exit code {error.exit_code!r}: {line}"
    assert line.isprintable()
    assert KEY not in line
    assert error.retry_after_s is None or 0 <= error.retry_after_s < float("inf")


def configured(root: str = "http://127.0.0.1:9") -> str:
    """A configuration whose providers are at `root`, without patience."""
    tables = ["[retry]\nbase_s = 0.0001\ncap_s = 0.0001\nmax_wait_s = 0.001\n"]
    for vendor in VENDORS:
        base = f"{root}{vendor.base_path}"
        tables.append(
            f'[providers.{vendor.name}]\nbase_url = "{base}"\nkey_env = "{vendor.key_variable}"\n{vendor.extra}'
        )
    return "".join(tables)


def keys() -> dict[str, str]:
    return {vendor.key_variable: KEY for vendor in VENDORS}
