"""The one retry policy: which failures are tried again, and after how long.

Exponential backoff with full jitter, so that many processes that failed together do not come back together.
A server that says how long to wait is obeyed instead, unless it asks for more than `max_wait_s`.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from llmcli.errors import LlmcliError

T = TypeVar("T")

OnRetry = Callable[[int, float, LlmcliError], None]
"""Called before each wait with the number of the attempt that failed, the wait in seconds, and why."""


def draw_below(bound_s: float) -> float:
    """Full jitter: a wait drawn evenly between nothing and `bound_s`."""
    return random.uniform(0.0, bound_s)


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently to try. `deadline` is a reading of `clock` that no wait may pass."""

    attempts: int = 4
    base_s: float = 1.0
    cap_s: float = 30.0
    max_wait_s: float = 60.0
    deadline: float | None = None
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    draw: Callable[[float], float] = draw_below

    async def run(self, attempt: Callable[[int], Awaitable[T]], on_retry: OnRetry) -> T:
        """Call `attempt(n)`, n = 1, 2, …, until it returns or its error is final; that error is raised."""

        def before_sleep(state: RetryCallState) -> None:
            error = _error_of(state)
            assert error is not None
            on_retry(state.attempt_number, state.upcoming_sleep, error)

        retrying = AsyncRetrying(
            sleep=self.sleep,
            stop=self._stop,
            wait=self._wait_s,
            retry=retry_if_exception(self._should_retry),
            before_sleep=before_sleep,
            reraise=True,
        )
        number = 0

        async def numbered() -> T:
            nonlocal number
            number += 1
            return await attempt(number)

        return await retrying(numbered)

    def next_wait_s(self, attempt: int, error: LlmcliError) -> float | None:
        """Seconds from the `attempt`-th, which failed with `error`, to the next; None if there is to be none.

        For those who have many calls under way and wait for them in their own way.
        """
        if attempt >= self.attempts or not self._should_retry(error):
            return None
        wait_s = self._after(attempt, error)
        late = self.deadline is not None and self.clock() + wait_s >= self.deadline
        return None if late else wait_s

    def _should_retry(self, error: BaseException) -> bool:
        if not isinstance(error, LlmcliError) or not error.retryable:
            return False
        asked = error.retry_after_s
        if asked is not None and asked > self.max_wait_s:
            error.hint = (
                f"it asks to wait {asked:.0f} s, more than retry.max_wait_s = {self.max_wait_s:.0f}; "
                "try later, or name a --fallback"
            )
            return False
        return True

    def _wait_s(self, state: RetryCallState) -> float:
        return self._after(state.attempt_number, _error_of(state))

    def _after(self, attempt: int, error: LlmcliError | None) -> float:
        if error is not None and error.retry_after_s is not None:
            return error.retry_after_s
        return self.draw(min(self.cap_s, self.base_s * 2.0 ** (attempt - 1)))

    def _stop(self, state: RetryCallState) -> bool:
        if state.attempt_number >= self.attempts:
            return True
        return self.deadline is not None and self.clock() + state.upcoming_sleep >= self.deadline


def _error_of(state: RetryCallState) -> LlmcliError | None:
    error = state.outcome.exception() if state.outcome is not None else None
    return error if isinstance(error, LlmcliError) else None
