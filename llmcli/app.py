"""What a command is given: streams, settings, providers, ledger, and a way to run asynchronous code."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from llmcli.errors import ExitCode, InterruptedRunError, LlmcliError
from llmcli.signals import SIGNALS, heeded, put_off, raise_on_signals
from llmcli.streams import Streams
from llmcli.urls import check_base_url

if TYPE_CHECKING:
    import asyncio

    from llmcli.complete import Caller, Target
    from llmcli.config import Config
    from llmcli.config.sources import SettingPath, Value
    from llmcli.ledger import Ledger
    from llmcli.models import Route
    from llmcli.providers.base import Endpoint
    from llmcli.purse import Purse
    from llmcli.render import Outcome
    from llmcli.retry import OnRetry

T = TypeVar("T")


@dataclass
class App:
    """One run of the program. `deliver_failure` prints an error the way the command's options ask for."""

    streams: Streams
    clock: Callable[[], float] = time.monotonic
    started: float = field(default_factory=time.monotonic)
    command: str = "llmcli"
    flags: Mapping[SettingPath, Value] = field(default_factory=dict)
    deliver_failure: Callable[[Outcome], None] | None = None
    interruption: InterruptedRunError | None = None
    exit_code: ExitCode = ExitCode.OK  # of a run that goes on after a failure it has told
    unpriced: bool = False  # whether calls of unknown price are let through under a budget
    _base_url_for: str | None = None

    @cached_property
    def config(self) -> Config:
        """The settings of this run. Raises ConfigError."""
        from llmcli.config import load, trust

        config = load(self.flags)
        trust.check_settings(config)
        for warning in config.warnings():
            self.streams.note(warning)
        return config

    @cached_property
    def ledger(self) -> Ledger:
        from llmcli.ledger import Ledger

        return Ledger(self.config.state_dir, self.streams.note, self.config.settings.usage_log)

    @cached_property
    def purse(self) -> Purse:
        """What this run may spend. Raises ConfigError."""
        import uuid

        from llmcli.budget import Budget, part_of
        from llmcli.periods import zone_named
        from llmcli.purse import Purse

        settings = self.config.settings
        zone, warn_at = zone_named(settings.time_zone), part_of(settings.budget.warn)
        budget = Budget(settings.budget, zone, settings.max_cost_usd, self.unpriced, warn_at)
        return Purse(
            self.ledger,
            settings.prices,
            budget,
            settings.profile,
            run=None if settings.max_cost_usd is None else uuid.uuid4().hex,
            note=self.streams.note,
            deadline=self.deadline,
            clock=self.clock,
        )

    @property
    def deadline(self) -> float | None:
        """When the whole command must be over, as a reading of `clock`."""
        limit = self.config.settings.deadline_s
        return None if limit is None else self.started + limit

    def routes(self, model: str | None = None) -> list[Route]:
        """The models to try, in order: `model` or the one in the settings, then the fallbacks.

        Raises ConfigError for a name that means nothing, AuthError if none is named and no key is set.
        """
        from llmcli import models

        settings = self.config.settings
        named = settings.model if model is None else model
        first = models.default_route(self.config) if named is None else models.route(self.config, named)
        self._base_url_for = self._base_url_for or first.provider
        return [first, *(models.route(self.config, name) for name in settings.fallback)]

    def endpoint(self, provider: str, *, with_key: bool = True) -> Endpoint:
        """Where the provider is. Raises AuthError without a key that it needs, ConfigError if it may not be sent.

        `base_url` as a flag or setting is meant for the provider of the first model that was routed.
        """
        from llmcli.config.keys import key_variable, require_key, secrets_besides, strays
        from llmcli.config.trust import check_address
        from llmcli.providers.base import Endpoint

        settings = self.config.settings
        if settings.base_url and self._base_url_for is None:
            self.routes()
        chosen = settings.providers[provider]
        key = require_key(self.config, provider) if with_key else None
        also_secret = secrets_besides(self.config)
        for secret in (*chosen.headers.values(), *also_secret, *([key.value] if key else [])):
            self.streams.hide(secret)
        variable = key_variable(self.config, provider)
        overridden = bool(settings.base_url) and provider == self._base_url_for
        base_url = settings.base_url if overridden else chosen.base_url
        if chosen.kind != "sim":
            check_address(self.config, provider, ("base_url",) if overridden else ("providers", provider, "base_url"))
            check_base_url(base_url, provider)
        url = (base_url or "").rstrip("/")
        return Endpoint(
            provider,
            chosen.kind,
            url,
            key,
            variable,
            chosen.headers,
            chosen.api,
            secrets=also_secret,
            strays=strays(self.config, provider),
        )

    def target(self, route: Route) -> Target:
        """`route` with a provider that is ready to be called."""
        from llmcli.complete import Target
        from llmcli.providers import create

        endpoint = self.endpoint(route.provider)
        return Target(route, endpoint, create(endpoint))

    def preload(self, target: Target) -> None:
        """Begin to import what calling `target` takes, while stdin and files are still being read."""
        from llmcli.providers import preload

        preload(target.endpoint)

    def caller(self, tags: dict[str, str], on_retry: OnRetry | None = None) -> Caller:
        """What sends requests for this command, by the settings of this run.

        Retries are told to a person who watches, or with `-v`, and to `on_retry`.
        """
        from llmcli.complete import Caller
        from llmcli.limits import Limits
        from llmcli.retry import RetryPolicy

        settings = self.config.settings
        retry = settings.retry
        policy = RetryPolicy(
            settings.retries + 1, retry.base_s, retry.cap_s, retry.max_wait_s, self.deadline, self.clock
        )
        patience = (settings.timeout_s, settings.first_token_timeout_s, settings.idle_timeout_s)
        limits = Limits(*patience, self.deadline, settings.deadline_s)
        say = self.streams.note if self.streams.stderr_is_tty else self.streams.detail

        def retrying(attempt: int, wait_s: float, error: LlmcliError) -> None:
            say(f"attempt {attempt} failed, next in {wait_s:.1f} s: {error.line()}")
            if on_retry is not None:
                on_retry(attempt, wait_s, error)

        return Caller(
            self.command,
            self.purse,
            policy,
            limits,
            tags,
            on_retry=retrying,
            on_fallback=lambda route, error: self.streams.note(
                f"{route.asked} failed, trying the next: {error.line()}"
            ),
            on_unusable=lambda error: self.streams.note(f"cannot fall back: {error.line()}"),
            interrupted=lambda: self.interruption,
            clock=self.clock,
        )

    def close(self) -> None:
        """Let go of what this run opened."""
        if "ledger" in self.__dict__:
            self.ledger.close()
        if "_runner" in self.__dict__:
            self._runner.close()

    @cached_property
    def _runner(self) -> asyncio.Runner:
        """One event loop for the whole run, so that connections last from one call to the next."""
        import asyncio

        return asyncio.Runner()

    def run(self, work: Coroutine[Any, Any, T], on_signal: Callable[[InterruptedRunError], bool] | None = None) -> T:
        """Run `work` to its end. A signal cancels it first, so that what was spent is recorded, then raises.

        `on_signal` is asked before that; if it says True, it sees to it itself that the work ends.
        """
        import asyncio

        self.interruption = None
        with put_off():  # a loop that is half made could not be closed
            loop = self._runner.get_loop()
            task = loop.create_task(work)

            def cancel(code: ExitCode) -> None:
                self.interruption = InterruptedRunError(code)
                if on_signal is None or not on_signal(self.interruption):
                    task.cancel()

            numbers = heeded()
            for number in numbers:
                loop.add_signal_handler(number, cancel, SIGNALS[number])
        try:
            return loop.run_until_complete(task)
        except asyncio.CancelledError as error:
            raise (self.interruption or InterruptedRunError()) from error
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)
            raise_on_signals()
