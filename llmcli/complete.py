"""One call, seen through: the models in order, retries, deadlines, price, ledger."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from llmcli.account import Account, priced
from llmcli.errors import (
    FALL_BACK_ON,
    AuthError,
    BudgetError,
    InterruptedRunError,
    LlmcliError,
    RejectedError,
    UnavailableError,
    UsageError,
)
from llmcli.ledger import Sent
from llmcli.limits import Limits
from llmcli.messages import Delta, Reply, Request
from llmcli.models import Route
from llmcli.providers.base import Endpoint, Provider
from llmcli.purse import Purse, Reserved
from llmcli.render import Outcome
from llmcli.retry import OnRetry, RetryPolicy
from llmcli.vendor_count import counted
from llmcli.verdict import broken_off, shortcoming

OnDelta = Callable[[Delta], None]


@dataclass(frozen=True)
class Target:
    """A model to try: who answers, and where."""

    route: Route
    endpoint: Endpoint
    provider: Provider


@dataclass(frozen=True)
class Caller:
    """What every call of a command shares. `interrupted` says which signal it was, once there was one."""

    command: str
    purse: Purse
    policy: RetryPolicy
    limits: Limits
    tags: dict[str, str] = field(default_factory=dict)
    on_retry: OnRetry = lambda attempt, wait_s, error: None
    on_fallback: Callable[[Route, LlmcliError], None] = lambda route, error: None
    on_unusable: Callable[[LlmcliError], None] = lambda error: None
    interrupted: Callable[[], InterruptedRunError | None] = lambda: None
    clock: Callable[[], float] = time.monotonic

    async def send(
        self,
        request: Request,
        first: Target,
        fallbacks: Sequence[Callable[[], Target]] = (),
        *,
        on_delta: OnDelta | None = None,
        keep_text: bool = True,
    ) -> Outcome:
        """The answer of the first model that gives one. Failures of the call are in the outcome, not raised.

        With `on_delta` the answer is streamed to it; after the first piece nothing is tried again.
        `fallbacks` are called when it is their turn, so that a key is needed only then.
        """
        first.provider.prepare(replace(request, model=first.route.model))
        call = _Call(self, request, on_delta, keep_text, self.clock())
        target, others = first, list(fallbacks)
        while True:
            failed = Outcome(self.command, target.route.asked, target.route.provider)
            try:
                return await call.run(target)
            except asyncio.CancelledError:  # while waiting to try again
                if (reason := self.interrupted()) is None:
                    raise
                return call.closed(replace(failed, error=reason))
            except LlmcliError as error:
                failed = call.closed(replace(failed, error=error))
                if error.exit_code not in FALL_BACK_ON or not others or self._out_of_time():
                    return failed
                self.on_fallback(target.route, error)
                following = self._usable(others, request)
                if following is None:
                    return failed
                target = following

    async def attempt(self, request: Request, target: Target, call_id: str, number: int) -> Outcome:
        """One attempt, the `number`-th of a call whose retries are somebody else's matter. Raises what it failed with.

        The provider has to be prepared.
        """
        call = _Call(self, request, None, True, self.clock(), call_id, number)
        return await call.attempt(target)

    async def count(self, request: Request, target: Target, *, patiently: bool = False) -> int | None:
        """How many tokens the request is, as the provider counts; None if it does not. Costs nothing: no ledger row.

        One attempt in the usual time; `patiently` tries again as for an answer. Raises what goes wrong.
        """
        asked = replace(request, model=target.route.model)
        policy = self.policy if patiently else replace(self.policy, attempts=1)
        limit = self.limits.of_attempt(asked, self.clock(), streamed=False)
        return await counted(target.provider, target.route.provider, asked, limit, policy, self.on_retry)

    def _usable(self, others: list[Callable[[], Target]], request: Request) -> Target | None:
        """The next fallback that can be tried; one without a key must not hide why it was needed."""
        while others:
            try:
                target = others.pop(0)()
                target.provider.prepare(replace(request, model=target.route.model))
            except (AuthError, UsageError) as error:
                self.on_unusable(error)
            else:
                return target
        return None

    def _out_of_time(self) -> bool:
        """Whether the command's deadline has passed, so that there is no time for another model."""
        return self.limits.deadline is not None and self.clock() >= self.limits.deadline


@dataclass
class _Call:
    """One call in progress, over all its attempts and models."""

    caller: Caller
    request: Request
    on_delta: OnDelta | None
    keep_text: bool
    started: float
    call_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    attempts: int = 0
    shown: bool = False  # whether any of the answer went out, after which nothing is tried again

    async def run(self, target: Target) -> Outcome:
        """Try one model until it answers or its error is final, which is raised."""

        async def attempt(_: int) -> Outcome:
            self.attempts += 1
            return await self.attempt(target)

        return await self.caller.policy.run(attempt, self.caller.on_retry)

    def closed(self, outcome: Outcome) -> Outcome:
        """`outcome` of the last attempt as that of the whole call."""
        latency_ms = round((self.caller.clock() - self.started) * 1000)
        return replace(outcome, attempts=self.attempts, latency_ms=latency_ms)

    async def attempt(self, target: Target) -> Outcome:
        """Record, send, settle. The ledger comes before the result is shown: the money is spent either way.

        Raises the error of an attempt of which nothing was shown, so that it may be tried again.
        """
        caller, route, purse = self.caller, target.route, self.caller.purse
        request = self.request if self.request.model == route.model else replace(self.request, model=route.model)
        sent = Sent(
            self.call_id, self.attempts, caller.command, route.provider, route.asked, caller.tags,
            purse.profile, purse.run,
        )  # fmt: skip
        reserved = await self._reserve(target, sent, request)
        account = Account(
            purse.ledger, purse.prices, target.endpoint, sent, request, reserved, caller.clock, self.keep_text
        )
        try:
            return await self._carried_out(target, account)
        finally:
            purse.watch(sent)

    async def _reserve(self, target: Target, sent: Sent, request: Request) -> Reserved:
        """Room for the attempt under all caps. Raises BudgetError."""

        async def count() -> int | None:
            try:
                return await self.caller.count(request, target)
            except (UnavailableError, RejectedError):
                return None

        try:
            return await self.caller.purse.reserve(sent, priced(target.endpoint, request), request, count)
        except BudgetError:
            self.attempts -= 1  # nothing was sent
            raise

    async def _carried_out(self, target: Target, account: Account) -> Outcome:
        caller, route, request = self.caller, target.route, account.request
        try:
            reply = account.checked(await self._in_time(target, account))
        except LlmcliError as failure:
            if not self.shown:
                account.settle_partial(failure)  # an answer may have begun unseen, which is paid for as well
                raise
            return self.closed(account.settle_partial(broken_off(failure)))
        except asyncio.CancelledError:
            reason = caller.interrupted()
            outcome = account.settle_partial(reason or InterruptedRunError())
            if reason is None:
                raise
            return self.closed(outcome)
        return self.closed(account.settle(reply, shortcoming(reply, request, route.asked)))

    async def _in_time(self, target: Target, account: Account) -> Reply:
        """The answer, unless the attempt's time or the command's deadline passes first."""
        limits = self.caller.limits
        streamed = self.on_delta is not None
        limit = limits.of_attempt(self.request, self.caller.clock(), streamed=streamed)
        try:
            async with asyncio.timeout(limit.seconds):
                if streamed or limits.idle_timeout_s is not None:
                    return await self._streamed(target.provider, account)
                return await target.provider.complete(account.request)
        except TimeoutError as error:
            raise limit.error(target.route.provider) from error

    async def _streamed(self, provider: Provider, account: Account) -> Reply:
        """The answer piece by piece, each within its time."""
        limits = self.caller.limits
        limit = limits.first_token(self.request)
        now = asyncio.get_running_loop().time
        try:
            async with aclosing(provider.stream(account.request)) as events, asyncio.timeout(None) as watch:
                while True:
                    watch.reschedule(now() + limit.seconds)
                    event = await anext(events)
                    if isinstance(event, Reply):
                        return account.completed(event)
                    account.take(event)
                    if isinstance(event, Delta):
                        limit = limits.between_tokens(self.request)
                        self._show(event)
        except TimeoutError as error:
            raise limit.error(account.sent.provider) from error

    def _show(self, delta: Delta) -> None:
        if self.on_delta is not None:
            self.shown = True
            self.on_delta(delta)
