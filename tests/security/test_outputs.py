"""-o, --meta-file and the like: what is named is written, and nothing else, whatever a checkout has put there."""

from __future__ import annotations

import os
import pty
import stat
from pathlib import Path

import pytest

from llmcli.errors import UsageError
from llmcli.files import check_writable, is_special, write_atomic
from llmcli.sim.request_log import RequestLog

from ..helpers import RunLlmcli

ESCAPE = "sim:echo \x1b]0;owned\x07\x9b2J"


@pytest.mark.parametrize("option", ["-o", "--meta-file"])
@pytest.mark.parametrize("command", ["ask", "stream", "extract"])
def test_a_link_is_replaced_and_what_it_points_to_is_left_alone(
    option: str, command: str, isolated: Path, run_here: RunLlmcli
) -> None:
    precious, link = isolated.parent / "precious", isolated / "out.txt"
    precious.write_text("keep")
    link.symlink_to(precious)
    more = ["--schema", "a"] if command == "extract" else []
    assert run_here(command, "-m", "sim", "-n", "hi", *more, option, "out.txt").code == 0
    assert precious.read_text() == "keep"
    assert not link.is_symlink()
    assert link.read_text() != ""


def test_a_link_that_leads_nowhere_creates_nothing_there(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "out.txt").symlink_to(isolated.parent / "new")
    assert run_here("ask", "-m", "sim", "-n", "hi", "-o", "out.txt").code == 0
    assert not (isolated.parent / "new").exists()


def test_a_saved_conversation_replaces_a_link_too(isolated: Path, run_here: RunLlmcli) -> None:
    precious = isolated.parent / "precious"
    precious.write_text("keep")
    (isolated / "talk.json").symlink_to(precious)
    assert run_here("chat", "-m", "sim", "-n", "hi", "--save-on-exit", "talk.json").code == 0
    assert precious.read_text() == "keep"


def test_batch_output_and_its_failed_rows_replace_links(isolated: Path, run_here: RunLlmcli) -> None:
    precious = isolated.parent / "precious"
    precious.write_text("keep")
    (isolated / "in.jsonl").write_text('{"prompt": "sim:stop=refusal"}\n{"prompt": "ok"}\n')
    (isolated / "out.jsonl.failed.jsonl").symlink_to(precious)
    assert run_here("batch", "in.jsonl", "-m", "sim", "-o", "out.jsonl", "--progress", "none").code == 12
    assert precious.read_text() == "keep"
    assert not (isolated / "out.jsonl.failed.jsonl").is_symlink()


@pytest.mark.parametrize("name", ["/dev/fd/{}", "/proc/self/fd/{}", "/dev/../dev/fd/{}"])
def test_a_descriptor_of_ours_is_written_to_even_if_a_file_is_behind_it(name: str, tmp_path: Path) -> None:
    """As with `-o /dev/stdout >> log`. A rename would try to take the place of the device, and as root succeed."""
    log = tmp_path / "log"
    log.write_text("before\n")
    with log.open("ab") as file:
        path = Path(name.format(file.fileno()))
        check_writable(path, "-o")
        write_atomic(path, b"answer\n")
    assert log.read_text() == "before\nanswer\n"


@pytest.mark.parametrize("name", ["/dev/stdout", "/dev/stderr", "/dev/fd/1", "/dev/null", "/dev/./stdout"])
def test_devices_are_never_replaced(name: str) -> None:
    assert is_special(Path(name))


def test_a_descriptor_that_is_not_open_is_said_before_anything_is_sent() -> None:
    with pytest.raises(UsageError, match="-o /dev/fd/777 is not open"):
        check_writable(Path("/dev/fd/777"), "-o")


def test_batch_needs_a_file_of_its_own(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "in.jsonl").write_text('{"prompt": "hi"}\n')
    with (isolated / "log").open("wb") as file:
        done = run_here("batch", "in.jsonl", "-m", "sim", "-o", f"/dev/fd/{file.fileno()}")
    assert done.code == 2
    assert "is not a regular file" in done.err


def test_a_terminal_named_by_minus_o_shows_escapes_instead_of_obeying_them(isolated: Path, run_here: RunLlmcli) -> None:
    ours, theirs = pty.openpty()
    try:
        done = run_here("ask", "-n", "-m", "sim", ESCAPE, "-o", os.ttyname(theirs))
        seen = os.read(ours, 1000)
        assert run_here("ask", "-n", "-m", "sim", ESCAPE, "--raw", "-o", os.ttyname(theirs)).code == 0
        raw = os.read(ours, 1000)
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.code == 0
    assert b"\x1b" not in seen
    assert b"\\x1b]0;owned" in seen
    assert b"\x1b]0;owned" in raw


def test_a_name_with_a_null_byte_is_refused() -> None:
    with pytest.raises(UsageError, match="cannot write 'a"):
        write_atomic(Path("a\0b"), b"x")


def test_an_output_that_somebody_else_owns_is_replaced_not_written_into(tmp_path: Path) -> None:
    """A second name of the same file, as a hard link is, keeps what it had."""
    theirs, ours = tmp_path / "theirs", tmp_path / "ours"
    theirs.write_text("keep")
    os.link(theirs, ours)
    write_atomic(ours, b"new")
    assert theirs.read_text() == "keep"
    assert stat.S_ISREG(ours.lstat().st_mode)


def test_the_simulators_log_is_not_written_through_a_link(tmp_path: Path) -> None:
    precious, link = tmp_path / "precious", tmp_path / "log.jsonl"
    precious.write_text("keep")
    link.symlink_to(precious)
    with pytest.raises(UsageError, match="it is a symbolic link"):
        RequestLog(link)
    assert precious.read_text() == "keep"
    RequestLog(tmp_path / "new.jsonl").close()
    assert stat.S_IMODE((tmp_path / "new.jsonl").stat().st_mode) == 0o600
    RequestLog(Path("/dev/null")).close()
