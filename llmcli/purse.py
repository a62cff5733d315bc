"""Money for one attempt: its worst case is reserved before it is sent, with all other running processes."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from llmcli.budget import Budget, near_cap, over_cap
from llmcli.config.settings import PriceSettings
from llmcli.errors import BudgetError
from llmcli.ledger import Cap, Charge, Ledger, OverCapError, Sent
from llmcli.ledger.book import LedgerUnusableError
from llmcli.ledger.caps import UnknownPriceError
from llmcli.messages import Request, Usage
from llmcli.pricing import PricedModel, worst_case
from llmcli.pricing.residency import tier_in
from llmcli.tokens import upper_bound

# How long a call waits for others to settle for less than they have reserved.
LONGEST_WAIT_S = 30.0
SAID_AFTER_S = 3.0
_POLL_S = 0.05

Count = Callable[[], Awaitable[int | None]]
"""Counts the attempt's input as its provider does; None if it does not count."""

# What the vendors call the longest answer and the number of answers, for those who pass such parameters themselves.
_LENGTHS = ("max_tokens", "max_completion_tokens", "max_output_tokens")
_ANSWERS = "n"
_TIERS = ("service_tier", "speed")
_PLACE = "inference_geo"

# Of an attempt for which nothing was reserved.
UNKNOWN_CHARGE = Charge(None, 0)


@dataclass(frozen=True)
class Reserved:
    """The ledger's row of an attempt, and the most that it can take; nothing is reserved where nothing is capped."""

    row: int | None
    worst: Charge


@dataclass
class Purse:
    """Reserves for all calls of a command, by `budget`; `warned` are the caps that it said something about."""

    ledger: Ledger
    prices: Mapping[str, PriceSettings] = field(default_factory=dict)
    budget: Budget = field(default_factory=Budget)
    profile: str | None = None
    run: str | None = None
    note: Callable[[str], None] = lambda line: None
    deadline: float | None = None  # a reading of `clock`
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    warned: set[str] = field(default_factory=set)

    async def reserve(self, sent: Sent, model: PricedModel, request: Request, count: Count) -> Reserved:
        """Record that the attempt is about to be sent. Raises BudgetError if a cap does not leave room for it.

        First with an upper bound of its input, which takes no time; if that is too much, with its true count. Room
        that others have reserved may become free again, so that it is waited for.
        """
        caps = self.budget.caps(sent)
        if not caps:
            return Reserved(self.ledger.begin(sent, UNKNOWN_CHARGE), UNKNOWN_CHARGE)
        worst = self._worst(model, request, upper_bound(request))
        try:
            return await self._begin(sent, request, worst, caps)
        except OverCapError:
            counted = await count()
        if counted is not None:
            worst = self._worst(model, request, counted)
        self.ledger.charge_lost()
        return await self._when_there_is_room(sent, request, worst, caps)

    async def _when_there_is_room(self, sent: Sent, request: Request, worst: Charge, caps: tuple[Cap, ...]) -> Reserved:
        began, said = self.clock(), False
        while True:
            try:
                return await self._begin(sent, request, worst, caps)
            except OverCapError as error:
                waited_s = self.clock() - began
                late = self.deadline is not None and self.clock() >= self.deadline
                if error.final or late or waited_s >= LONGEST_WAIT_S:
                    raise over_cap(error) from error
                if waited_s >= SAID_AFTER_S and not said:
                    said = True
                    self.note(f"waiting for running calls to leave room under {error.total.cap.name}")
            await self.sleep(_POLL_S * random.uniform(0.5, 1.5))

    async def _begin(self, sent: Sent, request: Request, worst: Charge, caps: tuple[Cap, ...]) -> Reserved:
        try:
            row = await self._recorded(sent, worst, caps)
        except UnknownPriceError as error:
            tier = asked_tier(request)
            what = sent.model if tier is None else f'{sent.model} in the service tier "{tier}"'
            raise BudgetError(
                f"nobody knows the price of {what}, so it cannot be held against {error.cap.name}",
                hint=f'give it in [prices."{sent.model}"], or say --allow-unknown-price',
            ) from error
        except LedgerUnusableError as error:
            raise BudgetError(
                f"{caps[0].name} cannot be checked without the ledger {error}", hint="mend it, or lift the cap"
            ) from error
        return Reserved(row, worst)

    async def _recorded(self, sent: Sent, worst: Charge, caps: tuple[Cap, ...]) -> int | None:
        """The ledger's row of an attempt that is about to be sent."""
        return self.ledger.begin(sent, worst, caps, unpriced=self.budget.allow_unknown_price)

    def _worst(self, model: PricedModel, request: Request, input_tokens: int) -> Charge:
        """The most that an attempt can take, with an answer as long as it may be."""
        output_tokens = longest_output(request)
        tier = asked_tier(request)
        usd = worst_case(model, input_tokens, output_tokens, self.prices, cache=request.cache, service_tier=tier)
        return Charge(usd, input_tokens + output_tokens)

    def watch(self, sent: Sent) -> None:
        """Say once for each cap when most of it is taken."""
        part = self.budget.warn_at
        if part is None:
            return
        for total in self.ledger.totals(self.budget.caps(sent)):
            if total.taken >= part * total.cap.limit and total.cap.name not in self.warned:
                self.warned.add(total.cap.name)
                self.note(near_cap(total))


def longest_output(request: Request) -> int:
    """The most tokens that may be written, also if the provider's own parameters say so."""
    given = [request.options.get(name) for name in _LENGTHS]
    answers = request.options.get(_ANSWERS)
    longest = max([request.max_tokens, *(number for number in given if isinstance(number, int))])
    return longest * max(1, answers if isinstance(answers, int) else 1)


def asked_tier(request: Request) -> str | None:
    """The service tier that is asked for, also if the provider's own parameters say so."""
    named = (request.service_tier, *(request.options.get(name) for name in _TIERS))
    tier = next((tier for tier in named if isinstance(tier, str)), None)
    return tier_in(tier, request.options.get(_PLACE))


def charge_of(usage: Usage, usd: Decimal | None, worst: Charge) -> Charge:
    """What an attempt took; what nobody knows counts as its worst case."""
    known = usage.input_tokens is not None and usage.output_tokens is not None
    tokens = (usage.input_tokens or 0) + (usage.output_tokens or 0) if known else worst.tokens
    return Charge(worst.usd if usd is None else usd, tokens)
