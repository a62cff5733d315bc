"""A stream that ends without its terminal event is truncated, and nobody has counted its tokens."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from ..helpers import RunLlmcli

USAGE = {"input_tokens": 7, "output_tokens": 1}
MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-haiku-5-5", "content": []}
START = {"type": "message_start", "message": MESSAGE | {"stop_reason": None, "stop_sequence": None, "usage": USAGE}}
BLOCK = {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "x" * 400}}


class EarlyClose(BaseHTTPRequestHandler):
    """Anthropic's stream up to the first piece, then a clean end."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for event in (START, BLOCK, DELTA):
            self.wfile.write(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), EarlyClose) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_the_first_count_of_anthropics_stream_does_not_pass_for_the_whole(url: str, run_here: RunLlmcli) -> None:
    """`message_start` says 1 output token; 400 characters are more than that."""
    done = run_here(
        *("stream", "-n", "-m", "claude-haiku-5-5", "hi", "--base-url", url, "--json"),
        env={"ANTHROPIC_API_KEY": "sk-0123456789"},
    )
    assert done.code == 9
    result = json.loads(done.out.splitlines()[-1])
    assert (result["truncated"], result["cost"]["basis"]) == (True, "estimated")
    assert (result["usage"]["input_tokens"], result["usage"]["output_tokens"]) == (7, 100)
