"""How long a server asks to wait is how long is waited, with every provider; a passing fault is survived."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from llmcli.errors import ExitCode

from .bench import Bench, check_stderr, result_of
from .envelope import results
from .faults import PASSING, WHOLE, once
from .servers import Sim
from .vendors import Vendor

# What the fault orders, and the least and most seconds between two requests that obey it. An HTTP date has whole
# seconds. Without the header the wait is 0.02 s at most here.
WAITS = {"wait-seconds": (0.2, 1.0), "wait-ms": (0.2, 1.0), "wait-date": (0.9, 2.5)}


@pytest.mark.parametrize("name", WAITS)
def test_wait_asked_for(bench: Bench, sim: Sim, vendor: Vendor, command: str, name: str) -> None:
    """`retry-after` in seconds or as a date is obeyed; `retry-after-ms` wins over it."""
    done = bench.run(command, vendor, bench.prompt(f"<{name}>"), "--retries", "1", "--json")
    check_stderr(done, ExitCode.RATE_LIMITED)
    first, second = (datetime.fromisoformat(entry["time"]) for entry in sim.entries(bench.mark, 2))
    least, most = WAITS[name]
    assert least <= (second - first).total_seconds() < most
    result = result_of(command, done)
    assert result["attempts"] == 2
    # Of a date, what is left of it when the last answer came.
    assert 0 < result["error"]["retry_after_s"] <= 2


def test_retries_are_events_of_a_stream(bench: Bench, vendor: Vendor) -> None:
    """`stream --json` tells each retry before it waits: which attempt failed, why, and for how long."""
    done = bench.run("stream", vendor, bench.prompt("<wait-seconds>"), "--retries", "2", "--json")
    events = results(done.out)
    assert [event["type"] for event in events] == ["start", "retry", "retry", "result"]
    assert [(event["attempt"], event["delay_s"]) for event in events[1:3]] == [(1, 0.2), (2, 0.2)]
    assert all(_is_rate_limit(event["error"]) for event in events[1:])


def _is_rate_limit(error: dict[str, Any]) -> bool:
    return (error["class"], error["status"], error["retryable"]) == ("rate_limited", 429, True)


def test_wait_past_the_deadline_is_not_begun(bench: Bench, sim: Sim, vendor: Vendor, command: str) -> None:
    """With a `--deadline` that a wait would pass, the call fails at once with the reason of the last attempt."""
    done = bench.run(command, vendor, bench.prompt("<wait-long>"), "--deadline", "2", "--json")
    check_stderr(done, ExitCode.UNAVAILABLE)
    assert len(sim.entries(bench.mark, 1)) == 1
    result = result_of(command, done)
    assert result["latency_ms"] < 2000
    assert result["error"]["status"] == 503


@pytest.mark.parametrize("name", PASSING)
def test_passing_fault(bench: Bench, sim: Sim, vendor: Vendor, command: str, name: str) -> None:
    """A fault that strikes once costs one attempt, which the ledger shows, and nothing else."""
    prompt = bench.prompt(f"{once(name, vendor.name, command)} sim:echo {WHOLE}")
    done = bench.run(command, vendor, prompt, "--json")
    check_stderr(done, ExitCode.OK)
    assert len(sim.entries(bench.mark, 2)) == 2
    result = result_of(command, done)
    assert (result["attempts"], result["text"]) == (2, WHOLE)
    failed, fine = bench.rows()
    assert failed["status"] == ("rate_limited" if name == "429" else "unavailable")
    assert (fine["status"], fine["call_id"], fine["attempt"]) == ("ok", failed["call_id"], 2)
