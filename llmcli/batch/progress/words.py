"""A snapshot in words, and as JSON."""

from __future__ import annotations

from decimal import Decimal

from llmcli.batch.progress.snapshot import Snapshot, Speed
from llmcli.render import dollars_of


def line(snapshot: Snapshot, speed: Speed) -> str:
    """One line for a person."""
    parts = [f"{snapshot.settled:,} of {snapshot.total:,} rows ({percent(snapshot)})"]
    if snapshot.failed:
        parts.append(f"{snapshot.failed:,} failed")
    parts += facts(snapshot, speed)
    return " · ".join(parts)


def facts(snapshot: Snapshot, speed: Speed) -> list[str]:
    """Speed, money and time, as far as they are known."""
    parts = []
    if speed.rows_per_s is not None:
        parts.append(f"{number(speed.rows_per_s)} rows/s")
    if speed.tokens_per_s is not None and snapshot.tokens:
        parts.append(f"{number(speed.tokens_per_s)} tokens/s")
    if snapshot.spent_usd is not None:
        total = "" if speed.projected_usd is None else f" of ~{dollars_of(speed.projected_usd)}"
        parts.append(f"{dollars_of(snapshot.spent_usd)}{total}")
    if snapshot.held is not None:
        parts.append(snapshot.held)
    elif speed.left_s is not None and snapshot.settled < snapshot.total:
        parts.append(f"{duration(speed.left_s)} left")
    parts.append(f"{snapshot.in_flight} of {snapshot.concurrency} at once")
    return parts


def event(snapshot: Snapshot, speed: Speed, elapsed_s: float, *, final: bool) -> dict[str, object]:
    """The same for programs; what is not known is None."""
    return {
        "type": "progress",
        "final": final,
        "total": snapshot.total,
        "done": snapshot.done,
        "failed": snapshot.failed,
        "in_flight": snapshot.in_flight,
        "concurrency": snapshot.concurrency,
        "elapsed_s": round(elapsed_s, 1),
        "left_s": _rounded(speed.left_s),
        "rows_per_s": _rounded(speed.rows_per_s),
        "tokens_per_s": _rounded(speed.tokens_per_s),
        "spent_usd": _text(snapshot.spent_usd),
        "projected_usd": _text(speed.projected_usd),
        "held": snapshot.held,
    }


def percent(snapshot: Snapshot) -> str:
    """Never 100 % before the end."""
    return f"{snapshot.settled * 100 // snapshot.total if snapshot.total else 100} %"


def number(value: float) -> str:
    """A rate, as precise as is of use."""
    return f"{value:,.0f}" if value >= 9.95 else f"{value:.1f}"


def duration(seconds: float) -> str:
    """Such as `42 s`, `5 min` or `3 h 20 min`."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60:,} h {minutes % 60} min"


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:.6f}"
