"""What all simulated APIs have in common: a call that was understood, an error, a piece of a stream.

A vendor is how keys, errors and headers look; an API is one of its endpoints. Nothing here knows HTTP
libraries: `server.py` carries what these say.
"""

from __future__ import annotations

import random
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from llmcli.messages import Request
from llmcli.sim.body import compact
from llmcli.sim.checks import JsonObject
from llmcli.sim.engine import Generation, Terms
from llmcli.sim.limiter import RateState
from llmcli.sim.promptcache import NOT_CACHED, CacheUse, Prefix

_ID_CHARS = string.digits + string.ascii_letters


class ApiError(Exception):
    """An HTTP error: `error` is the vendor's inner error object, `headers` are added to the vendor's own."""

    def __init__(self, status: int, error: JsonObject, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status, error)
        self.status = status
        self.error = error
        self.headers = dict(headers or {})


@dataclass(frozen=True)
class Call:
    """A request that passed validation: the neutral request, and the body for what is vendor-specific.

    `prefixes` and `lookback` are for the prompt cache; `cached` is what it gave, once the answer began, without what is
    written to it where `writes_are_free`. `batched`: it is a row of a batch.
    """

    request: Request
    body: JsonObject
    stream: bool = False
    id: str = ""
    terms: Terms = field(default_factory=Terms)
    prefixes: tuple[Prefix, ...] = ()
    lookback: int | None = None
    writes_are_free: bool = False
    cached: CacheUse = NOT_CACHED
    batched: bool = False


class Chunk(NamedTuple):
    """A piece of a stream: `terminal` marks what says that the answer is over, `tokens` counts text in it."""

    data: bytes
    tokens: int = 0
    terminal: bool = False


@dataclass(frozen=True)
class Trouble:
    """An error to be worded by a vendor: a status, or a type where the vendor has several per status."""

    status: int
    kind: Literal["status", "quota", "rate_limit"] = "status"
    word: str | None = None
    message: str | None = None
    model: str = ""
    rate: RateState = field(default_factory=RateState)


class Vendor(Protocol):
    """How one vendor does keys, errors and headers; `anthropic_vendor` and `openai_vendor` are such."""

    NAME: str
    OVERLOADED_STATUS: int
    MOST_BYTES: int

    def authorize(self, headers: Mapping[str, str], api_key: str | None) -> None: ...

    def trouble(self, trouble: Trouble) -> ApiError: ...

    def not_json(self, reason: str) -> ApiError: ...

    def not_a_form(self) -> ApiError: ...

    def wrong_content_type(self, content_type: str, accepted: str) -> ApiError: ...

    def no_such_path(self, method: str, path: str) -> ApiError: ...

    def wrong_method(self, method: str, path: str) -> ApiError: ...

    def error_body(self, error: JsonObject, request_id: str) -> JsonObject: ...

    def new_request_id(self) -> str: ...

    def headers(self, request_id: str, rate: RateState, elapsed_ms: int) -> dict[str, str]: ...


class Api(Protocol):
    """One endpoint that takes a prompt. `usage=False` leaves out what the answer cost."""

    @property
    def vendor(self) -> Vendor: ...

    def read(self, body: JsonObject, headers: Mapping[str, str]) -> Call: ...

    def whole(self, call: Call, text: str, generation: Generation, *, usage: bool) -> JsonObject: ...

    def events(self, call: Call, generation: Generation, *, usage: bool) -> Iterator[Chunk]: ...

    def error_event(self, error: ApiError, request_id: str, chunks_sent: int) -> bytes: ...


def sse(data: JsonObject, event: str | None = None) -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {compact(data)}\n\n".encode()


def new_id(prefix: str, length: int) -> str:
    """A fresh identifier such as `msg_01…`; not secret."""
    return prefix + "".join(random.choices(_ID_CHARS, k=length))


def key_verdict(key: str | None, only: str | None) -> Literal["missing", "wrong", "forbidden", "right"]:
    """What the simulator thinks of a key. With `only`, that one is right and no other.

    Otherwise every key is, but for those that start with `wrong` or `forbidden`, to rehearse with.
    """
    if not key:
        return "missing"
    if only is not None:
        return "right" if key == only else "wrong"
    if key.startswith("wrong"):
        return "wrong"
    return "forbidden" if key.startswith("forbidden") else "right"


def bearer(headers: Mapping[str, str]) -> str | None:
    """The key in `Authorization: Bearer KEY`, if there is one."""
    scheme, _, key = headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None
