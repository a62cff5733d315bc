"""What may go wrong with a call, and what comes of it: written once, for every provider.

The table says, for each fault, the exit code, how many attempts are made and how much of the answer arrives. It
knows no provider: that all of them fare alike is the contract.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from llmcli.errors import ExitCode

from .vendors import VENDORS

WHOLE = "alpha beta gamma delta epsilon"
BROKEN = "alpha beta gamma"
"""The beginning of WHOLE that arrives where an answer breaks off."""

ALL = 4
"""As many attempts as there are by default."""

_SLOW = ("--retries", "1", "--timeout", "0.3")


@dataclass(frozen=True)
class Case:
    """A fault and its consequences. `order` is a fault as `sim serve --faults` takes it.

    `text` is what arrives of the answer; None means that no attempt brought any.
    """

    name: str
    order: Mapping[str, str | int]
    code: ExitCode
    attempts: int = 1
    status: int | None = None
    text: str | None = None
    stop: str | None = None
    flags: tuple[str, ...] = ()
    says: str = ""
    only: str | None = None

    @property
    def word(self) -> str:
        """What a prompt holds to order the fault."""
        return f"<{self.name}>"


def _status(status: int, code: ExitCode, attempts: int) -> Case:
    return Case(f"status-{status}", {"kind": str(status)}, code, attempts, status=status)


STATUSES = (
    *(_status(status, ExitCode.REJECTED, 1) for status in (400, 404, 413, 422)),
    *(_status(status, ExitCode.AUTH, 1) for status in (401, 403)),
    *(_status(status, ExitCode.UNAVAILABLE, ALL) for status in (408, 409, 500, 502, 503, 504, 529)),
    _status(429, ExitCode.RATE_LIMITED, ALL),
)

WISHES = (
    Case("quota", {"kind": "quota"}, ExitCode.RATE_LIMITED, 1, 429, says="quota"),
    Case("day", {"kind": "429", "retry-after": "day"}, ExitCode.RATE_LIMITED, 1, 429, says="86400 s"),
    Case("day-503", {"kind": "503", "retry-after": "day"}, ExitCode.UNAVAILABLE, 1, 503, says="86400 s"),
    Case("no-retry", {"kind": "500", "x-should-retry": "false"}, ExitCode.UNAVAILABLE, 1, 500),
    Case("no-retry-429", {"kind": "429", "x-should-retry": "false"}, ExitCode.RATE_LIMITED, 1, 429),
    Case("do-retry", {"kind": "500", "x-should-retry": "true"}, ExitCode.UNAVAILABLE, ALL, 500),
    # 423 is none of the statuses that the policy names, so that only the header can decide.
    Case("do-retry-423", {"kind": "423", "x-should-retry": "true"}, ExitCode.REJECTED, ALL, 423),
)

CONNECTIONS = (
    Case("hang", {"kind": "hang"}, ExitCode.UNAVAILABLE, 2, flags=_SLOW, says="0.3 s"),
    Case("drop-before", {"kind": "drop-before"}, ExitCode.UNAVAILABLE, ALL),
    Case("hang-midbody", {"kind": "hang-midbody"}, ExitCode.UNAVAILABLE, 2, flags=_SLOW, says="0.3 s", only="ask"),
    Case("reset-midbody", {"kind": "drop-midstream"}, ExitCode.UNAVAILABLE, ALL, only="ask"),
    Case(
        "no-first-token",
        {"kind": "hang"},
        ExitCode.UNAVAILABLE,
        2,
        flags=("--retries", "1", "--first-token-timeout", "0.3"),
        says="first token",
        only="stream",
    ),
    Case(
        "head-without-token",
        {"kind": "hang-midbody", "after": 0},
        ExitCode.UNAVAILABLE,
        2,
        flags=("--retries", "1", "--first-token-timeout", "0.3"),
        says="first token",
        only="stream",
    ),
    Case(
        "idle",
        {"kind": "hang-midbody"},
        ExitCode.UNAVAILABLE,
        text=BROKEN,
        stop="incomplete",
        flags=("--idle-timeout", "0.3", "--first-token-timeout", "5"),
        says="0.3 s",
        only="stream",
    ),
    Case("reset-first", {"kind": "drop-midstream", "after": 0}, ExitCode.UNAVAILABLE, ALL, only="stream"),
    Case(
        "reset-midstream",
        {"kind": "drop-midstream"},
        ExitCode.TRUNCATED,
        text=BROKEN,
        stop="incomplete",
        only="stream",
    ),
)

NONSENSE = (
    Case("empty", {"kind": "empty"}, ExitCode.UNAVAILABLE),
    Case("html", {"kind": "html"}, ExitCode.UNAVAILABLE),
    Case("garbage", {"kind": "garbage"}, ExitCode.UNAVAILABLE),
    Case("cut-json", {"kind": "truncated-json"}, ExitCode.UNAVAILABLE, only="ask"),
    Case(
        "cut-event",
        {"kind": "truncated-json"},
        ExitCode.TRUNCATED,
        text=BROKEN,
        stop="incomplete",
        only="stream",
    ),
)

ENDINGS = (
    Case("fine", {"kind": "slow=0"}, ExitCode.OK, text=WHOLE, stop="end_turn"),
    Case("no-usage", {"kind": "no-usage"}, ExitCode.OK, text=WHOLE, stop="end_turn"),
    Case("unknown-stop", {"kind": "stop=banana"}, ExitCode.TRUNCATED, text=WHOLE, stop="unknown", says='"banana"'),
    Case("max-tokens", {"kind": "max-tokens"}, ExitCode.TRUNCATED, text=BROKEN, stop="max_tokens"),
    Case("refusal", {"kind": "refusal"}, ExitCode.REFUSED, text=WHOLE, stop="refusal"),
    Case("early-close", {"kind": "early-close"}, ExitCode.TRUNCATED, text=BROKEN, stop="incomplete", only="stream"),
    Case(
        "close-first",
        {"kind": "early-close", "after": 0},
        ExitCode.TRUNCATED,
        text="",
        stop="incomplete",
        only="stream",
    ),
)

_OVERLOADED = {"kind": "error-event"}
_RATE_LIMITED = {"kind": "error-event=rate_limit_error"}
EVENTS = (
    Case("overloaded-first", {**_OVERLOADED, "after": 0}, ExitCode.UNAVAILABLE, ALL, only="stream"),
    Case("rate-limited-first", {**_RATE_LIMITED, "after": 0}, ExitCode.RATE_LIMITED, ALL, only="stream"),
    Case("overloaded-amid", _OVERLOADED, ExitCode.UNAVAILABLE, text=BROKEN, stop="incomplete", only="stream"),
    Case("rate-limited-amid", _RATE_LIMITED, ExitCode.RATE_LIMITED, text=BROKEN, stop="incomplete", only="stream"),
)

CASES = (*STATUSES, *WISHES, *CONNECTIONS, *NONSENSE, *ENDINGS, *EVENTS)

# Faults for other files' tests: name -> order.
OTHERS: dict[str, Mapping[str, str | int]] = {
    "wait-seconds": {"kind": "429", "retry-after": "0.2"},
    "wait-date": {"kind": "429", "retry-after": "date+2s"},
    "wait-ms": {"kind": "429", "retry-after-ms": 200, "retry-after": "30"},
    "wait-long": {"kind": "503", "retry-after": "30"},
}


def once(name: str, vendor: str, command: str) -> str:
    """The word that orders a fault which strikes the first request of one vendor and command only."""
    return f"<once-{name}-{vendor}-{command}>"


PASSING: dict[str, Mapping[str, str | int]] = {
    "503": {"kind": "503"},
    "429": {"kind": "429"},
    "drop": {"kind": "drop-before"},
}


def write_faults(folder: Path) -> Path:
    """The faults file that orders all of these by a word in the prompt."""
    orders = {case.word: case.order for case in CASES}
    orders |= {f"<{name}>": order for name, order in OTHERS.items()}
    for name, order in PASSING.items():
        for vendor in VENDORS:
            for command in ("ask", "stream"):
                orders[once(name, vendor.name, command)] = {**order, "times": 1}
    file = folder / "faults.toml"
    tables = [
        "\n".join(["[[fault]]", *(f"{key} = {json.dumps(value)}" for key, value in {"match": word, **order}.items())])
        for word, order in orders.items()
    ]
    file.write_text("\n\n".join(tables) + "\n", encoding="utf-8")
    return file
