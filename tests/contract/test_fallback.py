"""`--fallback`: another model answers when the first is unavailable or rate limited, and only then."""

from __future__ import annotations

import pytest

from llmcli.errors import ExitCode

from ..helpers import Completed, closed_port
from .bench import Bench, check_stderr, result_of
from .faults import ALL, CASES, WHOLE
from .servers import Sim
from .vendors import VENDORS, Vendor

FAULTS = {case.name: case for case in CASES}


def next_to(vendor: Vendor) -> Vendor:
    """Another provider than this one."""
    return VENDORS[(VENDORS.index(vendor) + 1) % len(VENDORS)]


@pytest.mark.parametrize("name", ["status-429", "status-503", "quota", "drop-before", "day", "empty"])
def test_falls_back(bench: Bench, plain_sim: Sim, vendor: Vendor, command: str, name: str) -> None:
    """The second model answers, the envelope names it, and the ledger has the failed attempts and the good one."""
    case, second = FAULTS[name], next_to(vendor)
    bench.point(second, plain_sim.root)
    prompt = bench.prompt(f"{case.word} sim:echo {WHOLE}")
    done = bench.run(command, vendor, prompt, "--fallback", second.model, "--json")
    check_fell_back(bench, command, done, second, case.attempts)
    [line] = done.err.splitlines()
    assert vendor.model in line


def test_falls_back_from_a_closed_port(bench: Bench, plain_sim: Sim, vendor: Vendor, command: str) -> None:
    """A server that is not there is unavailable like any other."""
    second = next_to(vendor)
    bench.point(vendor, f"http://127.0.0.1:{closed_port()}")
    bench.point(second, plain_sim.root)
    done = bench.run(command, vendor, bench.prompt(f"sim:echo {WHOLE}"), "--fallback", second.model, "--json")
    check_fell_back(bench, command, done, second, ALL)


def check_fell_back(bench: Bench, command: str, done: Completed, second: Vendor, failed: int) -> None:
    """The envelope names who answered; the ledger has the failed attempts and the good one, as one call."""
    assert done.code == ExitCode.OK
    result = result_of(command, done)
    assert (result["ok"], result["provider"], result["model"]) == (True, second.name, second.model)
    assert (result["text"], result["attempts"]) == (WHOLE, failed + 1)
    rows = bench.rows()
    assert [row["attempt"] for row in rows] == list(range(1, failed + 2))
    assert [row["status"] == "ok" for row in rows] == [False] * failed + [True]
    assert rows[-1]["provider"] == second.name
    assert len({row["call_id"] for row in rows}) == 1


@pytest.mark.parametrize("name", ["status-400", "status-401", "status-404", "max-tokens", "refusal"])
def test_stays(bench: Bench, plain_sim: Sim, vendor: Vendor, command: str, name: str) -> None:
    """A request or key that was refused, and an answer that was cut or declined, are not tried elsewhere."""
    case, second = FAULTS[name], next_to(vendor)
    bench.point(second, plain_sim.root)
    prompt = bench.prompt(f"{case.word} sim:echo {WHOLE}")
    done = bench.run(command, vendor, prompt, "--fallback", second.model, "--json")
    check_stderr(done, case.code)
    result = result_of(command, done)
    assert (result["provider"], result["attempts"]) == (vendor.name, 1)
    assert [row["provider"] for row in bench.rows()] == [vendor.name]


def test_stays_after_the_first_piece(bench: Bench, plain_sim: Sim, vendor: Vendor) -> None:
    """A stream that broke off after it showed something is not begun anew by another model."""
    second = next_to(vendor)
    bench.point(second, plain_sim.root)
    case = FAULTS["overloaded-amid"]
    prompt = bench.prompt(f"{case.word} sim:echo {WHOLE}")
    done = bench.run("stream", vendor, prompt, "--fallback", second.model)
    check_stderr(done, case.code)
    assert done.out == f"{case.text}\n"
    assert [row["provider"] for row in bench.rows()] == [vendor.name]


def test_all_fail(bench: Bench, vendor: Vendor, command: str) -> None:
    """When the last one fails too, its error is the run's, and all attempts are in the ledger."""
    second = next_to(vendor)
    done = bench.run(command, vendor, bench.prompt("<status-429>"), "--fallback", second.model, "--json")
    assert done.code == ExitCode.RATE_LIMITED
    notice, error = done.err.splitlines()
    assert vendor.model in notice
    assert error.startswith(f"llmcli: {second.name} ")
    result = result_of(command, done)
    assert (result["provider"], result["attempts"]) == (second.name, 2 * ALL)
    assert [row["provider"] for row in bench.rows()] == [vendor.name] * ALL + [second.name] * ALL
