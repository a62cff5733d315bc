"""deliver: what is paid for is printed, files are written only on success."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ..helpers import RunLlmcli

ECHO = ("ask", "-n", "-m", "sim", "sim:echo hello")
TRUNCATED = ("ask", "-n", "-m", "sim", "sim:tokens=50", "--max-tokens", "5")


def test_an_output_file_gets_the_answer_and_stdout_nothing(isolated: Path, run_here: RunLlmcli) -> None:
    done = run_here(*ECHO, "-o", "out.txt")
    assert (done.code, done.out) == (0, "")
    assert (isolated / "out.txt").read_text() == "hello\n"


def test_a_failed_run_leaves_the_old_output_file_as_it_was(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "out.txt").write_text("old")
    assert run_here(*TRUNCATED, "-o", "out.txt").code == 9
    assert (isolated / "out.txt").read_text() == "old"


def test_metadata_goes_to_its_file_while_stdout_stays_text(isolated: Path, run_here: RunLlmcli) -> None:
    for command, code in ((ECHO, 0), (TRUNCATED, 9)):
        done = run_here(*command, "--meta-file", "meta.json")
        meta = json.loads((isolated / "meta.json").read_text())
        assert (done.code, meta["ok"]) == (code, code == 0)
        assert "text" not in meta
        assert not done.out.startswith("{")


def test_an_answer_is_printed_even_if_nobody_reads_its_metadata(run_here: RunLlmcli) -> None:
    """It is paid for."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run_here(*ECHO, "--meta-fd", str(writing))
    finally:
        os.close(writing)
    assert (done.code, done.out) == (2, "hello\n")
    assert f"--meta-fd {writing}: Broken pipe" in done.err


def test_json_is_printed_once_whatever_fails_afterwards(run_here: RunLlmcli) -> None:
    done = run_here(*TRUNCATED, "--json")
    assert done.code == 9
    assert (done.json["truncated"], done.json["error"]["class"]) == (True, "truncated")


def test_the_request_is_shown_without_a_key_and_nothing_is_sent(run_here: RunLlmcli) -> None:
    secret = "sk-secret-0123456789"
    done = run_here(
        *("ask", "-n", "-m", "claude-haiku-5-5", "hi", "--print-request", "curl"), env={"ANTHROPIC_API_KEY": secret}
    )
    assert done.code == 0
    assert '"authorization: Bearer ${ANTHROPIC_API_KEY}"' in done.out
    assert secret not in done.out + done.err
