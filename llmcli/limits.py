"""How long things may take."""

from __future__ import annotations

import math
from dataclasses import dataclass

from llmcli.errors import TimedOutError
from llmcli.messages import Request

TIMEOUT_S = 30.0
# Slower models write about this many tokens in the default timeout; longer outputs get proportionally longer.
TOKENS_PER_TIMEOUT = 4096


@dataclass(frozen=True)
class Limit:
    """A time in seconds, and what to say when it has passed."""

    seconds: float
    fact: str
    option: str
    final: bool = False

    def error(self, provider: str) -> TimedOutError:
        return TimedOutError(
            self.fact.format(provider=provider, seconds=self.seconds),
            hint=f"raise {self.option}",
            retryable=not self.final,
        )


@dataclass(frozen=True)
class Limits:
    """What was set, in seconds; None means the default. `deadline` is a reading of the clock, for the command."""

    timeout_s: float | None = None
    first_token_timeout_s: float | None = None
    idle_timeout_s: float | None = None
    deadline: float | None = None
    deadline_s: float | None = None

    def of_attempt(self, request: Request, now: float, *, streamed: bool) -> Limit:
        """The time for one attempt: what is set, or by the length of the answer, and never past the deadline.

        A stream that keeps coming is limited only if the user said so.
        """
        seconds = math.inf if streamed and self.timeout_s is None else self._whole_s(request)
        left_s = math.inf if self.deadline is None else max(0.0, self.deadline - now)
        if left_s < seconds:
            return Limit(left_s, f"the deadline of {self.deadline_s:g} s passed", "--deadline", final=True)
        return Limit(seconds, "no complete answer from {provider} within {seconds:g} s", "--timeout")

    def first_token(self, request: Request) -> Limit:
        """The time until a stream's first piece."""
        seconds = self.first_token_timeout_s or self.idle_timeout_s or self._whole_s(request)
        return Limit(seconds, "no first token from {provider} within {seconds:g} s", "--first-token-timeout")

    def between_tokens(self, request: Request) -> Limit:
        """The time between two pieces of a stream."""
        seconds = self.idle_timeout_s or self._whole_s(request)
        return Limit(seconds, "nothing came from {provider} for {seconds:g} s", "--idle-timeout")

    def _whole_s(self, request: Request) -> float:
        if self.timeout_s is not None:
            return self.timeout_s
        return TIMEOUT_S * max(1.0, request.max_tokens / TOKENS_PER_TIMEOUT)
