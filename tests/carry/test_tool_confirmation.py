"""At a terminal, each command is confirmed."""

from __future__ import annotations

import shlex
import sys

import pexpect
import pytest

from ..contract.bench import Bench
from ..contract.vendors import VENDORS, Vendor
from .servers import Listener
from .toolbox import CALL, flags_for, results_in, tool_file

WAIT_S = 30


def at_terminal(vendor: Vendor, *flags: str) -> pexpect.spawn[str]:
    """`ask` at a pseudo-terminal, with the prompt that has the tool called."""
    words = [sys.executable, "-m", "llmcli", "ask", "-m", vendor.model, "-n", *flags, *flags_for(vendor), CALL]
    return pexpect.spawn("/bin/sh", ["-c", f"exec {shlex.join(words)}"], timeout=WAIT_S, encoding="utf-8")


@pytest.fixture(params=[VENDORS[0], VENDORS[1]], ids=["anthropic", "openai"])
def vendor(request: pytest.FixtureRequest) -> Vendor:
    chosen: Vendor = request.param
    return chosen


def test_yes_runs_it(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """The question shows the tool and its arguments; nothing runs before the answer."""
    tool = tool_file(bench.work, "touch ran; echo rain")
    child = at_terminal(vendor, "--tool", tool)
    child.expect(r"run .*weather.*Oslo.*\?")
    assert not (bench.work / "ran").exists()
    child.sendline("y")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert (bench.work / "ran").exists()
    assert results_in(tap.bodies) == ["rain\n"]


def test_anything_else_does_not(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """The model is told that the user did not allow it, and answers all the same."""
    child = at_terminal(vendor, "--tool", tool_file(bench.work, "touch ran"))
    child.expect(r"run .*\?")
    child.sendline("")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert not (bench.work / "ran").exists()
    [result] = results_in(tap.bodies)
    assert "did not allow" in result


def test_yes_flag_asks_nothing(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    child = at_terminal(vendor, "--yes", "--tool", tool_file(bench.work, "touch ran"))
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "run " not in str(child.before)
    assert (bench.work / "ran").exists()
