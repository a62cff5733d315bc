"""Many processes may work at once: the ledger loses nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from ..forkserver import write_client
from .bench import Bench

PROCESSES = 200
AT_ONCE = 32
PROGRAM = (sys.executable, "-m", "llmcli")


def ask_sim(program: tuple[str, ...], number: int) -> tuple[int, bytes, bytes]:
    command = [*program, "ask", "-n", "-m", "sim", "--tag", f"number={number}", "hello"]
    done = subprocess.run(command, capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def test_200_processes_leave_200_rows(bench: Bench, fork_server: str, tmp_path: Path) -> None:
    """200 processes on one ledger that none of them has created yet: all answer, all are recorded, once each.

    They are forks, which cost a tenth of 200 starts of Python and meet at the ledger closer together.
    """
    program = tmp_path / "llmcli"
    write_client(program, fork_server)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = list(pool.map(partial(ask_sim, (str(program),)), range(PROCESSES)))
    assert {code for code, _, _ in done} == {0}
    assert {err for _, _, err in done} == {b""}
    assert len({out for _, out, _ in done}) == 1
    rows = bench.rows()
    assert len(rows) == PROCESSES
    assert {row["status"] for row in rows} == {"ok"}
    assert {row["tags"] for row in rows} == {f'{{"number": "{number}"}}' for number in range(PROCESSES)}
    assert len({row["pid"] for row in rows}) == len({row["call_id"] for row in rows}) == PROCESSES
    assert len(bench.logged()) == PROCESSES


def test_the_ledger_is_private(bench: Bench) -> None:
    """Whatever the umask, nobody else can read the ledger and what belongs to it."""
    before = os.umask(0)
    try:
        assert ask_sim(PROGRAM, 0)[0] == 0
    finally:
        os.umask(before)
    files = [file for file in bench.state.rglob("*") if file.is_file()]
    assert files
    assert {oct(file.stat().st_mode & 0o777) for file in files} == {"0o600"}
    assert oct(Path(bench.state).stat().st_mode & 0o777) == "0o700"
