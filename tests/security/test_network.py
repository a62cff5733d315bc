"""Where a request goes: to the server that was named, if it proves who it is, and nowhere else.

server.pem is a certificate for 127.0.0.1 that nobody but these tests trusts, with its key.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..contract.servers import RawServer, http_answer
from ..helpers import SECRET, RunLlmcli, Trap

CERTIFICATE = Path(__file__).with_name("server.pem")
KEYS = {"ANTHROPIC_API_KEY": SECRET, "OPENAI_API_KEY": SECRET, "NO_PROXY": "*"}
MODELS = {"claude-haiku-5-5": "", "gpt-6-luna": "/v1"}
COMMANDS = {
    "ask": ("ask", "-n", "hi"),
    "count-tokens": ("count-tokens", "-n", "hi", "--exact"),
    "batch": ("batch", "in.jsonl", "--progress", "none"),
}
REFUSAL = http_answer(400, {"type": "error", "error": {"type": "x", "message": "no"}})


class TlsServer:
    """Answers 400 over TLS and keeps what it was sent; a handshake that fails leaves nothing."""

    def __init__(self) -> None:
        self.received: list[bytes] = []
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(CERTIFICATE)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://127.0.0.1:{self._socket.getsockname()[1]}"

    @classmethod
    @contextlib.contextmanager
    def running(cls) -> Iterator[TlsServer]:
        server = cls()
        thread = threading.Thread(target=server._serve, daemon=True)
        thread.start()
        yield server
        socket.create_connection(server._socket.getsockname()).close()
        thread.join(5)
        server._socket.close()

    def _serve(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            with connection:
                if not connection.recv(1, socket.MSG_PEEK):
                    return  # the end has knocked
                with contextlib.suppress(OSError), self._context.wrap_socket(connection, server_side=True) as secure:
                    request = secure.recv(1 << 16)
                    while not request.rstrip().endswith(b"}"):  # its body is JSON
                        request += secure.recv(1 << 16)
                    self.received.append(request)
                    secure.sendall(REFUSAL)


@pytest.fixture
def tls_server() -> Iterator[TlsServer]:
    with TlsServer.running() as server:
        yield server


@pytest.fixture(autouse=True)
def rows(isolated: Path) -> None:
    (isolated / "in.jsonl").write_text('{"prompt": "hi"}\n')


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("command", ["ask", "batch"])
def test_a_server_that_does_not_prove_who_it_is_gets_nothing(
    command: str, model: str, tls_server: TlsServer, run_here: RunLlmcli
) -> None:
    """Nothing in the environment turns that off; a certificate of one's own can be added to it."""
    at = (*COMMANDS[command], "-m", model, "--base-url", tls_server.url + MODELS[model], "--retries", "0")
    env = KEYS | {"PYTHONHTTPSVERIFY": "0", "CURL_INSECURE": "1"}
    refused = run_here(*at, env=env)
    assert refused.code == (6 if command == "ask" else 12)
    assert "its certificate cannot be verified" in (refused.err if command == "ask" else refused.out)
    assert tls_server.received == []

    assert run_here(*at, env=KEYS | {"SSL_CERT_FILE": str(CERTIFICATE)}).code == (7 if command == "ask" else 12)
    [request] = tls_server.received
    assert SECRET.encode() in request


def test_nor_is_a_file_read_from_one(tls_server: TlsServer, run_here: RunLlmcli) -> None:
    done = run_here("ask", "-n", "hi", "-m", "sim", "-f", f"{tls_server.url}/x")
    assert done.code == 2
    assert "certificate" in done.err.lower()
    assert tls_server.received == []


@pytest.mark.parametrize("status", [302, 307])
@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("command", ["count-tokens", "batch"])
def test_a_redirect_carries_neither_key_nor_prompt_anywhere(
    command: str, model: str, status: int, trap: Trap, run_here: RunLlmcli
) -> None:
    """Not to another port, which is another server; tests/contract has ask and stream."""
    with RawServer(http_answer(status, b"", {"location": f"{trap.url}/v1/messages"})) as server:
        at = ("-m", model, "--base-url", server.root + MODELS[model], "--retries", "0")
        done = run_here(*COMMANDS[command], *at, env=KEYS)
    assert done.code not in (0, 1)
    assert len(server.received) >= 1
    assert trap.received == []


OF_SDKS = {
    "ANTHROPIC_CUSTOM_HEADERS": "X-Gateway-Token: for-anthropic",
    "OPENAI_CUSTOM_HEADERS": "X-Gateway-Token: for-openai\nOpenAI-Beta: x",
    "OPENAI_ORG_ID": "org-of-mine",
    "OPENAI_PROJECT_ID": "project-of-mine",
}


@pytest.mark.parametrize("kind", ["anthropic", "openai"])
@pytest.mark.parametrize("command", ["ask", "batch", "shown"])
def test_what_the_sdks_take_from_the_environment_goes_to_their_vendors_only(
    command: str, kind: str, user_config: Path, run_here: RunLlmcli
) -> None:
    """Tokens and names of accounts are not for whoever else speaks the same protocol; --header still is."""
    own = {"anthropic": "claude-haiku-5-5", "openai": "gpt-6-luna"}[kind]
    given = (*COMMANDS["ask" if command == "shown" else command], "--retries", "0", "--header", "OpenAI-Beta=mine")
    more = ("--print-request", "json") if command == "shown" else ()
    with RawServer(REFUSAL) as server:
        user_config.write_text(f'[providers.other]\nkind = "{kind}"\nbase_url = "{server.root}"\nkey_env = ""\n')
        seen = []
        for model, at in (("other/x", ()), (own, ("--base-url", server.root))):
            done = run_here(*given, "-m", model, *at, *more, env=KEYS | OF_SDKS)
            seen.append(done.json["headers"] if more else server.received[-1].headers)
    others, vendors = seen
    assert not {"x-gateway-token", "openai-organization", "openai-project"} & others.keys()
    assert "x-gateway-token" in vendors
    assert ("openai-organization" in vendors) == (kind == "openai")
    assert others["openai-beta"] == vendors["openai-beta"] == "mine"


def test_a_file_by_url_is_asked_for_without_any_key(run_here: RunLlmcli) -> None:
    with RawServer(http_answer(200, b"words", content_type="text/plain")) as server:
        assert run_here("ask", "-n", "hi", "-m", "sim", "-f", f"{server.root}/x", env=KEYS).code == 0
    [request] = server.received
    assert not {"authorization", "x-api-key", "cookie"} & request.headers.keys()
    assert SECRET not in str(request.headers)


def test_its_login_goes_to_no_other_server(trap: Trap, run_here: RunLlmcli) -> None:
    with RawServer(http_answer(302, b"", {"location": f"{trap.url}/y"})) as server:
        url = f"http://user:{SECRET}@127.0.0.1:{server.port}/x"
        assert run_here("ask", "-n", "hi", "-m", "sim", "-f", url).code == 2
    assert server.received[0].headers["authorization"].startswith("Basic ")
    [request] = trap.received
    assert b"authorization" not in request.lower()


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1/", "data:,x"])
def test_a_redirect_to_what_is_no_web_address_is_refused(target: str, run_here: RunLlmcli) -> None:
    with RawServer(http_answer(302, b"", {"location": target})) as server:
        done = run_here("ask", "-n", "hi", "-m", "sim", "-f", f"{server.root}/x")
    assert (done.code, done.out) == (2, "")
    assert "cannot read" in done.err


@pytest.mark.parametrize("source", ["file:///etc/passwd", "ftp://127.0.0.1/x", "HTTP://127.0.0.1:9/x"])
def test_no_other_address_is_one(source: str, run_here: RunLlmcli) -> None:
    """It is the name of a file, which is not there."""
    done = run_here("ask", "-n", "hi", "-m", "sim", "-f", source)
    assert done.code == 2
    assert "No such file" in done.err


def test_a_row_of_a_batch_has_nothing_fetched_or_read(isolated: Path, trap: Trap, run_here: RunLlmcli) -> None:
    """The command line names files; a row is data. An image's address goes to the provider as it is."""
    secret = isolated / "secret"
    secret.write_text(SECRET)
    image = {"type": "image_url", "image_url": {"url": f"{trap.url}/x.png"}}
    texts = [f"@{secret}", f"file://{secret}", trap.url, f"{{{secret}}}"]
    rows: list[object] = [{"prompt": text, "system": f"@{secret}"} for text in texts]
    rows.append({"messages": [{"role": "user", "content": [image, {"type": "text", "text": "sim:echo x"}]}]})
    (isolated / "in.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    done = run_here("batch", "in.jsonl", "-m", "sim", "--progress", "none", "-o", "out.jsonl")
    assert done.code == 0, done.err
    assert trap.received == []
    assert SECRET not in (isolated / "out.jsonl").read_text()

    (isolated / "in.jsonl").write_text(json.dumps({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": f"file://{secret}"}}
    ]}]}))  # fmt: skip
    assert run_here("batch", "in.jsonl", "-m", "sim", "-o", "no.jsonl").code == 2


def test_a_setting_of_a_checkout_reads_no_file(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "secret").write_text(SECRET)
    (isolated / "llmcli.toml").write_text('system = "@secret"\n')
    done = run_here("ask", "-n", "hi", "-m", "sim")
    assert done.code == 0
    assert 'system: "@secret"' in done.out
