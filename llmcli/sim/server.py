"""`llmcli sim serve`: both vendors' HTTP APIs on loopback."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from llmcli.errors import UsageError
from llmcli.sim.anthropic import vendor as anthropic_vendor
from llmcli.sim.anthropic.wire import CountTokens, Messages
from llmcli.sim.delivery import deliver
from llmcli.sim.exchange import Exchange, Pace
from llmcli.sim.faults import Fault, FaultPlan
from llmcli.sim.limiter import Limiter
from llmcli.sim.models_wire import ANTHROPIC_MODELS, OPENAI_MODELS
from llmcli.sim.openai import vendor as openai_vendor
from llmcli.sim.openai.chat_wire import ChatCompletions
from llmcli.sim.openai.responses_wire import CountInputTokens, Responses
from llmcli.sim.promptcache import PromptCache
from llmcli.sim.receiving import asked, json_body
from llmcli.sim.request_log import Entry, RequestLog
from llmcli.sim.routes import Routes
from llmcli.sim.wire import Api, ApiError, Trouble, Vendor

HOST = "127.0.0.1"
MOST_BYTES = max(anthropic_vendor.MOST_BYTES, openai_vendor.MOST_BYTES)
_SHUTDOWN_S = 0.2

APIS: Mapping[str, Api] = {
    "/v1/messages": Messages(),
    "/v1/messages/count_tokens": CountTokens(),
    "/v1/chat/completions": ChatCompletions(),
    "/v1/responses": Responses(),
    "/v1/responses/input_tokens": CountInputTokens(),
}
ROUTES: Mapping[str, Routes] = {
    anthropic_vendor.NAME: Routes(ANTHROPIC_MODELS),
    openai_vendor.NAME: Routes(OPENAI_MODELS),
}


@dataclass(frozen=True)
class ServerOptions:
    """How the simulator is to behave; port 0 means any free one.

    `faults_from_file` are tried before `faults`. With `api_key`, only that key is right.
    """

    port: int = 0
    api_key: str | None = None
    faults: tuple[Fault, ...] = ()
    faults_from_file: tuple[Fault, ...] = ()
    latency_s: float = 0.0
    tokens_per_second: float | None = None
    rate_limit_rpm: int | None = None
    seed: int | None = None
    log: Path | None = None


class Simulator:
    """Answers HTTP requests; holds what lasts from one to the next."""

    def __init__(self, options: ServerOptions) -> None:
        self._api_key = options.api_key
        self._plan = FaultPlan(options.faults_from_file + options.faults, options.seed)
        self._limiter = Limiter(options.rate_limit_rpm)
        self._pace = Pace(options.latency_s, options.tokens_per_second)
        self._log = RequestLog(options.log)
        self._cache = PromptCache()

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answers any request whatsoever; every one leaves a line in the log, however it ends."""
        api = APIS.get(http.path)
        vendor = api.vendor if api else _vendor_of(http)
        entry = Entry(http.path, vendor.NAME, http.method, request_id=vendor.new_request_id())
        exchange = Exchange(http, vendor, entry, self._cache)
        try:
            return await (self._prompt(exchange, api) if api else self._other(exchange))
        except ApiError as error:
            return exchange.refuse(error)
        finally:
            self._log.write(entry)

    async def close(self, app: web.Application) -> None:
        self._log.close()

    async def _prompt(self, exchange: Exchange, api: Api) -> web.StreamResponse:
        http, vendor, entry = exchange.http, exchange.vendor, exchange.entry
        if http.method != "POST":
            raise vendor.wrong_method(http.method, http.path)
        vendor.authorize(http.headers, self._api_key)
        body, _ = await json_body(http, vendor, vendor.MOST_BYTES)
        call = api.read(body, http.headers)
        entry.stream = call.stream
        entry.about(call.request)
        exchange.rate = self._limiter.take()
        if not exchange.rate.allowed:
            raise vendor.trouble(Trouble(429, "rate_limit", model=call.request.model, rate=exchange.rate))
        fault = self._plan.draw(call.request, stream=call.stream)
        entry.fault = fault.name if fault else None
        return await deliver(exchange, api, call, fault, self._pace)

    async def _other(self, exchange: Exchange) -> web.StreamResponse:
        http, vendor = exchange.http, exchange.vendor
        methods, names = ROUTES[vendor.NAME].find(http.rel_url.raw_path)
        if not methods:
            raise vendor.no_such_path(http.method, http.path)
        route = methods.get(http.method)
        if route is None:
            raise vendor.wrong_method(http.method, http.path)
        vendor.authorize(http.headers, self._api_key)
        return exchange.give(route.answer(await asked(http, vendor, route, names)))


def _vendor_of(http: web.Request) -> Vendor:
    """Whose a path is that takes no prompt; one that both vendors have, or neither, is told by the headers."""
    meant: Vendor = openai_vendor
    other: Vendor = anthropic_vendor
    if http.path.startswith("/v1/messages") or {"anthropic-version", "x-api-key"} & set(map(str.lower, http.headers)):
        meant, other = other, meant
    path = http.rel_url.raw_path
    return other if not ROUTES[meant.NAME].find(path)[0] and ROUTES[other.NAME].find(path)[0] else meant


def build_app(options: ServerOptions) -> web.Application:
    """The simulator as an aiohttp application."""
    simulator = Simulator(options)
    app = web.Application(client_max_size=MOST_BYTES)
    app.router.add_route("*", "/{path:.*}", simulator.handle)
    app.on_cleanup.append(simulator.close)
    return app


async def serve(options: ServerOptions, announce: Callable[[int], None]) -> None:
    """Serves on loopback until cancelled; `announce` is told the port once connections are accepted."""
    runner = web.AppRunner(
        build_app(options), access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_S, logger=_bugs()
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, options.port, backlog=1024)
        try:
            await site.start()
        except OSError as error:
            raise _cannot_listen(options.port, error) from error
        announce(runner.addresses[0][1])
        await asyncio.Event().wait()
    finally:
        await runner.cleanup()


def _bugs() -> logging.Logger:
    """Where tracebacks go: those of our mistakes. What is wrong with a client's HTTP is told to the client."""

    def is_ours(record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))

    logger = logging.Logger("llmcli.sim")
    logger.parent = logging.getLogger()
    logger.addFilter(is_ours)
    return logger


def _cannot_listen(port: int, error: OSError) -> UsageError:
    why = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
    return UsageError(f"port {port} {why}", hint="choose another, or 0 for any free one")
