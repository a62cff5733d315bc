"""The soak sees what it has to: a connection that nobody closed, a process that nobody waited for or that was left."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import uuid

from ..contract.processes import wait_until
from .watch import held_by, run_variable, strays, zombies_of


def test_a_socket_whose_other_end_has_gone_is_stale_until_it_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        near = socket.create_connection(server.getsockname())
        far, _ = server.accept()
        inode = str(os.fstat(near.fileno()).st_ino)
        assert inode not in held_by(os.getpid()).stale
        far.close()
        wait_until(lambda: inode in held_by(os.getpid()).stale)
        sockets = held_by(os.getpid()).sockets
        near.close()
        held = held_by(os.getpid())
        assert inode not in held.stale
        assert held.sockets == sockets - 1


def test_an_open_file_is_held() -> None:
    before = held_by(os.getpid()).files
    with open(os.devnull):
        assert held_by(os.getpid()).files == before + 1


def test_a_process_that_outlived_the_one_that_started_it_is_a_stray() -> None:
    run = uuid.uuid4().hex
    command = ["sh", "-c", "sleep 60 >/dev/null & echo $!"]
    started = subprocess.run(command, env={**os.environ, **run_variable(run)}, stdout=subprocess.PIPE, check=True)
    orphan = int(started.stdout)
    try:
        [found] = strays(run, set)
        assert found.startswith(f"{orphan} sleep")
        assert strays(run, lambda: {orphan}) == []
    finally:
        os.kill(orphan, signal.SIGKILL)


def test_a_process_that_has_ended_and_was_not_waited_for_is_told() -> None:
    with subprocess.Popen(["true"]) as process:
        wait_until(lambda: process.pid in zombies_of(os.getpid()))
    assert process.pid not in zombies_of(os.getpid())
