"""One HTTP request being answered, and how fast."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from llmcli.sim.body import compact
from llmcli.sim.checks import JsonObject
from llmcli.sim.limiter import RateState
from llmcli.sim.promptcache import PromptCache
from llmcli.sim.request_log import Entry
from llmcli.sim.routes import Answer, Bytes
from llmcli.sim.wire import ApiError, Vendor

JSON = "application/json"


@dataclass(frozen=True)
class Pace:
    """How fast answers come: the wait before the first byte, and tokens per second after it."""

    latency_s: float = 0.0
    tokens_per_second: float | None = None


@dataclass
class Exchange:
    """One HTTP request being answered: what every answer to it needs."""

    http: web.Request
    vendor: Vendor
    entry: Entry
    cache: PromptCache
    rate: RateState = field(default_factory=RateState)
    started_at: float = field(default_factory=time.monotonic)

    def headers(self) -> dict[str, str]:
        elapsed_ms = int((time.monotonic() - self.started_at) * 1000)
        return self.vendor.headers(self.entry.request_id, self.rate, elapsed_ms)

    def json(self, status: int, body: JsonObject, headers: Mapping[str, str] | None = None) -> web.Response:
        self.entry.status = status
        self.entry.complete = True
        return self.raw(compact(body).encode(), JSON, status, headers)

    def raw(
        self, body: bytes, content_type: str, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        self.entry.status = status
        sent = {**self.headers(), **(headers or {}), "Content-Type": content_type}
        return web.Response(body=body, status=status, headers=sent)

    def give(self, answer: Answer) -> web.Response:
        """The answer of a route."""
        if not isinstance(answer, Bytes):
            return self.json(200, answer)
        self.entry.complete = True
        return self.raw(answer.data, answer.media_type, headers=answer.headers)

    def refuse(self, error: ApiError) -> web.Response:
        body = self.vendor.error_body(error.error, self.entry.request_id)
        return self.json(error.status, body, error.headers)
