"""Servers for contract tests: `sim serve` as a process, and one that answers whatever bytes a test wants."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..helpers import ROOT

WAIT_S = 5.0


@dataclass(frozen=True)
class Sim:
    """A running `llmcli sim serve` and its request log."""

    port: int
    log: Path

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def entries(self, prompt_part: str, at_least: int) -> list[dict[str, Any]]:
        """The log's lines about prompts that hold `prompt_part`, once there are that many or it takes too long."""
        deadline = time.monotonic() + WAIT_S
        while True:
            lines = self.log.read_text(encoding="utf-8").splitlines()
            found = [entry for entry in map(json.loads, lines) if prompt_part in (entry["prompt_start"] or "")]
            if len(found) >= at_least or time.monotonic() > deadline:
                return found
            time.sleep(0.005)


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[Sim]:
    """`llmcli sim serve` with these options, on a free port, until the block ends."""
    log = folder / "requests.jsonl"
    log.touch()
    command = [sys.executable, "-m", "llmcli", "sim", "serve", "--port", "0", "--log", str(log), *options]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environ, cwd=folder)
    assert process.stdout is not None
    try:
        yield Sim(int(process.stdout.readline()), log)
    finally:
        process.terminate()
        process.wait(WAIT_S)
        process.stdout.close()


@dataclass(frozen=True)
class Received:
    """One request as it came in; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class RawServer:
    """Reads each request whole, keeps it, sends `answer` byte for byte and closes the connection."""

    answer: bytes
    received: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> RawServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        socket.create_connection(self._socket.getsockname()).close()
        self._thread.join(WAIT_S)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            request = _read_request(connection)
            if request is None:
                connection.close()
                return  # `__exit__` has knocked
            self.received.append(request)
            # A client may have seen enough and not read on: it must not keep the next one waiting.
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            connection.settimeout(WAIT_S)
            connection.sendall(self.answer)
            connection.shutdown(socket.SHUT_WR)


def _read_request(connection: socket.socket) -> Received | None:
    with connection.makefile("rb") as file:
        start = file.readline().decode()
        if not start:
            return None
        method, path, _ = start.split(" ")
        headers: dict[str, str] = {}
        while line := file.readline().decode().strip():
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        return Received(method, path, headers, file.read(int(headers.get("content-length", "0"))))


def http_answer(
    status: int,
    body: bytes | object,
    headers: Mapping[str, str] | None = None,
    content_type: str = "application/json",
) -> bytes:
    """The bytes of an HTTP answer with a right length; a `body` that is not bytes is sent as JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    sent = {"content-type": content_type, "content-length": str(len(data)), "connection": "close", **(headers or {})}
    lines = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
    return f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + data
