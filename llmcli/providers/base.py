"""What a provider is: somebody who answers a Request, whole or as a stream."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from llmcli.config.keys import Key
from llmcli.errors import ConfigError, LlmcliError, UsageError
from llmcli.messages import Delta, Event, Reply, Request, StopReason

if TYPE_CHECKING:
    import httpx2

MASKED = "***"
SHORTEST_SECRET = 6
PLACEHOLDER_KEY = "key-not-set"  # stands for the key in a request that is shown instead of sent


# The characters of a header's name (RFC 9110, 5.6.2).
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def is_header(name: str, value: str) -> bool:
    """Whether it can be sent as an HTTP header."""
    return _HEADER_NAME.fullmatch(name) is not None and value.isascii() and value.isprintable()


Heard = Callable[[Callable[[], Mapping[str, str]]], None]
"""Is called for each answer with what gives its headers that tell of limits: hundreds a second say the same."""


def check_headers(headers: Mapping[str, str], given_as: str) -> None:
    """Raise UsageError for one that cannot be sent. It does not show the value, which may be a secret."""
    for name, value in headers.items():
        if not is_header(name, value):
            raise UsageError(f"{given_as} {name!a} has characters that no header has", hint="use printable ASCII")


@dataclass(frozen=True)
class Wiring:
    """How requests travel. `pooled` is for many at once."""

    pooled: bool = False
    heard: Heard | None = None
    clients: list[httpx2.AsyncClient] = field(default_factory=list)  # to be closed by whoever goes on without them


@dataclass(frozen=True)
class Endpoint:
    """Where a provider is and how to be let in. `key_variable` names the key in what we show.

    `secrets` are values that are sent besides, such as headers that an SDK takes from the environment; `strays` are
    those of these headers that are not to be sent.
    """

    name: str
    kind: str
    base_url: str
    key: Key | None
    key_variable: str
    headers: dict[str, str] = field(default_factory=dict, repr=False)
    api: str | None = None  # which of several APIs of the same kind, if the user said so
    wiring: Wiring = field(default_factory=Wiring, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    strays: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        """Raise ConfigError for a header that cannot be sent: the HTTP library's own error would show its value."""
        if not all(is_header(name, value) for name, value in self.headers.items()):
            raise ConfigError(
                f"a header of provider {self.name} has characters that no header has",
                hint=f"see providers.{self.name}.headers",
            )

    def mask(self, text: str) -> str:
        """`text` without the key and without the values of configured headers, which may be keys too."""
        for secret in self._secrets:
            text = text.replace(secret, MASKED)
        return text

    @cached_property
    def _secrets(self) -> list[str]:
        """What must not be shown, the longest first, since one may be part of another."""
        secrets = [*self.headers.values(), *self.secrets, *([self.key.value] if self.key else [])]
        return sorted((secret for secret in secrets if len(secret) >= SHORTEST_SECRET), key=len, reverse=True)


@dataclass(frozen=True)
class WireRequest:
    """A request as it would be sent, byte for byte but for the key."""

    method: str
    url: str
    headers: dict[str, str]
    body: object


@dataclass(frozen=True)
class Reached:
    """An answer of the endpoint to a question that costs nothing: which models there are.

    `date` is its `Date` header; `error` what it said instead of an answer, as a call would have raised it.
    """

    seconds: float
    date: str | None
    error: LlmcliError | None = None


class Provider(Protocol):
    """One way to have a Request answered. Errors are LlmcliErrors, whatever the vendor's SDK raises."""

    def prepare(self, request: Request) -> None:
        """Do what is no part of an answer's latency: import the SDK, build the client.

        Raises UsageError, before anything is sent, for what the API does not have.
        """
        ...

    async def complete(self, request: Request) -> Reply:
        """The whole answer."""
        ...

    def stream(self, request: Request) -> AsyncGenerator[Event, None]:
        """The answer in pieces, then one Reply without text that tells how it ended.

        A stream that ends without the provider's terminal event has stop reason `incomplete`.
        """
        ...

    async def count_tokens(self, request: Request) -> int | None:
        """How many tokens would be sent, as the provider counts; None if it cannot be asked."""
        ...

    async def reach(self, within_s: float) -> Reached | None:
        """Whether the endpoint answers, as it would a call; None if there is nothing to reach.

        Raises UnavailableError if it does not, or with something that no such API says.
        """
        ...

    async def wire_request(self, request: Request, *, stream: bool) -> WireRequest:
        """What `complete` or `stream` would send; nothing is sent."""
        ...


async def gather(events: AsyncIterator[Event]) -> Reply:
    """The whole answer of a stream, for callers that have no use for pieces."""
    text: list[str] = []
    reasoning: list[str] = []
    async for event in events:
        if isinstance(event, Reply):
            return replace(event, text="".join(text), reasoning="".join(reasoning))
        if isinstance(event, Delta):
            (text if event.kind == "text" else reasoning).append(event.text)
    return Reply("".join(text), StopReason.INCOMPLETE, reasoning="".join(reasoning))
