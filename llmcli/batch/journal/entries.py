"""What goes into the journal and comes out of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from llmcli.batch.journal import written
from llmcli.batch.rows.row import Span


class PendingRow(NamedTuple):
    """A row that is to be sent; or to be settled as failed without that, if it is `bad` or `skipped`.

    `skipped` means that the outcome of an earlier attempt is unknown and it is not to be repeated.
    """

    row: int
    id: str
    position: int
    span: Span
    content: bytes
    bad: str | None
    skipped: bool

    @classmethod
    def of(cls, values: Sequence[Any]) -> PendingRow:
        """From what the journal's table has of it."""
        row, id_, position, line, offset, length, content, bad, skipped = values
        span = Span(written.whole(line), written.whole(offset), written.whole(length))
        reason = None if bad is None else written.text(bad)
        return cls(row, written.text(id_), written.whole(position), span, written.blob(content), reason, bool(skipped))


class Begin(NamedTuple):
    """An attempt that is about to be sent: the row's `number`-th, costing at most `worst_usd` (None: unknown)."""

    row: int
    number: int
    worst_usd: Decimal | None


class Finish(NamedTuple):
    """An attempt that is over: `outcome` is `ok` or the name of an exit code, such as `rate_limited`."""

    attempt: int
    outcome: str
    cost_usd: Decimal | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None


class Result(NamedTuple):
    """A row that is settled, with its line of the output, without the line's end. It may have had no attempt."""

    row: int
    ok: bool
    line: str


class Answer(NamedTuple):
    """A settled row. `line` is that of another row if `copied`: the id in it, and the cost, are that row's."""

    position: int
    id: str
    span: Span
    content: bytes
    ok: bool
    line: str
    copied: bool
    number: int  # of the result, in the order in which they came


class Loaded(NamedTuple):
    """The rows of the input by how far they are. `new` ones the journal did not know, `gone` ones it keeps although
    the input has them no more.
    """

    total: int
    done: int
    failed: int
    pending: int
    new: int
    gone: int
    unknown: Unknown


@dataclass(frozen=True)
class Unknown:
    """Attempts whose outcome is unknown, and the most they can have cost; None if that is unknown for any."""

    attempts: int = 0
    worst_usd: Decimal | None = Decimal(0)

    @classmethod
    def of(cls, worst: Iterable[str | None]) -> Unknown:
        """Raises DamagedError for what is no amount."""
        costs = [None if each is None else written.amount(each) for each in worst]
        known = [each for each in costs if each is not None]
        return cls(len(costs), sum(known, Decimal(0)) if len(known) == len(costs) else None)


@dataclass(frozen=True)
class Status:
    """How far a job is. `pid` is the process that works on it, None if none does; times are seconds since 1970.

    `in_flight` rows are pending ones. `spent_usd` is what is known to have been spent, the `unknown` attempts
    come on top.
    """

    total: int
    done: int
    failed: int
    pending: int
    in_flight: int
    attempts: int
    input_tokens: int
    output_tokens: int
    spent_usd: Decimal
    unpriced_attempts: int
    unknown: Unknown
    started: float | None
    last_activity: float | None
    pid: int | None
