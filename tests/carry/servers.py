"""Servers that keep every request whole: one passes it on to the simulator, one answers from a script."""

from __future__ import annotations

import contextlib
import http.client
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ..contract.servers import Received, Sim

WAIT_S = 20.0


@dataclass
class Listener:
    """A server and what it received, in order."""

    port: int
    received: list[Received] = field(default_factory=list)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def bodies(self) -> list[Any]:
        """The bodies of the requests that ask for an answer, without those that count tokens."""
        return [request.json for request in self.asked]

    @property
    def asked(self) -> list[Received]:
        return [request for request in self.received if request.method == "POST" and "tokens" not in request.path]

    def everything(self) -> bytes:
        """All bytes of all requests, but for the key."""
        shown = [str((each.path, {**each.headers, "authorization": ""})).encode() for each in self.received]
        return b"\n".join([*shown, *(each.body for each in self.received)])


Respond = Callable[[Received], Iterable[bytes]]


@contextlib.contextmanager
def listening(respond: Respond) -> Iterator[Listener]:
    """A server on a free port that answers with the bytes that `respond` gives, then closes the connection."""

    class Handler(BaseHTTPRequestHandler):
        def handle_any(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.command, self.path, headers, body)
            listener.received.append(received)
            with contextlib.suppress(ConnectionError):  # a client may have seen enough
                for piece in respond(received):
                    self.wfile.write(piece)

        do_POST = do_GET = handle_any  # noqa: N815 - as BaseHTTPRequestHandler has it

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class has it
            """Nothing on stderr."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        listener = Listener(server.server_port)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield listener
        finally:
            server.shutdown()
            thread.join(WAIT_S)


@contextlib.contextmanager
def tapped(sim: Sim) -> Iterator[Listener]:
    """The simulator, strict as it is, with somebody listening in."""

    def forward(request: Received) -> Iterator[bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", sim.port, timeout=WAIT_S)
        with contextlib.closing(connection):
            connection.request(request.method, request.path, request.body, {**request.headers, "connection": "close"})
            response = connection.getresponse()
            kept = [
                pair for pair in response.getheaders() if pair[0].lower() not in ("transfer-encoding", "connection")
            ]
            head = "".join(f"{name}: {value}\r\n" for name, value in [*kept, ("connection", "close")])
            yield f"HTTP/1.1 {response.status} {response.reason}\r\n{head}\r\n".encode()
            while piece := response.read1(1 << 16):
                yield piece

    with listening(forward) as listener:
        yield listener


@contextlib.contextmanager
def scripted(answers: Sequence[bytes]) -> Iterator[Listener]:
    """A server that gives these answers, one a request, and fails a request too many with 500."""
    left = list(answers)

    def respond(_: Received) -> Iterator[bytes]:
        yield left.pop(0) if left else b"HTTP/1.1 500 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"

    with listening(respond) as listener:
        yield listener


def files_server(files: dict[str, bytes]) -> contextlib.AbstractContextManager[Listener]:
    """A web server with these files by path."""

    def respond(request: Received) -> Iterator[bytes]:
        data = files.get(request.path)
        status = "404 Not Found" if data is None else "200 OK"
        yield f"HTTP/1.1 {status}\r\ncontent-length: {len(data or b'')}\r\nconnection: close\r\n\r\n".encode()
        yield data or b""

    return listening(respond)
