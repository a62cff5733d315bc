"""`llmcli chat --session`, `--list`, `--show` and `--rm`."""

from __future__ import annotations

import fcntl
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from llmcli.errors import ExitCode

from ..chat.helpers import lines_of
from ..helpers import Completed, RunLlmcli

CHAT = ("chat", "-m", "sim")


def turns(run: RunLlmcli, name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = run("chat", "--show", name, "--json").json["conversation"]["turns"]
    return found


def test_a_message_as_argument_is_one_turn_of_the_session(run_here: RunLlmcli) -> None:
    assert run_here(*CHAT, "--session", "s", "sim:echo", "one") == Completed(0, "one\n", "")
    assert run_here(*CHAT, "--session", "s", "hello").out.startswith("sim: 3 messages")
    assert turns(run_here, "s")[0]["answer"] == "one"


def test_stdin_is_added_to_a_message_as_for_ask(run_here: RunLlmcli) -> None:
    run_here(*CHAT, "--session", "s", "sum this up", input=b"1 and 2")
    assert "sum this up\\n\\n1 and 2" in str(run_here("chat", "--show", "s", "--json").out)


def test_a_session_goes_on_with_the_model_and_the_system_text_it_had(run_here: RunLlmcli) -> None:
    run_here(*CHAT, "--session", "s", "-s", "be brief", "one")
    assert 'system: "be brief"' in run_here("chat", "--session", "s", "two").out


def test_an_image_is_part_of_the_session(run_here: RunLlmcli, isolated: Path) -> None:
    """Its bytes are no text, but the file is JSON."""
    (isolated / "dot.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    first = run_here(*CHAT, "--session", "s", "-f", "dot.png", "what is it?", input=b"")
    assert first.code == 0, first.err
    assert run_here(*CHAT, "--session", "s", "sure?").out.startswith("sim: 3 messages")


def test_a_failed_turn_is_the_exit_code_and_not_in_the_session(run_here: RunLlmcli) -> None:
    run_here(*CHAT, "--session", "s", "sim:echo one")
    done = run_here(*CHAT, "--session", "s", "sim:stop=refusal")
    assert (done.code, done.out) == (8, "")
    assert len(turns(run_here, "s")) == 1
    totals = run_here("chat", "--show", "s", "--json").json["conversation"]["totals"]["sim"]
    assert (totals["calls"], totals["failed"]) == (2, 1), "but what it took is counted"


def test_directory_and_file_are_for_the_owner_only_whatever_the_umask(run_llmcli: RunLlmcli, state_dir: Path) -> None:
    before = os.umask(0)
    try:
        run_llmcli(*CHAT, "--session", "s", "hi")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (state_dir / "sessions").rglob("*")}
    assert modes == {"s.json": 0o600, "s.lock": 0o600}
    assert stat.S_IMODE((state_dir / "sessions").stat().st_mode) == 0o700


def test_list_names_sessions_with_turns_model_cost_and_time(run_here: RunLlmcli) -> None:
    run_here(*CHAT, "--session", "beta", "hi")
    run_here(*CHAT, "--session", "alpha", input=b"one\ntwo\n")
    alpha, beta = [line.split("\t") for line in run_here("chat", "--list").out.splitlines()]
    assert (alpha[:4], beta[:4]) == (["alpha", "2 turns", "sim", "$0"], ["beta", "1 turns", "sim", "$0"])
    listed = lines_of(run_here("chat", "--list", "--json").out)
    assert [(each["name"], each["turns"], each["cost_usd"]) for each in listed] == [("alpha", 2, "0"), ("beta", 1, "0")]


def test_list_without_sessions_prints_nothing(run_here: RunLlmcli) -> None:
    assert run_here("chat", "--list") == Completed(0, "", "")


def test_show_prints_questions_and_answers(run_here: RunLlmcli) -> None:
    run_here(*CHAT, "--session", "s", "-s", "be brief", input=b"sim:echo one\n")
    assert run_here("chat", "--show", "s").out == "system: be brief\n\n> sim:echo one\n\none\n"


def test_rm_removes_a_session(run_here: RunLlmcli) -> None:
    run_here(*CHAT, "--session", "s", "hi")
    assert run_here("chat", "--rm", "s") == Completed(0, "", "")
    assert run_here("chat", "--list").out == ""


@pytest.mark.parametrize("option", ["--show", "--rm"])
def test_a_session_that_does_not_exist_is_a_usage_error(run_here: RunLlmcli, option: str) -> None:
    done = run_here("chat", option, "nope")
    assert (done.code, done.out) == (2, "")
    assert done.err == 'llmcli: there is no session "nope": see llmcli chat --list\n'


@pytest.mark.parametrize("option", ["--show", "--rm", "--session"])
@pytest.mark.parametrize("name", ["", "../../etc/passwd", "a/b", ".x"])
def test_names_that_are_none_are_refused_before_anything_is_read_or_sent(
    run_here: RunLlmcli, state_dir: Path, option: str, name: str
) -> None:
    """Also the empty one, which an unset shell variable gives."""
    done = run_here(*CHAT, option, name, input=b"hello\n")
    assert (done.code, done.out) == (2, "")
    assert f'"{name}" is no session name' in done.err
    assert not (state_dir / "ledger.db").exists()


@pytest.mark.parametrize("content", [b"", b"{", b'{"conversation": {}, "schema_version": 99}'])
def test_a_corrupt_session_is_exit_2_with_one_line_and_left_alone(
    run_here: RunLlmcli, state_dir: Path, content: bytes
) -> None:
    file = state_dir / "sessions" / "s.json"
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    for arguments in (("--session", "s", "hi"), ("--show", "s")):
        done = run_here(*CHAT, *arguments)
        assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
        assert str(file) in done.err
    assert file.read_bytes() == content
    assert not (state_dir / "ledger.db").exists()
    assert run_here("chat", "--rm", "s").code == 0


def test_a_corrupt_session_does_not_hide_the_others_from_list(run_here: RunLlmcli, state_dir: Path) -> None:
    for name in ("a", "c"):
        run_here(*CHAT, "--session", name, "hi")
    (state_dir / "sessions" / "b.json").write_text("{")
    done = run_here("chat", "--list")
    assert done.code == 2
    assert [line.split("\t")[0] for line in done.out.splitlines()] == ["a", "c"]
    assert len(done.err.splitlines()) == 1


def test_a_state_directory_that_cannot_be_used_is_exit_2_not_a_bug(run_here: RunLlmcli, isolated: Path) -> None:
    (isolated / "file").touch()
    done = run_here(*CHAT, "--session", "s", "hi", env={"XDG_STATE_HOME": str(isolated / "file")})
    assert (done.code, done.out) == (2, "")
    assert "cannot lock" in done.err


def test_a_second_process_waits_and_then_continues_from_what_the_first_wrote(
    isolated: Path, run_here: RunLlmcli, state_dir: Path
) -> None:
    run_here(*CHAT, "--session", "s", "sim:echo one")
    with (state_dir / "sessions" / "s.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "llmcli", *CHAT, "--session", "s", "hello"]
        second = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        with pytest.raises(subprocess.TimeoutExpired):
            second.wait(1.5)
        path = state_dir / "sessions" / "s.json"
        path.write_text(path.read_text().replace('"one"', '"changed by the first"'))
        fcntl.flock(lock, fcntl.LOCK_UN)
        out, err = second.communicate(timeout=20)
    assert (second.returncode, err) == (0, b"")
    assert out.startswith(b"sim: 3 messages")
    assert turns(run_here, "s")[0]["answer"] == "changed by the first"


def test_waiting_for_a_session_can_be_interrupted(isolated: Path, state_dir: Path) -> None:
    (state_dir / "sessions").mkdir(parents=True)
    with (state_dir / "sessions" / "s.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        command = [sys.executable, "-m", "llmcli", *CHAT, "--session", "s", "hello"]
        waiting = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        assert waiting.stderr is not None
        assert b'waiting for another process that uses session "s"' in waiting.stderr.readline()
        began = time.monotonic()
        waiting.terminate()
        assert waiting.wait(10) == ExitCode.SIGTERM
        assert time.monotonic() - began < 5
        waiting.communicate()
