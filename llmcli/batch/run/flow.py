"""One row's requests through the gates: each attempt waits for its turn, also one that is made again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial

from llmcli.batch.journal.entries import Finish, PendingRow
from llmcli.batch.rates.circuit import fatal
from llmcli.batch.rates.gate import Gate, Permit
from llmcli.batch.rates.rates import Needs
from llmcli.batch.rows.row import Api
from llmcli.batch.run.books import Books
from llmcli.complete import Caller, Target
from llmcli.errors import (
    FALL_BACK_ON,
    AuthError,
    BudgetError,
    LlmcliError,
    RateLimitedError,
    RejectedError,
    TimedOutError,
    UsageError,
)
from llmcli.messages import Request, Usage
from llmcli.providers.base import Endpoint
from llmcli.purse import longest_output
from llmcli.render import Outcome
from llmcli.retry import RetryPolicy
from llmcli.tokens import estimate_request

# What the wire formats of rows belong to; the simulator takes them all.
_KINDS: Mapping[Api, tuple[str, ...]] = {
    "chat": ("openai", "sim"),
    "responses": ("openai", "sim"),
    "messages": ("anthropic", "sim"),
}


class JobOverError(Exception):
    """The job cannot go on, and this row stays pending. `reason` is what to tell; None if that is known already."""

    def __init__(self, reason: LlmcliError | None = None) -> None:
        super().__init__()
        self.reason = reason


@dataclass(frozen=True)
class Lane:
    """A model that can answer, and the gate of whom it belongs to."""

    target: Target
    gate: Gate


@dataclass
class Ride:
    """A row on its way. `lanes` are the models to try, in order; `own_model` says that the row named the first."""

    row: PendingRow
    call_id: str
    lanes: Sequence[Callable[[], Lane]]
    own_model: bool
    api: Api | None = None  # whose parameters the row brings, if it brings any of its own
    attempts: int = 0
    began: float | None = None  # when the first attempt was let through
    sending: bool = False  # it must not be broken off: somebody may be answering it


Send = Callable[[Request], Awaitable[Outcome]]
Answer = Callable[[Lane, Request, Send], Awaitable[Outcome]]
"""What makes an outcome of a row's request to one model, sending as often as it takes."""


async def plainly(lane: Lane, request: Request, send: Send) -> Outcome:
    """One request, one answer."""
    return await send(request)


@dataclass
class Tally:
    """What this run has taken so far. `spent_usd` leaves out what nobody knows the price of."""

    tokens: int = 0
    spent_usd: Decimal = Decimal(0)
    priced: bool = False

    def add(self, outcome: Outcome) -> None:
        usage = outcome.reply.usage if outcome.reply else Usage()
        self.tokens += (usage.input_tokens or 0) + (usage.output_tokens or 0)
        if outcome.cost.usd is not None:
            self.spent_usd += outcome.cost.usd
            self.priced = True


@dataclass
class Flow:
    """What all rows of a job are sent through."""

    caller: Caller
    policy: RetryPolicy
    books: Books
    answer: Answer = plainly
    tally: Tally = field(default_factory=Tally)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    stopping: bool = False  # what has failed is not tried again

    async def send(self, ride: Ride, request: Request) -> Outcome:
        """The answer of the first model that gives one; failures of the row are in the outcome.

        Raises JobOverError for what no other row could do better, and UsageError for what the API does not have.
        """
        first_attempt, ride.began = ride.attempts, None
        outcome: Outcome | None = None
        for number, lane_of in enumerate(ride.lanes):
            try:
                lane = lane_of()
            except AuthError as error:  # a fallback without a key must not hide why it was needed
                if outcome is None:
                    raise JobOverError(error) from error
                continue
            send = partial(self._through, ride, lane, own_model=ride.own_model and number == 0)
            outcome = await self.answer(lane, request, send)
            if outcome.error is None or outcome.reply is not None or outcome.error.exit_code not in FALL_BACK_ON:
                break
        assert outcome is not None
        latency_ms = None if ride.began is None else round((self.clock() - ride.began) * 1000)
        return replace(outcome, attempts=ride.attempts - first_attempt, latency_ms=latency_ms)

    async def _through(self, ride: Ride, lane: Lane, request: Request, *, own_model: bool) -> Outcome:
        """Try one model until it answers or its error is final."""
        route = lane.target.route
        request = replace(request, model=route.model)
        check_api(lane.target.endpoint, ride.api)
        lane.target.provider.prepare(request)
        needs = Needs(estimate_request(request), longest_output(request))
        tries = 0
        while True:
            if (refusal := lane.gate.rates.refusal(needs)) is not None:
                error: LlmcliError = RejectedError(refusal, hint="send less, lower --max-tokens, or raise the limit")
                return Outcome("batch", route.asked, route.provider, error=error)
            permit = await lane.gate.enter(needs)
            ride.sending = True
            ride.began = ride.began or self.clock()
            tries += 1
            try:
                return await self._attempt(ride, lane, request, permit)
            except LlmcliError as caught:
                error = caught
            finally:
                ride.sending = False
            if (final := fatal(error, route.asked, own_model=own_model)) is not None:
                raise JobOverError(final)
            wait_s = self.policy.next_wait_s(tries, error)
            if wait_s is None:
                self._check_time(error)
                return Outcome("batch", route.asked, route.provider, error=error)
            if self.stopping:
                raise JobOverError(error)
            await self.sleep(wait_s)

    async def _attempt(self, ride: Ride, lane: Lane, request: Request, permit: Permit) -> Outcome:
        gate, usage = lane.gate, Usage()
        try:
            outcome = await self.caller.attempt(request, lane.target, ride.call_id, ride.attempts + 1)
        except BudgetError as error:
            gate.cancelled(permit)
            raise JobOverError(error) from error
        except LlmcliError as error:
            gate.failed(permit, error)
            if ride.call_id not in self.books.attempts:  # nothing was sent: it could not be written down
                raise JobOverError(error) from error
            ride.attempts += 1
            free = None if error.may_have_cost else Decimal(0)
            self.books.finish(Finish(self.books.attempts.pop(ride.call_id), error.kind, free))
            raise
        except BaseException:
            gate.cancelled(permit)  # its outcome stays unknown
            self.books.attempts.pop(ride.call_id, None)
            raise
        ride.attempts += 1
        if outcome.reply is not None:
            usage = outcome.reply.usage
        gate.answered(permit, usage.input_tokens, usage.output_tokens)
        self.tally.add(outcome)
        how = outcome.error.kind if outcome.error else "ok"
        attempt = self.books.attempts.pop(ride.call_id)
        self.books.finish(Finish(attempt, how, outcome.cost.usd, usage.input_tokens, usage.output_tokens))
        return outcome

    def _check_time(self, error: LlmcliError) -> None:
        """Raise JobOverError for what is the job's matter: its deadline, and a server that wants it to wait long."""
        late = self.policy.deadline is not None and self.clock() >= self.policy.deadline
        long = isinstance(error, RateLimitedError) and (error.retry_after_s or 0) > self.policy.max_wait_s
        if long or (late and isinstance(error, TimedOutError)):
            raise JobOverError(error)


def check_api(endpoint: Endpoint, api: Api | None) -> None:
    """Raise UsageError for a row whose own parameters belong to another API than the one that would be called."""
    if api is not None and endpoint.kind not in _KINDS[api]:
        raise UsageError(
            f"the row has parameters of another API ({api}), which {endpoint.name} does not have",
            hint="name a model of the vendor that the file was written for",
        )
