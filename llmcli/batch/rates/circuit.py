"""When to stop: at once for what no retry can mend, for a while when everything fails alike, for good at a limit."""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmcli.errors import AuthError, ConfigError, LlmcliError, QuotaError, RejectedError, UsageError

FAILURES_IN_A_ROW = 10
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5.0, 60.0

_MOST = re.compile(r"(\d+)(%?)", re.ASCII)
_NOT_FOUND = 404


class Circuit:
    """Opens after ten failures in a row of one kind; then one row at a time probes whether things are well again."""

    def __init__(self, *, failures: int = FAILURES_IN_A_ROW) -> None:
        self._most = failures
        self._kind: str | None = None
        self._in_a_row = 0
        self._open_until: float | None = None
        self._pause_s = FIRST_PAUSE_S
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether rows are held back."""
        return self._open_until is not None

    @property
    def kind(self) -> str | None:
        """What the last rows failed with."""
        return self._kind

    def delay(self, now: float) -> float | None:
        """Seconds until a row may be sent; 0.0 is now, None until the probe that is on its way has come back."""
        if self._open_until is None:
            return 0.0
        return None if self._probing else max(0.0, self._open_until - now)

    def sent(self) -> bool:
        """A row is sent; returns whether it is a probe."""
        self._probing = self.is_open
        return self._probing

    def succeeded(self, *, probe: bool) -> None:
        """A row went through. One that was sent before the circuit opened does not close it."""
        if self.is_open and not probe:
            return
        self._kind, self._in_a_row, self._open_until = None, 0, None
        self._pause_s, self._probing = FIRST_PAUSE_S, False

    def failed(self, now: float, kind: str, *, probe: bool) -> None:
        """A row failed with an error of that kind, such as `unavailable`."""
        if self.is_open and not probe:
            return
        if probe:
            self._pause_s = min(LONGEST_PAUSE_S, self._pause_s * 2)
            self._open_until = now + self._pause_s
            self._probing, self._kind = False, kind
            return
        self._in_a_row = self._in_a_row + 1 if kind == self._kind else 1
        self._kind = kind
        if self._in_a_row >= self._most:
            self._open_until = now + self._pause_s

    def unsettled(self, *, probe: bool) -> None:
        """A row came back without telling anything, such as one that was cancelled."""
        if probe:
            self._probing = False


@dataclass(frozen=True)
class MaxFailures:
    """`--max-failures`: so many rows, or so many percent of the job's rows, may fail; one more ends the job."""

    count: int
    percent: bool = False

    @classmethod
    def parse(cls, text: str) -> MaxFailures:
        """From `10` or `5%`. Raises UsageError."""
        match = _MOST.fullmatch(text.strip())
        if match is None or len(match[1]) > 12 or (match[2] and int(match[1]) > 100):
            raise UsageError(f'--max-failures "{text}" is neither a number nor a percentage', hint="write 10 or 5%")
        return cls(int(match[1]), match[2] == "%")

    def exceeded(self, failed: int, total: int) -> bool:
        return failed * 100 > self.count * total if self.percent else failed > self.count


def fatal(error: LlmcliError, model: str, *, own_model: bool) -> LlmcliError | None:
    """The error to stop the job with if no row can do better than this one; None if the next may.

    `own_model` says that the row had named the model itself: that is then this row's matter.
    """
    if isinstance(error, AuthError | QuotaError | ConfigError):
        return error
    if isinstance(error, RejectedError) and error.status == _NOT_FOUND and not own_model:
        return ConfigError(error.message, hint=f"check the model {model} and the base URL (llmcli models)")
    return None
