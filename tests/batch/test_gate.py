"""gate and circuit: rows in order, one pause for all, and a probe before all of them go again."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any

import pytest

from llmcli.batch.rates.circuit import Circuit, MaxFailures, fatal
from llmcli.batch.rates.concurrency import Concurrency
from llmcli.batch.rates.gate import Gate
from llmcli.batch.rates.rates import Needs, Rates
from llmcli.errors import (
    AuthError,
    ConfigError,
    DisconnectedError,
    LlmcliError,
    QuotaError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
    UsageError,
)

SMALL = Needs(1, 1)


class _Idle(selectors.SelectSelector):
    """Waiting for nothing but the time, which then passes at once."""

    waited = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        assert timeout is not None, "everybody waits for everybody"
        self.waited += timeout
        return super().select(0)


class Loop(asyncio.SelectorEventLoop):
    """Real asyncio on a clock that jumps to whatever comes next."""

    def __init__(self) -> None:
        self._idle = _Idle()
        super().__init__(self._idle)

    def time(self) -> float:
        return self._idle.waited


def run(main: Coroutine[Any, Any, None]) -> None:
    loop = Loop()
    try:
        loop.run_until_complete(main)
    finally:
        loop.close()


def gate(concurrency: Concurrency | None = None, **limits: int) -> Gate:
    clock = asyncio.get_running_loop().time
    rates = Rates(limits, clock(), lambda bound: bound)  # type: ignore[arg-type]
    return Gate(rates, concurrency or Concurrency(fixed=100), Circuit(), clock=clock)


def test_rows_go_in_the_order_in_which_they_came_and_no_more_than_there_are_places() -> None:
    async def main() -> None:
        door, order, most = gate(Concurrency(fixed=3)), list[int](), 0

        async def row(number: int) -> None:
            nonlocal most
            permit = await door.enter(SMALL)
            order.append(number)
            most = max(most, door.in_flight)
            await asyncio.sleep(1 + number % 3)
            door.answered(permit, 1, 1)

        await asyncio.gather(*(row(number) for number in range(30)))
        assert order == list(range(30))
        assert (most, door.in_flight) == (3, 0)

    run(main())


def test_a_pause_that_the_server_asks_for_holds_all_rows_until_it_is_over() -> None:
    async def main() -> None:
        door = gate()
        permit = await door.enter(SMALL)
        door.failed(permit, RateLimitedError("slow down", retry_after_s=20.0))
        assert not door.circuit.is_open
        await asyncio.gather(*(door.enter(SMALL) for _ in range(5)))
        assert 22.0 <= asyncio.get_running_loop().time() < 22.6

    run(main())


def test_what_the_server_refused_has_used_nothing_and_after_any_other_error_nobody_knows() -> None:
    async def main() -> None:
        for error, least_s, most_s in (
            (RateLimitedError("x", retry_after_s=1.0), 1, 2),
            (DisconnectedError("x"), 55, 62),
        ):
            door, began = gate(tokens=100), asyncio.get_running_loop().time()
            door.failed(await door.enter(Needs(30, 30)), error)
            await door.enter(Needs(30, 30))
            assert least_s <= asyncio.get_running_loop().time() - began <= most_s

    run(main())


def test_rows_are_paced_by_the_limit() -> None:
    async def main() -> None:
        door = gate(requests=60)
        for _ in range(30):
            door.answered(await door.enter(SMALL), 1, 1)
        assert 28 < asyncio.get_running_loop().time() < 32

    run(main())


def test_a_row_that_is_cancelled_while_it_waits_does_not_hold_up_the_others() -> None:
    async def main() -> None:
        door = gate(Concurrency(fixed=1))
        first = await door.enter(SMALL)
        waiting = [asyncio.create_task(door.enter(SMALL)) for _ in range(3)]
        await asyncio.sleep(1)
        waiting[0].cancel()
        await asyncio.sleep(1)
        door.cancelled(first)
        door.answered(await waiting[1], 1, 1)
        await waiting[2]
        assert door.in_flight == 1

    run(main())


def test_after_ten_failures_of_one_kind_single_rows_probe_until_one_goes_through() -> None:
    async def main() -> None:
        door, sent = gate(), list[float]()
        clock = asyncio.get_running_loop().time
        for _ in range(10):
            door.failed(await door.enter(SMALL), DisconnectedError("gone"))
        assert door.circuit.is_open

        async def row(number: int) -> None:
            permit = await door.enter(SMALL)
            sent.append(clock())
            await asyncio.sleep(1)
            if number < 2:
                door.failed(permit, DisconnectedError("gone"))
            else:
                door.answered(permit, 1, 1)

        await asyncio.gather(*(row(number) for number in range(6)))
        assert sent == pytest.approx([5, 16, 37, 38, 38, 38], abs=0.6)
        assert not door.circuit.is_open

    run(main())


def test_failures_of_different_kinds_or_with_successes_between_do_not_open_it() -> None:
    circuit = Circuit()
    for number in range(50):
        circuit.failed(0.0, ("unavailable", "rejected")[number // 9 % 2], probe=False)
    circuit.failed(0.0, "rejected", probe=False)
    for _ in range(9):
        circuit.failed(0.0, "unavailable", probe=False)
    circuit.succeeded(probe=False)
    for _ in range(9):
        circuit.failed(0.0, "unavailable", probe=False)
    assert not circuit.is_open
    circuit.failed(0.0, "unavailable", probe=False)
    assert circuit.is_open
    assert circuit.kind == "unavailable"


def test_a_row_from_before_it_opened_does_not_close_it_and_a_cancelled_probe_is_sent_again() -> None:
    circuit = Circuit(failures=1)
    circuit.failed(0.0, "unavailable", probe=False)
    circuit.succeeded(probe=False)
    assert circuit.delay(2.0) == 3.0
    assert circuit.delay(5.0) == 0.0
    assert circuit.sent()
    assert circuit.delay(6.0) is None
    circuit.unsettled(probe=True)
    assert circuit.delay(6.0) == 0.0


def test_an_overloaded_server_gets_fewer_rows_at_once() -> None:
    async def main() -> None:
        door = gate(Concurrency())
        door.failed(await door.enter(SMALL), UnavailableError("overloaded", status=529))
        assert door.concurrency.limit == 2

    run(main())


@pytest.mark.parametrize(
    ("text", "failed", "total", "exceeded"),
    [
        ("0", 0, 10, False),
        ("0", 1, 10, True),
        ("3", 3, 10, False),
        ("3", 4, 10, True),
        ("5%", 5, 100, False),
        ("5%", 6, 100, True),
        (" 100% ", 100, 100, False),
    ],
)
def test_max_failures_is_a_number_or_a_part_of_all_rows(text: str, failed: int, total: int, exceeded: bool) -> None:
    assert MaxFailures.parse(text).exceeded(failed, total) is exceeded


@pytest.mark.parametrize("text", ["", "-1", "x", "101%", "1.5", "5 %%"])
def test_other_words_for_max_failures_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="--max-failures"):
        MaxFailures.parse(text)


@pytest.mark.parametrize("error", [AuthError("x"), QuotaError("x"), ConfigError("x")])
def test_what_no_row_can_do_better_stops_the_job(error: LlmcliError) -> None:
    assert fatal(error, "m", own_model=False) is error


def test_an_unknown_model_stops_the_job_unless_it_was_the_rows_own() -> None:
    error = RejectedError("anthropic does not know the model", status=404)
    stop = fatal(error, "claud-x", own_model=False)
    assert isinstance(stop, ConfigError)
    assert "claud-x" in stop.line()
    assert fatal(error, "claud-x", own_model=True) is None


@pytest.mark.parametrize("error", [RejectedError("x", status=400), UnavailableError("x"), RateLimitedError("x")])
def test_what_the_next_row_may_do_better_does_not(error: LlmcliError) -> None:
    assert fatal(error, "m", own_model=False) is None
