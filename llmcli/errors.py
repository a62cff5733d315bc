"""Why a run failed, as an exit code and one line that says what to do next.

    LlmcliError
    ├── UsageError              2   flags, arguments, unreadable or empty input
    ├── ConfigError             3   bad config, unknown model or profile, untrusted project file
    ├── AuthError               4   key missing, rejected, or without permission
    ├── RateLimitedError        5   429, after retries
    │   └── QuotaError          5   no credit or spend limit reached: waiting does not help
    ├── UnavailableError        6   network, 5xx, overloaded, nonsense instead of an answer
    │   ├── DisconnectedError   6   no connection, or one that broke
    │   └── TimedOutError       6   a deadline of ours passed
    ├── RejectedError           7   the provider refused the request itself
    ├── RefusedError            8   the model declined or was filtered
    ├── TruncatedError          9   token limit, context limit, or the stream ended early
    ├── InvalidOutputError     10   the answer does not have the form asked for
    ├── BudgetError            11   sending would exceed a cap
    ├── PartialError           12   some parts of a larger job failed
    ├── InterruptedRunError   130   SIGINT (or 143, SIGTERM)
    └── ClosedPipeError       141   nobody reads our stdout any more

Anything else that reaches the top is a bug of ours: exit 1.
"""

from __future__ import annotations

import re
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar, Self

if TYPE_CHECKING:
    from llmcli.library.answer import Answer

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


# Enough for a path of any length, and for all that is wrong with a value.
_LONGEST_FACT = 5000


class ExitCode(IntEnum):
    """What the process returns; the names, in lower case, are the envelope's `error.class`."""

    meaning: str

    def __new__(cls, code: int, meaning: str = "") -> Self:
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    OK = 0, "the answer is complete"
    BUG = 1, "an unexpected error: ours, please report it"
    USAGE = 2, "wrong options or arguments, unreadable or empty input"
    CONFIG = 3, "bad configuration, unknown model or profile, untrusted project configuration"
    AUTH = 4, "the key is missing, rejected, or lacks permission"
    RATE_LIMITED = 5, "rate, quota or spend limit, after retries"
    UNAVAILABLE = 6, "network, timeout, server error or overload, after retries"
    REJECTED = 7, "the provider refused the request itself: 400, 404, 413, 422"
    REFUSED = 8, "the model declined, or a filter stopped it"
    TRUNCATED = 9, "token limit, context limit, or the answer ended early; text mode prints what did arrive"
    INVALID_OUTPUT = 10, "the answer does not have the form asked for"
    BUDGET = 11, "sending would exceed a cap"
    PARTIAL = 12, "some parts of a larger job failed"
    SIGINT = 130, "stopped by Ctrl-C"
    SIGPIPE = 141, "the reader of stdout has gone, as after head -1"
    SIGTERM = 143, "told to terminate"


# What another model may do better.
FALL_BACK_ON = (ExitCode.RATE_LIMITED, ExitCode.UNAVAILABLE)


class LlmcliError(Exception):
    """A failure the user can act on: `message` is a lower-case fact, `hint` what to type next.

    `status` is the HTTP status if a server gave one, `retry_after_s` how long it asked us to wait. `answer` is, in
    Python, what did arrive of an answer that is not complete.
    """

    exit_code: ExitCode = ExitCode.BUG
    retryable_by_default: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        status: int | None = None,
        retryable: bool | None = None,
        retry_after_s: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.status = status
        self.retryable = self.retryable_by_default if retryable is None else retryable
        self.retry_after_s = retry_after_s
        self.request_id = request_id
        self.answer: Answer | None = None

    @property
    def may_have_cost(self) -> bool:
        """Whether an attempt that ended so may have been billed all the same. An error status is not billed."""
        return self.status is None or self.status < 400

    @property
    def kind(self) -> str:
        """The exit code's name as the envelope spells it, such as `rate_limited`."""
        return self.exit_code.name.lower()

    def line(self) -> str:
        """The one line for stderr: what happened, or the beginning of that if it is endless, then what to do."""
        fact = self.message if len(self.message) <= _LONGEST_FACT else f"{self.message[:_LONGEST_FACT]}…"
        return one_line(f"{fact}: {self.hint}" if self.hint else fact)


class UsageError(LlmcliError):
    exit_code = ExitCode.USAGE


class ConfigError(LlmcliError):
    exit_code = ExitCode.CONFIG


class AuthError(LlmcliError):
    exit_code = ExitCode.AUTH


class RateLimitedError(LlmcliError):
    exit_code = ExitCode.RATE_LIMITED
    retryable_by_default = True


class QuotaError(RateLimitedError):
    retryable_by_default = False


class UnavailableError(LlmcliError):
    exit_code = ExitCode.UNAVAILABLE
    retryable_by_default = True


class DisconnectedError(UnavailableError):
    """`reached` says whether the request may have arrived, so that it may have been billed."""

    reached: bool = True

    @property
    def may_have_cost(self) -> bool:
        return self.reached


class TimedOutError(UnavailableError):
    pass


class RejectedError(LlmcliError):
    exit_code = ExitCode.REJECTED


class RefusedError(LlmcliError):
    exit_code = ExitCode.REFUSED


class TruncatedError(LlmcliError):
    exit_code = ExitCode.TRUNCATED


class InvalidOutputError(LlmcliError):
    exit_code = ExitCode.INVALID_OUTPUT


class BudgetError(LlmcliError):
    exit_code = ExitCode.BUDGET


class PartialError(LlmcliError):
    exit_code = ExitCode.PARTIAL


class InterruptedRunError(LlmcliError):
    """The user or the system told us to stop; `exit_code` says which signal."""

    def __init__(self, exit_code: ExitCode = ExitCode.SIGINT) -> None:
        super().__init__("interrupted" if exit_code is ExitCode.SIGINT else "terminated")
        self.exit_code = exit_code


class ClosedPipeError(LlmcliError):
    """Not a failure of ours, and nothing to say: `| head -1` has seen enough."""

    exit_code = ExitCode.SIGPIPE


def one_line(text: str) -> str:
    """`text` with runs of whitespace as one space and no control characters.

    Servers put line breaks and worse into error messages; a terminal must not obey them.
    """
    flat = " ".join(text.split())
    return flat if flat.isprintable() else "".join(ch for ch in flat if ch.isprintable())


def visible(text: str) -> str:
    """`text` with control characters other than newline and tab written out, such as `\\x1b`."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", text)


def printable(text: str) -> str:
    """`text` on one line; what has no glyph of its own is written out, such as `\\x1b` or `\\u202e`."""
    return "".join(char if char.isprintable() else f"\\u{ord(char):04x}" for char in visible(text))
