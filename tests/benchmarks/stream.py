"""What `llmcli stream` adds to a stream: time per token, time to the first byte, memory. Run by hand:

    python -m tests.benchmarks.stream [TOKENS]

Latency: a server writes the time into each token; the reader of llmcli's stdout compares it with its own clock,
which on one machine is the same. A reader of the bare socket shows how much of that is the machine's.
Memory: `stream | cat > /dev/null` of 1,000 and of TOKENS tokens (two million by default) from `llmcli sim serve`.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from .startup import EVENTS, environment, frame

RUNS = 5
PACED_TOKENS = 300
EVERY_S = 0.005
LEAD_S = 0.2  # before the first token, for the client to settle
SHORT = 1_000
MOST_PER_TOKEN_MS, MOST_FIRST_BYTE_MS, MOST_GROWTH_MIB = 1.0, 20.0, 20.0

CONFIG = """
[providers.messages]
kind = "anthropic"
base_url = "{url}"
key_env = "ANTHROPIC_API_KEY"

[providers.completions]
kind = "openai"
base_url = "{url}/v1"
key_env = "OPENAI_API_KEY"

[providers.responses]
kind = "openai"
api = "responses"
base_url = "{url}/v1"
key_env = "OPENAI_API_KEY"
"""


def delta(endpoint: str, text: str) -> dict[str, Any]:
    """The event that brings a piece of text."""
    for event in EVENTS[endpoint]:
        if "hello" in json.dumps(event) and event.get("type") != "response.completed":
            return dict(json.loads(json.dumps(event).replace("hello", text)))
    raise AssertionError(endpoint)


class Paced(BaseHTTPRequestHandler):
    """Streams tokens that say when they were written, one every EVERY_S."""

    def log_message(self, *args: Any) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        endpoint = self.path.partition("?")[0].rsplit("/", 1)[1]
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        events = EVENTS[endpoint]
        place = events.index(delta(endpoint, "hello"))
        for event in events[:place]:
            self.wfile.write(frame(event).encode())
        time.sleep(LEAD_S)
        for _ in range(PACED_TOKENS):
            self.wfile.write(frame(delta(endpoint, f"{time.monotonic():.6f} ")).encode())
            time.sleep(EVERY_S)
        for event in events[place + 1 :]:
            self.wfile.write(frame(event).encode())
        if endpoint == "completions":
            self.wfile.write(b"data: [DONE]\n\n")


def delays_ms(descriptor: int, mark: str) -> list[float]:
    """How long each token took to get here. `mark` is what stands before its time, as in `"text": "`."""
    delays: list[float] = []
    rest = ""
    while data := os.read(descriptor, 1 << 16):
        now = time.monotonic()
        *whole, rest = (rest + data.decode()).split(" " if not mark else "\n\n")
        for piece in whole:
            text = piece.partition(mark)[2] if mark else piece
            with contextlib.suppress(ValueError):
                delays.append((now - float(text.split()[0] if mark and text else text)) * 1000)
    return delays


def command(endpoint: str, *more: str) -> list[str]:
    return [sys.executable, "-m", "llmcli", "stream", "-n", "-m", f"{endpoint}/sim", *more]


def bare_delays_ms(port: int) -> list[float]:
    """The same of a reader that only reads the socket."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(b"POST /v1/messages HTTP/1.0\r\ncontent-length: 0\r\n\r\n")
        return delays_ms(connection.fileno(), '"text_delta", "text": "')


def our_delays_ms(endpoint: str, home: str) -> list[float]:
    """The same of a reader of our stdout."""
    ours = subprocess.Popen(command(endpoint, "hi"), env=environment(home), cwd=home, stdout=subprocess.PIPE)
    with ours as process:
        assert process.stdout is not None
        found = delays_ms(process.stdout.fileno(), "")
    if process.returncode != 0 or len(found) < PACED_TOKENS - 1:
        raise SystemExit(f"{endpoint}: exit {process.returncode} after {len(found)} tokens")
    return found


def latency(home: str) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Paced)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    write_config(home, server.server_port)
    bare = bare_delays_ms(server.server_port)
    floor = statistics.median(bare)
    print(f"{'latency per token':<20} {'median ms':>10} {'added ms':>9} {'p95 ms':>8} {'first byte ms':>14}")
    print(f"{'bare socket':<20} {floor:10.3f} {'':>9} {quantile(bare, 95):8.3f} {bare[0]:14.3f}")
    for endpoint in EVENTS:
        runs = [our_delays_ms(endpoint, home) for _ in range(RUNS)]
        found = [delay for run in runs for delay in run]
        first = statistics.median(run[0] for run in runs)
        added = statistics.median(found) - floor
        missed = "" if added <= MOST_PER_TOKEN_MS and first <= MOST_FIRST_BYTE_MS else "  MISSED"
        print(f"{endpoint:<20} {added + floor:10.3f} {added:9.3f} {quantile(found, 95):8.3f} {first:14.3f}{missed}")
    server.shutdown()


def quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


def write_config(home: str, port: int) -> None:
    file = Path(home) / "llmcli" / "config.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(CONFIG.format(url=f"http://127.0.0.1:{port}"))


@contextlib.contextmanager
def simulator(home: str) -> Iterator[int]:
    serve = [sys.executable, "-m", "llmcli", "sim", "serve"]
    with subprocess.Popen(serve, env=environment(home), cwd=home, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def drain(endpoint: str, tokens: int, home: str) -> tuple[float, float]:
    """Peak memory in MiB and seconds of `stream | cat > /dev/null`."""
    began = time.monotonic()
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as cat:
        process = subprocess.Popen(
            command(endpoint, "--max-tokens", str(tokens + 16), f"sim:tokens={tokens}"),
            env=environment(home),
            cwd=home,
            stdout=cat.stdin,
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert cat.stdin is not None
        cat.stdin.close()
    if process.returncode != 0:
        raise SystemExit(f"{endpoint}: exit {process.returncode}")
    return usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024), time.monotonic() - began


def memory(home: str, tokens: int) -> None:
    with simulator(home) as port:
        write_config(home, port)
        print(f"{'peak memory':<20} {f'{SHORT:,} MiB':>14} {f'{tokens:,} MiB':>16} {'growth':>8} {'tokens/s':>9}")
        for endpoint in EVENTS:
            short, _ = drain(endpoint, SHORT, home)
            long, took_s = drain(endpoint, tokens, home)
            missed = "" if long - short <= MOST_GROWTH_MIB else "  MISSED"
            print(f"{endpoint:<20} {short:14.1f} {long:16.1f} {long - short:8.1f} {tokens / took_s:9.0f}{missed}")


def main() -> None:
    tokens = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000_000
    with tempfile.TemporaryDirectory() as home:
        latency(home)
        memory(home, tokens)


if __name__ == "__main__":
    main()
