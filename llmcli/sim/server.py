"""`llmcli sim serve`: both vendors' HTTP APIs on loopback."""

from __future__ import annotations

import asyncio
import errno
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from llmcli.errors import UsageError
from llmcli.sim import storage
from llmcli.sim.anthropic import vendor as anthropic_vendor
from llmcli.sim.batch_runner import BatchRunner
from llmcli.sim.delivery import deliver, deliver_kept
from llmcli.sim.endpoints import Endpoints, Found
from llmcli.sim.exchange import Exchange, Pace
from llmcli.sim.faults import WITHOUT_PROMPT, Fault, FaultPlan
from llmcli.sim.limiter import Limiter
from llmcli.sim.openai import vendor as openai_vendor
from llmcli.sim.promptcache import PromptCache
from llmcli.sim.receiving import asked, json_body
from llmcli.sim.request_log import Entry, RequestLog
from llmcli.sim.wire import Api, ApiError, Trouble

HOST = "127.0.0.1"
MOST_BYTES = max(anthropic_vendor.MOST_BYTES, openai_vendor.MOST_BYTES)
_SHUTDOWN_S = 0.2


@dataclass(frozen=True)
class ServerOptions:
    """How the simulator is to behave; port 0 means any free one.

    `faults_from_file` are tried before `faults`. With `api_key`, only that key is right. Files and batches are kept in
    memory, `most_kept_bytes` of them.
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
    most_kept_bytes: int = storage.MOST_BYTES


class Simulator:
    """Answers HTTP requests; holds what lasts from one to the next."""

    def __init__(self, options: ServerOptions) -> None:
        self._api_key = options.api_key
        self._plan = FaultPlan(options.faults_from_file + options.faults, options.seed)
        self._limiter = Limiter(options.rate_limit_rpm)
        self._pace = Pace(options.latency_s, options.tokens_per_second)
        self._log = RequestLog(options.log)
        self._cache = PromptCache()
        self._runner = BatchRunner(self._plan, self._cache, self._log, options.latency_s)
        self._endpoints = Endpoints(self._runner, storage.Storage(options.most_kept_bytes))

    async def handle(self, http: web.Request) -> web.StreamResponse:
        """Answers any request whatsoever; every one leaves a line in the log, however it ends."""
        endpoint = self._endpoints.apis.get(http.path) or self._endpoints.find(http.rel_url.raw_path, http.headers)
        vendor = endpoint.vendor
        entry = Entry(http.path, vendor.NAME, http.method, request_id=vendor.new_request_id())
        exchange = Exchange(http, vendor, entry, self._cache)
        try:
            if isinstance(endpoint, Found):
                return await self._routed(exchange, endpoint)
            return await self._prompt(exchange, endpoint)
        except ApiError as error:
            return exchange.refuse(error)
        finally:
            self._log.write(entry)

    async def close(self, app: web.Application) -> None:
        await self._runner.close()
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
        self._limit(exchange, call.request.model)
        fault = self._plan.draw(call.request, stream=call.stream)
        entry.fault = fault.name if fault else None
        return await deliver(exchange, api, call, fault, self._pace)

    async def _routed(self, exchange: Exchange, found: Found) -> web.StreamResponse:
        http, vendor = exchange.http, exchange.vendor
        if not found.routes:
            raise vendor.no_such_path(http.method, http.path)
        route = found.routes.get(http.method)
        if route is None:
            raise vendor.wrong_method(http.method, http.path)
        vendor.authorize(http.headers, self._api_key)
        wanted = await asked(http, vendor, route, found.names)
        if not route.counted:
            return exchange.give(route.answer(wanted))
        self._limit(exchange)
        fault = self._plan.draw(None, kinds=WITHOUT_PROMPT)
        exchange.entry.fault = fault.name if fault else None
        return await deliver_kept(exchange, lambda: route.answer(wanted), fault)

    def _limit(self, exchange: Exchange, model: str = "") -> None:
        exchange.rate = self._limiter.take()
        if not exchange.rate.allowed:
            raise exchange.vendor.trouble(Trouble(429, "rate_limit", model=model, rate=exchange.rate))


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
