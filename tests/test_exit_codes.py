"""One test for each exit code of section 2.4 of the design that needs no answering server."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from .helpers import SECRET, RunLlmcli, Trap, closed_port

KEYS = {"ANTHROPIC_API_KEY": SECRET, "OPENAI_API_KEY": SECRET}
SIM = ("ask", "-n", "-m", "sim")


def one_line(text: str) -> str:
    """The only line of stderr, which begins with our name and holds no traceback."""
    [line] = text.splitlines()
    assert line.startswith("llmcli: ")
    return line


def test_0_the_answer_is_complete(run_llmcli: RunLlmcli) -> None:
    done = run_llmcli("ask", "-m", "sim", "sim:echo", "hello")
    assert (done.code, done.out, done.err) == (0, "hello\n", "")


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_0_help_and_version_are_printed_also_into_a_file(run_llmcli: RunLlmcli, argument: str) -> None:
    """Buffered, unlike at a terminal: what is not flushed would be lost."""
    done = run_llmcli(argument, env={"PYTHONUNBUFFERED": ""})
    assert (done.code, done.err) == (0, "")
    assert "llmcli" in done.out


def test_1_a_bug_is_said_in_one_line_and_as_a_traceback_only_with_vv(
    run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object) -> None:
        raise ZeroDivisionError(f"oh no, {SECRET}")

    monkeypatch.setattr("llmcli.models.route", broken)
    done = run_here(*SIM, "hi")
    assert (done.code, done.out) == (1, "")
    assert one_line(done.err).startswith("llmcli: unexpected ZeroDivisionError: oh no")
    assert "Traceback" in run_here(*SIM, "hi", "-vv").err


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        ((), "missing command"),
        (("aks",), "no such command 'aks'"),
        (("ask", "--nope"), "no such option: --nope"),
        (("ask", "hi", "-m"), "option '-m' requires an argument: see llmcli ask --help"),
        (("cost", "report", "--by"), "option '--by' requires an argument: see llmcli cost report --help"),
        ((*SIM,), "the prompt is empty"),
        ((*SIM, " "), "the prompt is empty"),
        ((*SIM, "hi", "-f", "missing.txt"), "cannot read missing.txt"),
        ((*SIM, "hi", "-o", "no/where.txt"), "does not exist"),
        ((*SIM, "hi", "--timeout", "soon"), "not a length of time"),
        ((*SIM, "hi", "--tag", "x"), "is not KEY=VALUE"),
        ((*SIM, "hi", "--meta-fd", "99"), "--meta-fd 99 is not open"),
        ((*SIM, "hi", "-s", "@missing.txt"), "cannot read missing.txt"),
        ((*SIM, "hi", "--max-tokens", "0"), "--max-tokens"),
        ((*SIM, "hi", "\udcff"), "argument 6 is not UTF-8 text: byte 0"),
        ((*SIM, "ask", "--stdin", "maybe"), "--stdin"),
    ],
)
def test_2_usage(run_here: RunLlmcli, arguments: tuple[str, ...], fact: str) -> None:
    done = run_here(*arguments)
    assert (done.code, done.out) == (2, "")
    assert fact in one_line(done.err)


def test_2_stdin_that_is_no_text(run_here: RunLlmcli) -> None:
    done = run_here("ask", "-m", "sim", "hi", input=b"ab\xff")
    assert done.code == 2
    assert "stdin is not UTF-8 text: byte 2" in one_line(done.err)


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        ((*SIM[:-1], "claud-haiku-5-5", "hi"), "did you mean claude-haiku-5-5"),
        ((*SIM[:-1], "", "hi"), 'unknown model ""'),
        ((*SIM, "hi", "--profile", "nope"), 'unknown profile "nope"'),
        ((*SIM, "hi", "--fallback", "nope/x"), 'no provider "nope" is configured'),
        (("models", "--provider", "nope"), 'unknown provider "nope"'),
    ],
)
def test_3_config(run_here: RunLlmcli, arguments: tuple[str, ...], fact: str) -> None:
    done = run_here(*arguments)
    assert (done.code, done.out) == (3, "")
    assert fact in one_line(done.err)


def test_3_a_provider_without_an_address(run_here: RunLlmcli, isolated: Path) -> None:
    (isolated / "llmcli.toml").write_text('[providers.local]\nkind = "openai"\n')
    done = run_here(*SIM[:-1], "local/x", "hi")
    assert done.code == 3
    assert "provider local has no base_url" in one_line(done.err)


@pytest.mark.parametrize("host", ["[::1", "127.0.0.1:99999", "127.0.0.1:x", "1.2.3.999"])
@pytest.mark.parametrize("model", ["claude-haiku-5-5", "gpt-6-luna"])
def test_3_an_address_that_is_none(run_here: RunLlmcli, model: str, host: str) -> None:
    keys = {"ANTHROPIC_API_KEY": SECRET, "OPENAI_API_KEY": SECRET}
    done = run_here("ask", "-m", model, "hi", env={"LLMCLI_BASE_URL": f"http://{host}/v1", **keys})
    assert (done.code, done.out) == (3, "")
    assert f'"http://{host}/v1", is not one: check its host and port' in one_line(done.err)


@pytest.mark.parametrize("model", [(), ("-m", "claude-haiku-5-5"), ("-m", "gpt-6-luna")])
def test_4_no_key_names_both_ways_on(run_here: RunLlmcli, model: tuple[str, ...]) -> None:
    done = run_here("ask", "hi", *model)
    assert (done.code, done.out) == (4, "")
    assert "_API_KEY" in one_line(done.err)
    assert "-m sim" in done.err


@pytest.mark.parametrize("model", ["claude-haiku-5-5", "gpt-6-luna"])
def test_6_nobody_listens(run_here: RunLlmcli, model: str) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    done = run_here("ask", "-n", "hi", "-m", model, "--retries", "0", "--base-url", url, env=KEYS)
    assert (done.code, done.out) == (6, "")
    assert "connection refused" in one_line(done.err)
    assert SECRET not in done.err


def test_6_a_fallback_without_a_key_does_not_hide_why_it_was_needed(run_here: RunLlmcli) -> None:
    url = f"http://127.0.0.1:{closed_port()}"
    flags = ("--retries", "0", "--base-url", url, "--fallback", "gpt-6-luna", "--json")
    done = run_here("ask", "-n", "hi", "-m", "claude-haiku-5-5", *flags, env={"ANTHROPIC_API_KEY": SECRET})
    assert (done.code, done.json["provider"], done.json["attempts"]) == (6, "anthropic", 1)
    assert "cannot fall back: no key for openai" in done.err


def test_6_the_deadline_passes_while_stdin_does_not_end(isolated: Path) -> None:
    with started("ask", "-m", "sim", "--deadline", "100ms") as process:
        assert process.wait(20) == 6
        assert process.stderr is not None
        assert b"deadline" in process.stderr.read()


def test_8_the_model_declined(run_here: RunLlmcli) -> None:
    done = run_here(*SIM, "sim:stop=refusal")
    assert (done.code, done.out) == (8, "")
    assert "declined" in one_line(done.err)


@pytest.mark.parametrize("order", ["sim:tokens=50 --max-tokens=5", "sim:stop=incomplete", "sim:stop=context_window"])
def test_9_what_did_arrive_of_a_truncated_answer_is_printed(run_here: RunLlmcli, order: str) -> None:
    done = run_here(*SIM, *order.split())
    assert done.code == 9
    assert done.out.endswith("\n")
    assert len(done.out) > 5
    one_line(done.err)


def test_10_no_code_block(run_here: RunLlmcli) -> None:
    done = run_here(*SIM, "-x", "hi")
    assert (done.code, done.out) == (10, "")
    assert "no complete code block" in one_line(done.err)
    assert run_here(*SIM, "-x", "sim:code").out == "print('hello from sim')\n"


@contextmanager
def started(*arguments: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """The running program with a stdin that stays open and empty."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcli", *arguments],
        stdin=reading,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **more},
    )
    os.close(reading)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()
        os.close(writing)


def wait_until_called(trap: Trap) -> None:
    deadline = time.monotonic() + 20
    while not trap.received:
        assert time.monotonic() < deadline, "nobody called"
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("number", "code", "word"), [(signal.SIGINT, 130, b"interrupted"), (signal.SIGTERM, 143, b"terminated")]
)
def test_130_and_143_signals_while_waiting_to_try_again(
    isolated: Path, trap: Trap, number: signal.Signals, code: int, word: bytes
) -> None:
    arguments = ("ask", "-n", "hi", "-m", "gpt-6-luna", "--base-url", trap.url)
    with started(*arguments, **KEYS, LLMCLI_RETRY_BASE_S="1000", LLMCLI_RETRY_CAP_S="1000") as process:
        wait_until_called(trap)
        process.send_signal(number)
        assert process.wait(20) == code
        assert process.stderr is not None
        assert process.stderr.read() == b"llmcli: " + word + b"\n"


def test_130_while_waiting_to_try_again_tells_what_was_tried(isolated: Path, trap: Trap) -> None:
    arguments = ("ask", "-n", "hi", "-m", "gpt-6-luna", "--base-url", trap.url, "--json")
    with started(*arguments, **KEYS, LLMCLI_RETRY_BASE_S="1000", LLMCLI_RETRY_CAP_S="1000") as process:
        wait_until_called(trap)
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
        assert process.stdout is not None
        result = json.loads(process.stdout.read())
        assert (result["provider"], result["model"], result["attempts"]) == ("openai", "gpt-6-luna", 1)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_130_and_143_signals_while_stdin_is_waited_for(isolated: Path, number: signal.Signals, code: int) -> None:
    with started("ask", "-m", "sim", "-v", "--deadline", "60") as process:
        wait_for_state(process.pid, "S")
        process.send_signal(number)
        assert process.wait(20) == code


def wait_for_state(pid: int, state: str) -> None:
    """Until the process has slept several times in a row: it waits for something."""
    deadline = time.monotonic() + 20
    seen = 0
    while seen < 10:
        assert time.monotonic() < deadline, "it never slept"
        stat = Path(f"/proc/{pid}/stat").read_text()
        seen = seen + 1 if stat.rpartition(")")[2].split()[0] == state else 0
        time.sleep(0.02)


@pytest.mark.parametrize(
    "arguments", [(*SIM, "hi"), ("models",), ("config", "show"), ("--help",), ("--version",)], ids=" ".join
)
def test_141_a_reader_that_has_seen_enough_ends_it_quietly(isolated: Path, arguments: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "llmcli", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=writing, stderr=subprocess.PIPE, timeout=60)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, b"")


def test_a_failure_with_json_is_an_envelope_too(run_here: RunLlmcli) -> None:
    for arguments, code, kind in (
        (("ask", "--json", "--nope"), 2, "usage"),
        ((*SIM[:-1], "nope", "hi", "--json"), 3, "config"),
        (("ask", "hi", "--json"), 4, "auth"),
        ((*SIM, "sim:stop=refusal", "--json"), 8, "refused"),
        ((*SIM, "-x", "hi", "--json"), 10, "invalid_output"),
    ):
        done = run_here(*arguments)
        assert done.code == code
        assert (done.json["ok"], done.json["command"], done.json["error"]["class"]) == (False, "ask", kind)
