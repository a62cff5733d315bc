"""Calls that the script answers itself, in a session."""

from __future__ import annotations

import json

from llmcli.errors import ExitCode

from ..contract.bench import Bench, check_stderr, result_of
from ..contract.vendors import ANTHROPIC, Vendor
from .servers import Listener
from .toolbox import ARGUMENTS, CALL, flags_for, results_in, tool_file


def test_calls_are_printed(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    """Without a command, the envelope has the calls, stop reason tool_use, exit 0; no `--yes` is needed."""
    flags = ("--tool", tool_file(bench.work, None), "--json", *flags_for(vendor))
    done = bench.run(command, vendor, CALL, *flags)
    check_stderr(done, ExitCode.OK)
    result = result_of(command, done)
    [call] = result["tool_calls"]
    assert (call["name"], call["arguments"]) == ("weather", ARGUMENTS)
    assert (result["stop_reason"], result["ok"], result["truncated"]) == ("tool_use", True, False)


def test_calls_are_printed_in_text_mode(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """One JSON object a line."""
    done = bench.run("ask", vendor, CALL, "--tool", tool_file(bench.work, None), *flags_for(vendor))
    check_stderr(done, ExitCode.OK)
    assert json.loads(done.out)["arguments"] == ARGUMENTS


def test_session_goes_on_with_the_result(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """`--tool-result ID=@file` answers the call, as the vendor's API wants it; the simulator checks the history."""
    flags = ("--session", "s", "--tool", tool_file(bench.work, None), "--json", *flags_for(vendor))
    asked = bench.run("chat", vendor, f"What is it like? {CALL}", *flags)
    check_stderr(asked, ExitCode.OK)
    [call] = asked.json["tool_calls"]
    (bench.work / "result.txt").write_text("rain")
    done = bench.run_unchecked("chat", vendor, "", "--tool-result", f"{call['id']}=@result.txt", *flags)
    check_stderr(done, ExitCode.OK)
    assert results_in(tap.bodies[-1]) == ["rain"]
    assert "result of weather" in done.json["text"]
    check_stderr(bench.run("chat", vendor, "Thanks. sim:echo welcome", *flags), ExitCode.OK)
    assert [row["stop_reason"] for row in bench.rows()] == ["tool_use", "end_turn", "end_turn"]


def test_reasoning_survives_in_the_session(bench: Bench, tap: Listener) -> None:
    """Between two processes, too, Anthropic gets its signed thinking back with the result."""
    flags = ("--session", "s", "--tool", tool_file(bench.work, None), "--json", "--effort", "high")
    asked = bench.run("chat", ANTHROPIC, f"sim:think=9 {CALL}", *flags)
    call_id = asked.json["tool_calls"][0]["id"]
    done = bench.run_unchecked("chat", ANTHROPIC, "", "--tool-result", f"{call_id}=rain", *flags)
    check_stderr(done, ExitCode.OK)
    assert "signature" in str(tap.bodies[-1])


def test_two_calls_need_two_results(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """A result that is missing or nobody waits for is exit 2, and nothing is sent."""
    flags = ("--session", "s", "--tool", tool_file(bench.work, None), "--json", *flags_for(vendor))
    asked = bench.run("chat", vendor, f"{CALL} {CALL.replace('Oslo', 'Bergen')}", *flags)
    first, second = (call["id"] for call in asked.json["tool_calls"])
    sent = len(tap.received)
    for given in ([f"{first}=x"], [f"{first}=x", "call_0=x"], []):
        results = [word for one in given for word in ("--tool-result", one)]
        done = bench.run_unchecked("chat", vendor, "" if given else "Go on.", *results, *flags)
        assert done.code == ExitCode.USAGE
        assert second in done.err
    assert len(tap.received) == sent
    both = ("--tool-result", f"{first}=rain", "--tool-result", f"{second}=snow")
    check_stderr(bench.run_unchecked("chat", vendor, "", *both, *flags), ExitCode.OK)
    assert results_in(tap.bodies[-1]) == ["rain", "snow"]


def test_result_without_a_session_that_waits(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    done = bench.run_unchecked("chat", vendor, "", "--session", "s", "--tool-result", "call_1=x")
    assert "waits for none" in check_stderr(done, ExitCode.USAGE)
    assert tap.received == []
