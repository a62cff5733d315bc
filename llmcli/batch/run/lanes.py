"""Who can answer a row, and the gate of each provider, which all of its rows share."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from llmcli.batch.rates.circuit import Circuit
from llmcli.batch.rates.concurrency import Concurrency
from llmcli.batch.rates.gate import Gate
from llmcli.batch.rates.headers import Kind, told_by
from llmcli.batch.rates.rates import Rates
from llmcli.batch.rows.row import Api
from llmcli.batch.run.flow import Lane
from llmcli.complete import Target
from llmcli.models import Route
from llmcli.providers.base import Wiring

# Hundreds of answers a second say the same of the limits.
HEARD_EVERY_S = 0.05


@dataclass
class Lanes:
    """The lanes of a job: `routes` gives the models for a name, `target` who answers to one, as the app has them."""

    routes: Callable[[str | None], Sequence[Route]]
    target: Callable[[Route, Api | None, Wiring], Target]
    limits: Callable[[str], Mapping[Kind, int | None]]
    fixed: int | None = None
    most: int = 256
    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    gates: dict[str, Gate] = field(default_factory=dict)
    _heard_at: dict[str, float] = field(default_factory=dict)  # when what a provider says is listened to again
    _wirings: list[Wiring] = field(default_factory=list)
    _known: dict[tuple[str | None, Api | None], list[Callable[[], Lane]]] = field(default_factory=dict)

    def of(self, model: str | None, api: Api | None) -> Sequence[Callable[[], Lane]]:
        """The models to try for a row, in order. Raises ConfigError for a name that means nothing."""
        found = self._known.get((model, api))
        if found is None:
            found = [_once(self._maker(route, api)) for route in self.routes(model)]
            self._known[model, api] = found
        return found

    def gate(self, provider: str) -> Gate:
        if provider not in self.gates:
            rates = Rates(self.limits(provider), self.clock(), lambda bound: random.uniform(0.0, bound))
            pace = Concurrency(fixed=self.fixed, most=self.most)
            self.gates[provider] = Gate(rates, pace, Circuit(), clock=self.clock, sleep=asyncio.sleep)
        return self.gates[provider]

    def held(self) -> str | None:
        """Why nothing is sent just now."""
        broken = [gate.circuit.kind for gate in self.gates.values() if gate.circuit.is_open]
        return f"paused: the last rows were {broken[0]}" if broken else None

    def in_flight(self) -> int:
        return sum(gate.in_flight for gate in self.gates.values())

    def concurrency(self) -> int:
        return sum(gate.concurrency.limit for gate in self.gates.values())

    async def close(self) -> None:
        """Close all connections."""
        for wiring in self._wirings:
            while wiring.clients:
                await wiring.clients.pop().aclose()

    def _maker(self, route: Route, api: Api | None) -> Callable[[], Lane]:
        def make() -> Lane:
            gate = self.gate(route.provider)

            def heard(headers_of: Callable[[], Mapping[str, str]]) -> None:
                now = self.clock()
                if now >= self._heard_at.get(route.provider, now) and (headers := headers_of()):
                    self._heard_at[route.provider] = now + HEARD_EVERY_S
                    gate.rates.learn(now, told_by(headers, self.wall_clock()))

            wiring = Wiring(pooled=True, heard=heard)
            self._wirings.append(wiring)
            return Lane(self.target(route, api, wiring), gate)

        return make


def _once(make: Callable[[], Lane]) -> Callable[[], Lane]:
    made: list[Lane] = []

    def get() -> Lane:
        if not made:
            made.append(make())
        return made[0]

    return get
