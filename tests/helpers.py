"""What tests of more than one file need: a finished run, and a server that only listens."""

from __future__ import annotations

import contextlib
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from llmcli.ledger import LEDGER_FILE

ROOT = Path(__file__).parents[1]
SECRET = "sk-secret-0123456789"


@dataclass(frozen=True)
class Completed:
    """How a run ended; `out` and `err` are text, as a terminal would show them."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


class RunLlmcli(Protocol):
    """Runs `llmcli ARGS` with `input` on stdin; `env` adds to the environment."""

    def __call__(
        self,
        *args: str,
        input: bytes = b"",  # noqa: A002 - as subprocess.run has it
        env: Mapping[str, str] | None = None,
    ) -> Completed: ...


class Trap:
    """A server on a free port that keeps the first bytes of every connection and answers 500."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        body = b'{"type": "error", "error": {"type": "api_error", "message": "no"}}'
        head = b"HTTP/1.1 500 No\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
        while True:
            connection, _ = self._socket.accept()
            with connection:
                received = connection.recv(1 << 16)
                if not received:
                    return  # `close` has knocked
                self.received.append(received)
                connection.sendall(head % len(body) + body)

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> Iterator[Trap]:
        trap = cls()
        trap._thread.start()
        yield trap
        socket.create_connection(trap._socket.getsockname()).close()
        trap._thread.join(5)
        trap._socket.close()


def ledger_rows(state: Path) -> list[dict[str, Any]]:
    """The ledger in `state`, oldest first; `cost_usd` and `charge_usd` are decimals as text."""
    path = state / LEDGER_FILE
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'attempts'").fetchone():
            return []  # it is being created
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM attempts ORDER BY id")]
    for row in rows:
        for name in ("cost", "charge"):
            pico = row[f"{name}_picousd"]
            row[f"{name}_usd"] = None if pico is None else f"{Decimal(pico).scaleb(-12).normalize():f}"
    return rows


def closed_port() -> int:
    """A port of 127.0.0.1 on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
