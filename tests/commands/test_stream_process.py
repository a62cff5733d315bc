"""`llmcli stream` as a process: what arrives when, signals, closed pipes, terminals."""

from __future__ import annotations

import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pexpect
import pytest

from ..chat.conftest import UseSim, use_sim  # noqa: F401 - fixtures
from ..helpers import ledger_rows
from ..sim.conftest import start_sim  # noqa: F401 - a fixture
from ..sim.helpers import StartSim

WAIT_S = 20
CLAUDE = ("-m", "claude-haiku-5-5")
ENDLESS = ("-m", "sim", "--max-tokens", "900000000", "sim:tokens=900000000")


@contextmanager
def streaming(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """`llmcli stream ARGUMENTS` with pipes; it is killed if it is still there in the end."""
    command = [sys.executable, "-m", "llmcli", "stream", "-n", *arguments]
    # An environment that has it all unbuffered would hide that nothing is flushed.
    environ = {**os.environ, "PYTHONUNBUFFERED": ""}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0, env=environ)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_some(process: subprocess.Popen[bytes]) -> bytes:
    """What is in stdout, once there is anything; empty at its end."""
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], WAIT_S)[0], "nothing came"
    return os.read(process.stdout.fileno(), 1 << 16)


def some(data: bytes) -> bytes:
    assert data, "the stream ended"
    return data


def results_of(out: bytes) -> list[dict[str, Any]]:
    return [event for event in map(json.loads, out.splitlines()) if event["type"] == "result"]


def test_each_token_is_flushed_into_a_pipe_as_it_arrives(
    start_sim: StartSim,  # noqa: F811
    use_sim: UseSim,  # noqa: F811
) -> None:
    """Ten a second: what is read at once is one token, or two where the reader was late."""
    use_sim(start_sim(tokens_per_second=10))
    words = [f" w{number}" for number in range(12)]
    with streaming(*CLAUDE, f"sim:echo{''.join(words)}") as process:
        pieces = list(iter(lambda: read_some(process), b""))
        assert process.wait(WAIT_S) == 0
    assert b"".join(pieces).decode() == "".join(words)[1:] + "\n"
    assert len(pieces) >= 8


@pytest.mark.parametrize(("number", "code", "word"), [(signal.SIGINT, 130, "sigint"), (signal.SIGTERM, 143, "sigterm")])
def test_a_signal_amid_the_answer_ends_it_at_once_and_says_what_it_took(
    start_sim: StartSim,  # noqa: F811
    use_sim: UseSim,  # noqa: F811
    state_dir: Path,
    number: int,
    code: int,
    word: str,
) -> None:
    """The connection is closed, so that no more tokens are paid for; exactly one result line."""
    sim = start_sim(tokens_per_second=20)
    use_sim(sim)
    with streaming(*CLAUDE, "--json", "sim:tokens=4000") as process:
        out = b""
        while out.count(b'"delta"') < 3:
            out += some(read_some(process))
        began = time.monotonic()
        process.send_signal(number)
        more, err = process.communicate(timeout=WAIT_S)
        assert time.monotonic() - began < 5
    [result] = results_of(out + more)
    assert (process.returncode, result["error"]["class"], result["ok"]) == (code, word, False)
    assert json.loads((out + more).splitlines()[-1]) == result
    assert (out + more).endswith(b"\n")
    assert result["cost"]["basis"] == "estimated"
    assert len(err.splitlines()) == 1
    [row] = ledger_rows(state_dir)
    assert (row["status"], row["cost_basis"]) == ("interrupted", "estimated")
    assert 0 < row["output_tokens"] < 4000
    assert row["output_tokens"] == result["usage"]["output_tokens"]
    [entry] = sim.entries()
    assert entry["output_tokens"] < 4000


@pytest.mark.parametrize("fault", ["hang", "429,retry-after=50"])
def test_a_signal_before_the_answer_leaves_one_result_line_too(
    start_sim: StartSim,  # noqa: F811
    use_sim: UseSim,  # noqa: F811
    state_dir: Path,
    fault: str,
) -> None:
    """While the answer is awaited, or the next attempt."""
    sim = start_sim(fault)
    use_sim(sim)
    with streaming(*CLAUDE, "--json", "hi") as process:
        deadline = time.monotonic() + WAIT_S
        sent = "retry" if fault.startswith("429") else "start"
        out = b""
        while sent.encode() not in out:
            out += some(read_some(process))
        while not ledger_rows_or_none(state_dir) and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        more, _ = process.communicate(timeout=WAIT_S)
    [result] = results_of(out + more)
    assert (process.returncode, result["error"]["class"]) == (130, "sigint")
    [row] = ledger_rows(state_dir)
    assert row["status"] == ("interrupted" if fault == "hang" else "rate_limited")


def ledger_rows_or_none(state_dir: Path) -> list[dict[str, Any]]:
    """The ledger, which may be only about to be made."""
    try:
        return ledger_rows(state_dir)
    except sqlite3.OperationalError:
        return []


def test_ctrl_c_leaves_the_cursor_on_a_new_line_and_no_file(isolated: Path) -> None:
    (isolated / "answer.txt").write_text("old")
    with streaming("-o", "answer.txt", *ENDLESS) as process:
        out = read_some(process)
        process.send_signal(signal.SIGINT)
        more, err = process.communicate(timeout=WAIT_S)
    assert process.returncode == 130
    assert (out + more).endswith(b"\n")
    assert not (out + more).endswith(b"\n\n")
    assert err == b"llmcli: interrupted\n"
    assert (isolated / "answer.txt").read_text() == "old"
    assert [path.name for path in isolated.iterdir()] == ["answer.txt"]


def test_a_reader_that_has_seen_enough_ends_the_stream_quietly(isolated: Path, state_dir: Path) -> None:
    """As `| head -c 1` does: 141, nothing on stderr, and what was spent is recorded."""
    with streaming(*ENDLESS) as process:
        read_some(process)
        assert process.stdout is not None
        process.stdout.close()
        process.wait(WAIT_S)
        assert process.stderr is not None
        assert (process.returncode, process.stderr.read()) == (141, b"")
        process.stdout = None
    [row] = ledger_rows(state_dir)
    assert row["output_tokens"] > 0
    assert row["cost_basis"] == "estimated"


class TestTerminal:
    """With stdout at a pseudo-terminal."""

    def stream(self, *arguments: str) -> pexpect.spawn[str]:
        command = ["-m", "llmcli", "stream", "-n", *arguments]
        return pexpect.spawn(sys.executable, command, timeout=WAIT_S, encoding="utf-8", dimensions=(24, 2000))

    def test_control_characters_are_shown_not_obeyed_also_in_pieces(self, isolated: Path) -> None:
        child = self.stream("-m", "sim", "sim:echo red \x1b[31m and \x1b]0;title\x07\ttab")
        child.expect(pexpect.EOF)
        assert child.before == "red \\x1b[31m and \\x1b]0;title\\x07\ttab\r\n"

    def test_raw_obeys_them(self, isolated: Path) -> None:
        child = self.stream("--raw", "-m", "sim", "sim:echo \x1b[31m")
        child.expect(pexpect.EOF)
        assert child.before == "\x1b[31m\r\n"

    def test_ctrl_c_on_the_keyboard_is_130_on_a_new_line(self, isolated: Path) -> None:
        child = self.stream(*ENDLESS)
        child.expect("quick brown fox")
        child.sendintr()
        child.expect("\r\nllmcli: interrupted\r\n")
        child.expect(pexpect.EOF)
        child.close()
        assert child.exitstatus == 130
