"""files: written whole or left as they were."""

import os
import select
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from llmcli.errors import UsageError
from llmcli.files import check_writable, private_directory, write_atomic


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_replaced_and_no_temporary_file_stays(tmp_path: Path) -> None:
    target = tmp_path / "out.txt"
    target.write_text("old")
    write_atomic(target, b"new")
    assert target.read_bytes() == b"new"
    assert [each.name for each in tmp_path.iterdir()] == ["out.txt"]


def test_an_existing_file_keeps_its_mode_and_a_new_one_obeys_the_umask(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    old.chmod(0o640)
    umask = os.umask(0o027)
    try:
        write_atomic(old, b"x")
        write_atomic(new, b"x")
    finally:
        os.umask(umask)
    assert (mode_of(old), mode_of(new)) == (0o640, 0o640)


def test_a_mode_that_is_asked_for_wins_over_that_of_the_existing_file(tmp_path: Path) -> None:
    target = tmp_path / "secret"
    target.touch(mode=0o644)
    write_atomic(target, b"x", mode=0o600)
    assert mode_of(target) == 0o600


def test_a_symbolic_link_is_replaced_and_its_target_left_alone(tmp_path: Path) -> None:
    precious, link = tmp_path / "precious", tmp_path / "link"
    precious.write_text("keep")
    link.symlink_to(precious)
    umask = os.umask(0o022)
    try:
        write_atomic(link, b"new")
    finally:
        os.umask(umask)
    assert mode_of(link) == 0o644  # not that of the link itself, 0777
    assert precious.read_text() == "keep"
    assert not link.is_symlink()
    assert link.read_bytes() == b"new"


def test_a_failed_write_leaves_the_old_file_and_no_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "out"
    target.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        write_atomic(target, b"new")
    assert target.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["out"]


def test_a_pipe_is_written_to_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_atomic(pipe, b"through")
        assert os.read(reader, 100) == b"through"
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_pipe_whose_reader_leaves_amid_the_output_is_an_error(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)

    def leave_amid() -> None:
        select.select([reader], [], [])
        os.close(reader)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(leave_amid)
        with pytest.raises(UsageError, match="Broken pipe"):
            write_atomic(pipe, bytes(1 << 20))


def test_a_directory_cannot_be_an_output_file(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^-o .* is a directory"):
        check_writable(tmp_path, "-o")


def test_a_missing_directory_is_found_out_before_anything_is_sent(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="does not exist"):
        check_writable(tmp_path / "no" / "file", "-o")
    check_writable(tmp_path / "file", "-o")


def test_a_device_is_writable(tmp_path: Path) -> None:
    check_writable(Path("/dev/null"), "-o")
    write_atomic(Path("/dev/null"), b"x")
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)


def test_a_private_directory_is_for_its_owner_only(tmp_path: Path) -> None:
    assert mode_of(private_directory(tmp_path / "a" / "b")) == 0o700


def test_a_directory_that_many_threads_make_at_once_is_there_for_all(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        for number in range(300):
            path = tmp_path / str(number) / "state"
            assert list(pool.map(private_directory, [path] * 8)) == [path] * 8


def test_lines_that_many_processes_append_at_once_stay_whole(tmp_path: Path) -> None:
    """They are longer than a page of the file, and so are not written in one piece."""
    path, line = tmp_path / "log", "x" * 9000
    program = """
from pathlib import Path
from sys import argv
from llmcli.files import append_line
for _ in range(500):
    append_line(Path(argv[1]), f"{argv[2]}\\n".encode())
"""
    writers = [subprocess.Popen([sys.executable, "-c", program, path, line]) for _ in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    assert path.read_text().splitlines() == [line] * 2000
