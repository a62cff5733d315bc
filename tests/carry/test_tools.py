"""Tools that are run here, over the vendors' own wire shapes."""

from __future__ import annotations

import os
import time

import pytest

from llmcli.errors import ExitCode

from ..contract.bench import Bench, check_stderr, result_of
from ..contract.vendors import ANTHROPIC, KEY, RESPONSES, Vendor
from ..helpers import RunLlmcli
from .servers import Listener
from .toolbox import CALL, flags_for, results_in, tool_file


def test_tool_is_run_and_its_output_sent_back(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    """The arguments come as JSON on its stdin, its stdout goes back; the answer is the model's last word."""
    tool = tool_file(bench.work, 'read -r line; echo "got $line"')
    done = bench.run(command, vendor, CALL, "--tool", tool, "--yes", *flags_for(vendor))
    check_stderr(done, ExitCode.OK)
    assert results_in(tap.bodies) == ['got {"city": "Oslo"}\n']
    assert "result of weather" in done.out


def test_chat_runs_tools_too(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    tool = tool_file(bench.work, "echo rain")
    check_stderr(bench.run("chat", vendor, CALL, "--tool", tool, "--yes", *flags_for(vendor)), ExitCode.OK)
    assert results_in(tap.bodies) == ["rain\n"]


def test_python_function_is_a_tool(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """Its schema comes from hints and docstring, its result goes back."""
    code = 'def weather(city: str) -> str:\n    """Today\'s weather.\n\n    Args:\n        city: Where.\n    """\n'
    (bench.work / "mine.py").write_text(f"{code}    return f'rain in {{city}}'\n")
    flags = ("--tool", "mine.py:weather", "--yes", *flags_for(vendor))
    check_stderr(bench.run("ask", vendor, CALL, *flags), ExitCode.OK)
    assert [result.strip() for result in results_in(tap.bodies)] == ["rain in Oslo"]
    assert "Where." in str(tap.bodies[0])


def test_every_round_is_a_ledger_row(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    """The envelope has the tokens and attempts of all rounds; the ledger each of its own."""
    tool = tool_file(bench.work, "echo rain")
    done = bench.run(command, vendor, CALL, "--tool", tool, "--yes", "--json", *flags_for(vendor))
    result = result_of(command, done)
    rows = bench.rows()
    assert [row["stop_reason"] for row in rows] == ["tool_use", "end_turn"]
    assert result["attempts"] == 2
    for name in ("input_tokens", "output_tokens"):
        assert result["usage"][name] == sum(row[name] for row in rows)
    assert result["stop_reason"] == "end_turn"


def test_calls_of_one_turn_run_at_once(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """Each waits for the other's file: one after the other, the first would time out."""
    meet = "touch $0; i=0; while [ ! -e $1 ]; do sleep 0.02; i=$((i+1)); [ $i -gt 500 ] && exit 1; done; echo met"
    for mine, other in (("one", "two"), ("two", "one")):
        tool_file(bench.work, meet.replace("$0", mine).replace("$1", other), f"meet_{mine}")
    prompt = 'sim:call=meet_one{"city": "a"} sim:call=meet_two{"city": "b"}'
    flags = ("--tool", "meet_one.json", "--tool", "meet_two.json", "--yes", *flags_for(vendor))
    check_stderr(bench.run("ask", vendor, prompt, *flags), ExitCode.OK)
    assert results_in(tap.bodies) == ["met\n", "met\n"]
    assert len(tap.bodies) == 2


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("echo broken pipe >&2; exit 3", "the tool failed with exit code 3"),
        ("exec sleep 60", "did not finish within 0.3 s"),
        ("head -c 200000 /dev/zero", "more than 100000 bytes"),
        ("kill -9 $$", "signal SIGKILL"),
    ],
    ids=["failing", "slow", "huge", "killed"],
)
def test_tool_that_goes_wrong_is_an_error_for_the_model(
    bench: Bench, tap: Listener, vendor: Vendor, script: str, says: str
) -> None:
    """Not a crash: the model is told, marked as an error in each API's way, and has the last word."""
    flags = ("--tool", tool_file(bench.work, script), "--yes", "--tool-timeout", "300ms", *flags_for(vendor))
    begun = time.monotonic()
    check_stderr(bench.run("ask", vendor, CALL, *flags), ExitCode.OK)
    assert time.monotonic() - begun < 30
    [result] = results_in(tap.bodies)
    assert says in result
    if vendor is ANTHROPIC:
        assert tap.bodies[1]["messages"][-1]["content"][0]["is_error"] is True
    else:
        assert result.startswith("error: ")


def test_rounds_are_bounded(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    """A model that goes on calling is stopped after `--max-rounds`: exit 9, saying what to raise."""
    flags = ("--tool", tool_file(bench.work, "echo rain"), "--yes", "--max-rounds", "0", *flags_for(vendor))
    line = check_stderr(bench.run(command, vendor, CALL, *flags), ExitCode.TRUNCATED)
    assert "--max-rounds" in line
    assert len(tap.bodies) == 1


@pytest.mark.parametrize("how", ["ask", "stream", "chat"])
def test_without_a_terminal_commands_need_yes(bench: Bench, tap: Listener, vendor: Vendor, how: str) -> None:
    tool = tool_file(bench.work, "echo rain > ran")
    line = check_stderr(bench.run(how, vendor, CALL, "--tool", tool), ExitCode.USAGE)
    assert "--yes" in line
    assert tap.received == []
    assert not (bench.work / "ran").exists()


def test_tools_see_no_key(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """No provider's key is in the environment of what the model has run; the rest of it is."""
    flags = ("--tool", tool_file(bench.work, "env"), "--yes", *flags_for(vendor))
    env = {"ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": KEY, "HARMLESS": "here"}
    check_stderr(bench.run("ask", vendor, CALL, *flags, env=env), ExitCode.OK)
    [result] = results_in(tap.bodies)
    assert "HARMLESS=here" in result
    assert KEY not in result


def test_keys_of_the_other_vendor_are_not_passed_either(bench: Bench, tap: Listener) -> None:
    """Also keys that this run does not use."""
    flags = ("--tool", tool_file(bench.work, "env"), "--yes")
    other = "sk-other-vendors-key-0123456789"
    check_stderr(bench.run("ask", ANTHROPIC, CALL, *flags, env={"OPENAI_API_KEY": other}), ExitCode.OK)
    assert other not in results_in(tap.bodies)[0]


def test_reasoning_goes_back_with_the_results(bench: Bench, tap: Listener) -> None:
    """What an API signed or encrypted for itself comes back unchanged; the simulator checks its seal."""
    tool = tool_file(bench.work, "echo rain")
    for which in (ANTHROPIC, RESPONSES):
        tap.received.clear()
        flags = ("--tool", tool, "--yes", "--effort", "high")
        check_stderr(bench.run("ask", which, f"sim:think=9 {CALL}", *flags), ExitCode.OK)
        assert ("signature" if which is ANTHROPIC else "encrypted_content") in str(tap.bodies[1])


def test_choice_of_tool_is_the_users(bench: Bench, tap: Listener, vendor: Vendor) -> None:
    """`none` calls nothing; a name calls that one, for the first round only, or it would never end."""
    tool = tool_file(bench.work, "echo rain")
    flags = ("--tool", tool, "--yes", *flags_for(vendor))
    check_stderr(bench.run("ask", vendor, CALL, "--tool-choice", "none", *flags), ExitCode.OK)
    assert len(tap.bodies) == 1
    check_stderr(bench.run("ask", vendor, "What is it like?", "--tool-choice", "weather", *flags), ExitCode.OK)
    assert len(tap.bodies) == 3
    assert results_in(tap.bodies[2]) == ["rain\n"]


@pytest.mark.parametrize(
    "flags",
    [("--tool", "gone.json"), ("--tool-choice", "auto"), ("--tool", "weather.json", "--tool-choice", "snow")],
    ids=["missing file", "no tool", "unknown name"],
)
def test_wrong_tool_flags_are_refused(bench: Bench, tap: Listener, vendor: Vendor, flags: tuple[str, ...]) -> None:
    tool_file(bench.work, None)
    check_stderr(bench.run("ask", vendor, "x", *flags), ExitCode.USAGE)
    assert tap.received == []


def test_verbose_says_what_is_run(bench: Bench, tap: Listener, run_here: RunLlmcli) -> None:
    tool = tool_file(bench.work, "echo rain")
    done = run_here("ask", "-m", ANTHROPIC.model, "-v", "--tool", tool, "--yes", CALL)
    assert done.code == ExitCode.OK
    assert "running" in done.err
    assert "Oslo" in done.err
    assert os.linesep in done.err
