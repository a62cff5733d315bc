"""Where rows wait until they may be sent: in order, for a free place, for the limits, for the circuit."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from llmcli.batch.rates.circuit import Circuit
from llmcli.batch.rates.concurrency import Concurrency
from llmcli.batch.rates.rates import Needs, Rates, Reservation
from llmcli.errors import LlmcliError, QuotaError, RateLimitedError

# Limits may become known, and tokens be given back, while somebody waits for them.
LONGEST_SLEEP_S = 0.5

# Overrun, not broken (429 apart): 503, and Anthropic's 529.
_OVERLOADED = (503, 529)


@dataclass(frozen=True)
class Permit:
    """That a row may be sent now; to be given back by one of the gate's other methods."""

    held: Reservation
    sent_at: float
    in_flight: int
    probe: bool


class Gate:
    """One for all rows that go to one provider."""

    def __init__(
        self,
        rates: Rates,
        concurrency: Concurrency,
        circuit: Circuit,
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.rates = rates
        self.concurrency = concurrency
        self.circuit = circuit
        self.in_flight = 0
        self._clock = clock
        self._sleep = sleep
        self._turn = asyncio.Lock()  # whoever has it is next; the others queue behind
        self._freed = asyncio.Event()
        self._queued = 0

    async def enter(self, needs: Needs) -> Permit:
        """Wait until a row with these needs may be sent. Rows go in the order in which they came."""
        if self._queued or self._wait_s(needs) != 0:
            await self._wait(needs)
        now = self._clock()
        self.in_flight += 1
        return Permit(self.rates.take(now, needs), now, self.in_flight, self.circuit.sent())

    async def _wait(self, needs: Needs) -> None:
        self._queued += 1
        try:
            async with self._turn:
                while (wait_s := self._wait_s(needs)) is None or wait_s > 0:
                    if wait_s is None:
                        self._freed.clear()
                        await self._freed.wait()
                    else:
                        await self._sleep(min(wait_s, LONGEST_SLEEP_S))
        finally:
            self._queued -= 1

    def answered(self, permit: Permit, input_tokens: int | None, output_tokens: int | None) -> None:
        """The row came back with an answer."""
        now = self._leave(permit, input_tokens, output_tokens)
        self.rates.answered()
        self.concurrency.answered(now, permit.sent_at, permit.in_flight)
        self.circuit.succeeded(probe=permit.probe)

    def failed(self, permit: Permit, error: LlmcliError) -> None:
        """The row came back with an error."""
        # What was refused was not counted by the server; after anything else, nobody knows what was used.
        refused = isinstance(error, RateLimitedError)
        now = self._leave(permit, *((0, 0) if refused else (None, None)))
        if isinstance(error, RateLimitedError) and not isinstance(error, QuotaError):
            self.rates.throttled(now, permit.sent_at, error.retry_after_s)
            self.concurrency.throttled(now, permit.sent_at)
            self.circuit.unsettled(probe=permit.probe)
            return
        if error.status in _OVERLOADED:
            self.concurrency.throttled(now, permit.sent_at)
            if error.retry_after_s is not None:
                self.rates.throttled(now, permit.sent_at, error.retry_after_s)
        self.circuit.failed(now, error.kind, probe=permit.probe)

    def cancelled(self, permit: Permit) -> None:
        """The row was not waited for."""
        self._leave(permit, None, None)
        self.circuit.unsettled(probe=permit.probe)

    def _leave(self, permit: Permit, input_tokens: int | None, output_tokens: int | None) -> float:
        now = self._clock()
        self.in_flight -= 1
        self.rates.settle(now, permit.held, input_tokens, output_tokens)
        self._freed.set()
        return now

    def _wait_s(self, needs: Needs) -> float | None:
        """Seconds to wait; None until something comes back."""
        now = self._clock()
        if self.in_flight >= self.concurrency.limit:
            return None
        circuit_s = self.circuit.delay(now)
        return None if circuit_s is None else max(circuit_s, self.rates.delay_until_ok(now, needs))
