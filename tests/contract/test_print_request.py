"""`--print-request` shows what would be sent, byte for byte but for the key, and sends nothing."""

from __future__ import annotations

import json
import os
import subprocess

import pytest

from llmcli.errors import ExitCode

from .bench import Bench, check_stderr
from .faults import WHOLE
from .servers import RawServer, Received, Sim, http_answer
from .vendors import KEY, Vendor

# Each is a command line that says more than a prompt; the last has what a shell must not touch.
COMMAND_LINES = {
    "plain": (),
    "system": ("-s", "Be brief.", "--max-tokens", "77"),
    "sampling": ("--temperature", "0.5", "--top-p", "0.9"),
    "user": ("--user-id", "user-7"),
    "quotes": ("-s", """it's "quoted" $HOME `id` \\ é 漢字 \u2028 %s"""),
}
every_command_line = pytest.mark.parametrize("flags", COMMAND_LINES.values(), ids=COMMAND_LINES.keys())


def received_from(bench: Bench, command: str, vendor: Vendor, *flags: str) -> Received:
    """What a server gets from the same command line without `--print-request`."""
    with RawServer(http_answer(400, {"error": {"type": "x", "message": "no"}})) as server:
        bench.point(vendor, server.root)
        check_stderr(bench.run(command, vendor, "the prompt", *flags), ExitCode.REJECTED)
    [received] = server.received
    return received


@every_command_line
def test_json_is_what_is_sent(bench: Bench, vendor: Vendor, command: str, flags: tuple[str, ...]) -> None:
    """Method, address, every header and the body are those that a server receives; only the key is masked."""
    real = received_from(bench, command, vendor, *flags)
    done = bench.run(command, vendor, "the prompt", "--print-request", "json", *flags)
    check_stderr(done, ExitCode.OK)
    shown = json.loads(done.out)
    assert list(shown) == ["method", "url", "headers", "body"]
    assert shown["method"] == real.method
    assert shown["url"] == f"http://{real.headers['host']}{real.path}"
    assert shown["body"] == real.json
    assert real.headers["authorization"] == f"Bearer {KEY}"
    masked = {name: value.replace(KEY, "***") for name, value in real.headers.items()}
    assert {name.lower(): value for name, value in shown["headers"].items()} == masked


def test_nothing_is_sent(bench: Bench, sim: Sim, vendor: Vendor, command: str) -> None:
    """Neither a server nor the ledger hears of it, and no key is needed."""
    with RawServer(b"") as server:
        bench.point(vendor, server.root)
        for form in ("json", "curl"):
            done = bench.run(command, vendor, "x", "--print-request", form, env={vendor.key_variable: ""})
            check_stderr(done, ExitCode.OK)
    assert server.received == []
    assert bench.rows() == []


def run_in_shell(bench: Bench, text: str, vendor: Vendor) -> str:
    environ = {**os.environ, vendor.key_variable: KEY}
    done = subprocess.run(["sh", "-c", text], capture_output=True, cwd=bench.work, timeout=10, env=environ)
    assert done.returncode == 0, done.stderr
    return done.stdout.decode()


@every_command_line
def test_curl_sends_the_same(bench: Bench, vendor: Vendor, command: str, flags: tuple[str, ...]) -> None:
    """The printed command, run by a shell, sends the same body and headers, with the key from the environment."""
    real = received_from(bench, command, vendor, *flags)
    with RawServer(http_answer(200, {})) as server:
        bench.point(vendor, server.root)
        done = bench.run(command, vendor, "the prompt", "--print-request", "curl", *flags)
        check_stderr(done, ExitCode.OK)
        run_in_shell(bench, done.out, vendor)
    [received] = server.received
    assert (received.method, received.path, received.json) == (real.method, real.path, real.json)
    same = {"authorization", "content-type", "anthropic-version", "anthropic-beta"} & real.headers.keys()
    assert {"authorization", "content-type"} <= same
    assert {name: received.headers.get(name) for name in same} == {name: real.headers[name] for name in same}


def test_curl_is_answered(bench: Bench, vendor: Vendor, command: str) -> None:
    """The printed command works as it is: the simulator, which is as strict as the real servers, answers it."""
    done = bench.run(command, vendor, f"sim:echo {WHOLE}", "--print-request", "curl")
    answer = run_in_shell(bench, done.out, vendor)
    if command == "ask":
        assert WHOLE in answer
        assert json.loads(answer)["usage"]
    else:
        assert "data: " in answer
        assert all(word in answer for word in WHOLE.split())


def test_secret_headers_are_masked(bench: Bench, vendor: Vendor, command: str) -> None:
    """A configured header that is named like a secret is shown as ***, in both forms."""
    extra = 'headers = { "X-Gateway-Token" = "gateway-0123456789", "X-Team" = "blue" }\n'
    bench.point(vendor, "http://127.0.0.1:9", extra)
    for form in ("json", "curl"):
        done = bench.run(command, vendor, "x", "--print-request", form)
        check_stderr(done, ExitCode.OK)
        assert "gateway-0123456789" not in done.out
        assert "***" in done.out
        assert "blue" in done.out
