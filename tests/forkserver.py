"""`llmcli` for shell scripts at a tenth of its price: a process that has imported it forks for each call.

The client, which stands on the PATH as `llmcli`, hands over its arguments, environment, directory and open files,
passes signals on, and ends with the exit code of the fork. All the rest is the program itself.

One server is enough for all workers of a test run. Each holds a lock; when nobody does, the server ends.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import importlib
import marshal
import os
import pkgutil
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, NoReturn

import llmcli

from .helpers import ROOT

CLIENT = """#!{python} -IS
import _socket, marshal, posix, signal, sys
def opened(fd):
    try:
        posix.fstat(fd)
        return True
    except OSError:
        return False
fds = [fd for fd in range(10) if opened(fd)]
server = _socket.socket(_socket.AF_UNIX, _socket.SOCK_SEQPACKET)
server.connect({address!r})
call = marshal.dumps((sys.argv[1:], posix.environ, posix.getcwdb(), fds))
rights = (_socket.SOL_SOCKET, _socket.SCM_RIGHTS, b"".join(fd.to_bytes(4, sys.byteorder) for fd in fds))
server.sendmsg([call], [rights])
pid = int(server.recv(20))
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: posix.kill(pid, number))
posix._exit(int(server.recv(20) or 137))
"""
LOCK = "users"
ADDRESS = "socket"
MOST_FDS = 10
MOST_BYTES = 1 << 20


def serve(folder: Path) -> None:
    """Fork for each client that connects, as long as somebody holds the lock."""
    import genai_prices.data  # noqa: F401
    import pydantic  # noqa: F401

    from llmcli.providers.sdk_import import import_sdk

    for module in pkgutil.walk_packages(llmcli.__path__, "llmcli."):
        if module.name != "llmcli.__main__":
            importlib.import_module(module.name)
    import_sdk("anthropic")
    import_sdk("openai")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener,
        (folder / LOCK).open() as users,
    ):
        listener.bind(str(folder / ADDRESS))
        listener.listen(64)
        listener.settimeout(1)
        print("ready", flush=True)
        while not _locked(users):
            with contextlib.suppress(TimeoutError):
                client, _ = listener.accept()
                if os.fork() == 0:
                    listener.close()
                    _become(client)
                client.close()


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextlib.contextmanager
def running(folder: Path) -> Iterator[str]:
    """The address of the server in `folder`, which is started if there is none."""
    folder.mkdir(exist_ok=True)
    with (folder / LOCK).open("a") as users, (folder / "starting").open("a") as starting:
        fcntl.flock(users, fcntl.LOCK_SH)
        with starting:
            fcntl.flock(starting, fcntl.LOCK_EX)
            if not (folder / ADDRESS).exists():
                _start(folder)
        yield str(folder / ADDRESS)


def _start(folder: Path) -> None:
    command = [sys.executable, "-m", "tests.forkserver", str(folder)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
    assert server.stdout is not None
    assert server.stdout.readline() == b"ready\n"


def _become(client: socket.socket) -> NoReturn:
    """Be the process that the client stands for. Its exit code goes to the client."""
    from llmcli.cli import main

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    arguments, environ, folder, numbers = _received(client)
    os.environb.clear()
    os.environb.update(environ)
    os.chdir(folder)
    sys.argv = ["llmcli", *map(os.fsdecode, arguments)]
    leave = os._exit

    def tell_and_leave(code: int) -> NoReturn:
        client.send(str(int(code)).encode())
        leave(code)

    os._exit = tell_and_leave  # type: ignore[assignment]
    client.send(str(os.getpid()).encode())
    main()
    raise AssertionError(f"main has returned, with {numbers}")


def _received(client: socket.socket) -> tuple[list[str], dict[bytes, bytes], bytes, list[int]]:
    """The call, with its files opened here under the same numbers."""
    rights = array.array("i")
    call, ancillary, _, _ = client.recvmsg(MOST_BYTES, socket.CMSG_SPACE(MOST_FDS * rights.itemsize))
    rights.frombytes(ancillary[0][2])
    given = marshal.loads(call)
    high = [os.dup2(fd, 100 + number) for number, fd in enumerate(rights)]
    for number, fd in zip(given[3], high, strict=True):
        os.dup2(fd, number)
        os.close(fd)
    return given  # type: ignore[no-any-return]


def write_client(path: Path, address: str) -> None:
    path.write_text(CLIENT.format(python=sys.executable, address=address), encoding="utf-8")
    path.chmod(0o755)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
    shutil.rmtree(sys.argv[1])
