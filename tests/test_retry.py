"""retry: which failures are tried again, how often, and after how long."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from llmcli.errors import AuthError, LlmcliError, QuotaError, RateLimitedError, UnavailableError
from llmcli.retry import RetryPolicy, draw_below


class Bench:
    """A policy on a clock of its own: sleeping takes no time, drawing gives the upper bound."""

    def __init__(self, errors: Sequence[BaseException], **policy: float | int | None) -> None:
        self.errors = list(errors)
        self.now = 0.0
        self.slept: list[float] = []
        self.numbers: list[int] = []
        self.told: list[tuple[int, float, str]] = []
        self.policy = RetryPolicy(
            clock=lambda: self.now,
            sleep=self._sleep,
            draw=lambda bound_s: bound_s,
            **policy,  # type: ignore[arg-type]
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    async def _attempt(self, number: int) -> str:
        self.numbers.append(number)
        if self.errors:
            raise self.errors.pop(0)
        return "answer"

    def _tell(self, attempt: int, wait_s: float, error: LlmcliError) -> None:
        self.told.append((attempt, wait_s, error.message))

    def run(self) -> str:
        return asyncio.run(self.policy.run(self._attempt, self._tell))


def test_an_answer_at_once_is_not_waited_for() -> None:
    bench = Bench([])
    assert bench.run() == "answer"
    assert (bench.numbers, bench.slept, bench.told) == ([1], [], [])


def test_the_bound_of_the_wait_doubles_and_each_wait_is_told_before() -> None:
    bench = Bench([UnavailableError("a"), UnavailableError("b"), UnavailableError("c")])
    assert bench.run() == "answer"
    assert bench.slept == [1.0, 2.0, 4.0]
    assert bench.told == [(1, 1.0, "a"), (2, 2.0, "b"), (3, 4.0, "c")]


def test_after_four_attempts_the_last_error_is_raised_itself() -> None:
    errors = [UnavailableError(str(number)) for number in range(5)]
    bench = Bench(errors)
    with pytest.raises(UnavailableError) as caught:
        bench.run()
    assert caught.value is errors[3]
    assert bench.numbers == [1, 2, 3, 4]


def test_no_wait_is_longer_than_the_cap() -> None:
    bench = Bench([UnavailableError("x")] * 7, attempts=8, cap_s=5.0)
    bench.run()
    assert bench.slept == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0]


def test_the_jitter_is_full() -> None:
    random.seed(1)
    drawn = [draw_below(8.0) for _ in range(1000)]
    assert 0.0 <= min(drawn) < 0.5
    assert 7.5 < max(drawn) <= 8.0


@pytest.mark.parametrize("error", [AuthError("x"), QuotaError("x"), UnavailableError("x", retryable=False)])
def test_a_final_error_is_not_tried_again(error: LlmcliError) -> None:
    bench = Bench([error])
    with pytest.raises(LlmcliError) as caught:
        bench.run()
    assert caught.value is error
    assert bench.numbers == [1]


def test_a_bug_is_not_tried_again() -> None:
    bench = Bench([ZeroDivisionError()])
    with pytest.raises(ZeroDivisionError):
        bench.run()
    assert bench.numbers == [1]


def test_a_cancelled_attempt_is_not_tried_again() -> None:
    bench = Bench([asyncio.CancelledError()])
    with pytest.raises(asyncio.CancelledError):
        bench.run()
    assert bench.numbers == [1]


@pytest.mark.parametrize("asked", [0.0, 0.25, 45.0, 60.0])
def test_the_wait_that_the_server_asks_for_wins(asked: float) -> None:
    """Also over the cap of drawn waits, up to `max_wait_s`."""
    bench = Bench([RateLimitedError("x", retry_after_s=asked)])
    bench.run()
    assert bench.slept == [asked]


def test_a_wait_longer_than_the_limit_fails_at_once_and_says_how_long_it_is() -> None:
    bench = Bench([RateLimitedError("slow down", retry_after_s=61.0)])
    with pytest.raises(RateLimitedError, match="slow down") as caught:
        bench.run()
    assert bench.slept == []
    assert "61 s" in caught.value.line()
    assert "retry.max_wait_s = 60" in caught.value.line()


def test_no_wait_passes_the_deadline() -> None:
    bench = Bench([UnavailableError("a"), UnavailableError("b")], deadline=2.5)
    with pytest.raises(UnavailableError, match="b"):
        bench.run()
    assert bench.slept == [1.0]


def test_a_wait_asked_for_that_would_pass_the_deadline_is_not_begun() -> None:
    bench = Bench([RateLimitedError("x", retry_after_s=10.0)], deadline=10.0)
    with pytest.raises(RateLimitedError):
        bench.run()
    assert bench.slept == []
