"""run: every call has a result, whatever the tool does."""

import asyncio
import json
import os
import sys
import time
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from llmcli.messages import ToolCallPart, ToolResultPart
from llmcli.tools.environ import tool_environment
from llmcli.tools.run import ToolLimits, run_call, run_calls

from ..helpers import SECRET
from .helpers import PATIENCE_S, call, local, result_of, shell

MEGABYTE = 1 << 20
HOSTILE: list[Any] = [
    "; rm -rf /",
    "$(touch x)`id`",
    "a\nb\r",
    "\0",
    "'\"\\",
    "é€😀",
    "\u2028\x1b[2J",
    -1e300,
    None,
    True,
]


def test_what_a_tool_writes_is_the_result_to_the_byte() -> None:
    assert result_of(shell("printf ' two\\nlines\\n\\n'")) == ToolResultPart("call_1", " two\nlines\n\n")


def test_a_tool_that_says_nothing_succeeds_with_nothing() -> None:
    assert result_of(shell("echo noise >&2")) == ToolResultPart("call_1", "")


@pytest.mark.parametrize("value", HOSTILE)
def test_arguments_arrive_as_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    monkeypatch.chdir(tmp_path)
    made = ToolCallPart("call_1", "tool", {"value": value, "; touch x": [value]})
    result = result_of(shell("cat; touch ran"), made)
    assert json.loads(result.content) == {"value": value, "; touch x": [value]}
    assert os.listdir(tmp_path) == ["ran"]


def test_arguments_are_one_line_of_readable_utf8_and_half_a_surrogate_pair_is_escaped() -> None:
    assert result_of(shell("cat"), call(city="Zürich\n")).content == '{"city": "Zürich\\n"}\n'
    assert json.loads(result_of(shell("cat"), call(city="\ud83d")).content) == {"city": "\ud83d"}


def test_the_arguments_can_be_opened_as_a_file_too() -> None:
    assert result_of(shell("cat /dev/stdin"), call(a=1)) == ToolResultPart("call_1", '{"a": 1}\n')


def test_megabytes_go_in_and_out_at_once() -> None:
    limits = ToolLimits(PATIENCE_S, 20 * MEGABYTE)
    big = "x" * (8 * MEGABYTE)
    result = result_of(shell("tee /dev/stderr"), call(big=big), limits)
    assert (result.is_error, len(result.content)) == (False, len(big) + len('{"big": ""}\n'))


def test_a_tool_need_not_read_its_arguments() -> None:
    assert result_of(shell("echo ok"), call(big="x" * 8 * MEGABYTE)) == ToolResultPart("call_1", "ok\n")
    assert result_of(shell("exec <&-; echo ok"), call(big="x" * 8 * MEGABYTE)).content == "ok\n"


def test_bytes_that_are_not_utf8_are_replaced() -> None:
    assert result_of(shell(r"printf 'a\377b'")).content == "a\ufffdb"


def test_a_failing_tool_is_an_error_with_its_code_and_its_last_words() -> None:
    script = "seq 1 100 >&2; echo 'bad city' >&2; echo partial; exit 3"
    result = result_of(shell(script))
    assert result.is_error
    lines = result.content.splitlines()
    assert lines[0] == "the tool failed with exit code 3"
    assert lines[2:4] == ["stderr:", "82"]
    assert lines[-4:] == ["bad city", "", "stdout:", "partial"]


def test_what_a_failing_tool_wrote_is_shortened() -> None:
    result = result_of(shell("head -c 90000 /dev/zero | tr '\\0' x | tee /dev/stderr; exit 1"))
    assert result.is_error
    assert 4000 < len(result.content) < 4200


def test_a_tool_that_dies_of_a_signal_is_an_error_that_names_it() -> None:
    result = result_of(shell("kill -SEGV $$"))
    assert (result.is_error, result.content) == (True, "the tool failed with signal SIGSEGV")


def test_a_program_that_cannot_be_run_is_an_error(tmp_path: Path) -> None:
    plain, garbage, orphan = tmp_path / "plain", tmp_path / "garbage", tmp_path / "orphan"
    plain.write_text("#!/bin/sh\n")
    garbage.write_bytes(b"\x00\x01")
    orphan.write_text("#!/no/such/interpreter\n")
    for file in (garbage, orphan):
        file.chmod(0o755)
    for program, why in [
        ("no-such-program-at-all", 'no program "no-such-program-at-all" on PATH'),
        (str(tmp_path / "no"), "No such file or directory"),
        (str(tmp_path), "Permission denied"),
        (str(plain), "Permission denied"),
        (str(garbage), "Exec format error"),
        (str(orphan), "No such file or directory"),
        ("a\0b", "null byte"),
    ]:
        result = result_of(local(program))
        assert result.is_error
        assert result.content.startswith("the tool cannot be run: ")
        assert why in result.content


def test_a_bare_name_is_looked_up_on_the_path_of_the_given_environment(tmp_path: Path) -> None:
    program = tmp_path / "my-tool"
    program.write_text("#!/bin/sh\necho found\n")
    program.chmod(0o755)
    assert result_of(local("my-tool"), environ={"PATH": str(tmp_path)}).content == "found\n"


def test_an_unknown_tool_and_one_without_a_command_are_errors() -> None:
    assert result_of(None, call("nope")) == ToolResultPart("call_1", 'there is no tool called "nope"', is_error=True)
    assert result_of(local(), call("mine")).is_error


def test_a_slow_tool_is_stopped_and_what_it_said_is_told() -> None:
    began = time.monotonic()
    result = result_of(shell("echo so far; echo why >&2; sleep 300"), limits=ToolLimits(timeout_s=0.5))
    assert result.is_error
    assert result.content == ("the tool did not finish within 0.5 s and was stopped\n\nstderr:\nwhy\n\nstdout:\nso far")
    assert time.monotonic() - began < PATIENCE_S


def test_output_at_the_limit_is_a_result_and_one_byte_more_is_an_error() -> None:
    limits = ToolLimits(PATIENCE_S, 1000)
    assert result_of(shell("head -c 1000 /dev/zero"), limits=limits) == ToolResultPart("call_1", "\0" * 1000)
    result = result_of(shell("head -c 1001 /dev/zero"), limits=limits)
    assert result.is_error
    assert result.content.startswith("the tool wrote more than 1000 bytes and was stopped")


def test_what_is_still_in_the_pipe_when_a_tool_exits_is_read(tmp_path: Path) -> None:
    """More than one read takes, written and left behind while the event loop was busy with something else."""
    size = MEGABYTE  # all that an unprivileged process may put into a pipe
    script = (
        "import fcntl, os, sys, time\n"
        "fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 1 << 20)\n"
        "open(sys.argv[1], 'w').close()\n"
        "time.sleep(0.2)\n"
        f"os.write(1, b'x' * {size})\n"
        "os._exit(0)\n"
    )
    begun = tmp_path / "begun"
    tool = local(sys.executable, "-S", "-c", script, str(begun))

    async def busy() -> ToolResultPart:
        task = asyncio.create_task(run_call(tool, call(), ToolLimits(PATIENCE_S, MEGABYTE), os.environ))
        while not begun.exists():
            await asyncio.sleep(0.001)
        time.sleep(1)  # not asyncio.sleep: the loop stands still
        return await task

    assert asyncio.run(busy()) == ToolResultPart("call_1", "x" * size)


def test_endless_output_is_stopped_in_bounded_memory() -> None:
    began = time.monotonic()
    tracemalloc.start()
    try:
        result = result_of(shell("exec cat /dev/zero"), limits=ToolLimits(timeout_s=3 * PATIENCE_S))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result.is_error
    assert "more than 100000 bytes" in result.content
    assert time.monotonic() - began < PATIENCE_S
    assert peak < 4 * MEGABYTE


def test_any_amount_of_stderr_is_drained_in_bounded_memory_and_harms_nobody() -> None:
    tracemalloc.start()
    try:
        result = result_of(shell("head -c 100000000 /dev/zero >&2; echo ok"))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert result == ToolResultPart("call_1", "ok\n")
    assert peak < 4 * MEGABYTE


def test_twenty_calls_run_at_once_and_their_results_keep_the_order(tmp_path: Path) -> None:
    """Each waits until all have begun, and the first to be called is the last to finish."""
    script = (
        'read -r n; n=${n#*: }; n=${n%\\}}; : >"$1/$n"; while [ "$(ls "$1" | wc -l)" -lt 20 ]; do sleep 0.05; done; '
        'sleep "0.$(printf %02d $(((19 - n) * 3)))"; echo "$n"'
    )
    calls = [call("wait", f"id{number}", n=number) for number in range(20)]
    tools = {"wait": shell(script, str(tmp_path), name="wait")}
    results = asyncio.run(run_calls(tools, calls, ToolLimits(PATIENCE_S), os.environ))
    assert results == tuple(ToolResultPart(f"id{number}", f"{number}\n") for number in range(20))


def test_one_bad_call_leaves_the_others_alone() -> None:
    tools = {"good": shell("echo ok"), "bad": shell("exit 1"), "gone": local("/no/such")}
    calls = [call(name, name) for name in ("bad", "good", "unknown", "gone", "good")]
    results = asyncio.run(run_calls(tools, calls, ToolLimits(PATIENCE_S), os.environ))
    assert [result.call_id for result in results] == ["bad", "good", "unknown", "gone", "good"]
    assert [result.is_error for result in results] == [True, False, True, True, False]


def test_no_calls_have_no_results() -> None:
    assert asyncio.run(run_calls({}, [], ToolLimits(), {})) == ()


def test_a_tool_sees_the_environment_without_the_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", SECRET)
    monkeypatch.setenv("MY_KEY", SECRET)
    monkeypatch.setenv("MY_KEY_FILE", "/path")
    environ = tool_environment(os.environ, {"ANTHROPIC_API_KEY", "MY_KEY", "UNSET_KEY"})
    seen = result_of(shell("env"), environ=environ).content
    assert SECRET not in seen
    assert "MY_KEY_FILE=/path\n" in seen
    assert f"PATH={os.environ['PATH']}\n" in seen


def test_a_tool_inherits_no_open_files() -> None:
    script = "import os; print(sorted(int(n) for n in os.listdir('/proc/self/fd')))"
    secret = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(secret, True)
    try:
        listed = json.loads(result_of(local(sys.executable, "-S", "-c", script)).content)
    finally:
        os.close(secret)
    assert listed == [0, 1, 2, 3]  # 3 is the directory that is being listed
