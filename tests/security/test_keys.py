"""Keys are in no error, log, traceback, shown request or process that has no need of them."""

from __future__ import annotations

import json
import logging
import re
import subprocess
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import llmcli
from llmcli.config import load
from llmcli.config.keys import find_key, secrets_besides
from llmcli.errors import AuthError
from llmcli.sim.server import ServerOptions
from llmcli.tools.environ import tool_environment

from ..contract.servers import RawServer, http_answer
from ..helpers import SECRET, RunLlmcli

KEYS = {"ANTHROPIC_API_KEY": SECRET, "OPENAI_API_KEY": SECRET}
MODELS = {"claude-haiku-5-5": "", "gpt-6-luna": "/v1"}
ASK = ("ask", "-n", "hi", "--retries", "0")
LOGIN = "hunter2-and-more"


@pytest.mark.parametrize("model", MODELS)
def test_a_header_of_the_sdks_own_variables_is_masked_like_a_key(
    model: str, isolated: Path, run_here: RunLlmcli
) -> None:
    variable = "ANTHROPIC_CUSTOM_HEADERS" if "claude" in model else "OPENAI_CUSTOM_HEADERS"
    env = KEYS | {variable: f"X-One: {LOGIN}\nX-Two: {LOGIN}-2"}
    body = {"type": "error", "error": {"type": "x", "message": f"what are {LOGIN} and {LOGIN}-2?"}}
    with RawServer(http_answer(400, body)) as server:
        at = ("-m", model, "--base-url", server.root + MODELS[model])
        failed = run_here(*ASK, *at, "--json", "-vv", env=env)
        shown = run_here(*ASK, *at, "--print-request", "json", env=env)
        curl = run_here(*ASK, *at, "--print-request", "curl", env=env)
    assert server.received[0].headers["x-one"] == LOGIN
    assert failed.json["error"]["message"].endswith("what are *** and ***?")
    for done in (failed, shown, curl):
        assert LOGIN not in done.out + done.err
    assert shown.json["headers"]["x-one"] == "***"


def test_a_configured_header_is_not_shown_in_a_request_whatever_its_name(
    user_config: Path, run_here: RunLlmcli
) -> None:
    user_config.write_text(f'[providers.anthropic]\nheaders = {{ X-Gateway = "{SECRET}" }}\n')
    for form in ("json", "curl"):
        done = run_here(*ASK, "-m", "claude-haiku-5-5", "--print-request", form)
        assert done.code == 0
        assert "x-gateway" in done.out.lower()
        assert SECRET not in done.out


INJECTIONS = {
    "value": '{ Authorization-X = "`touch ran`key-not-set" }',
    "value-2": '{ authorization = "`touch ran`key-not-set" }',
    "dollar": '{ X-Y = "$(touch ran)key-not-set" }',
    "quote": "{ X-Y = 'a\"; touch ran; \"key-not-set' }",
    "name": '{ "x`touch${IFS}ran`" = "key-not-set" }',
    "name-2": '{ "x`touch$IFS\'ran\'`" = "key-not-set" }',
    "newline": '{ X-Y = "key-not-set\\ntouch ran" }',
}


@pytest.mark.parametrize("kind", INJECTIONS)
def test_a_shown_curl_command_runs_curl_and_nothing_else(kind: str, isolated: Path, run_here: RunLlmcli) -> None:
    """Although a checkout may have configured the headers."""
    (isolated / "llmcli.toml").write_text(
        f'[providers.x]\nbase_url = "http://127.0.0.1:9"\nheaders = {INJECTIONS[kind]}\n'
    )
    (isolated / "bin").mkdir()
    for name in ("curl", "touch"):
        (isolated / "bin" / name).write_text("#!/bin/sh\n: > " + ("ran" if name == "touch" else "sent") + "\n")
        (isolated / "bin" / name).chmod(0o755)
    done = run_here(*ASK, "-m", "x/`touch ran`$(touch ran)'\"", "--print-request", "curl")
    subprocess.run(["/bin/sh", "-c", done.out], env={"PATH": str(isolated / "bin")}, cwd=isolated, timeout=10)
    assert not (isolated / "ran").exists()
    assert (isolated / "sent").exists() == (done.code == 0)


@pytest.mark.parametrize("name", ["x`touch ran`", "$(touch ran)", "a b", "x-1.y", "\u00e9", 'q"; touch ran; "'])
def test_nor_does_a_providers_name_put_more_into_it(name: str, isolated: Path, run_here: RunLlmcli) -> None:
    """Its key is looked for under a name that a variable can have."""
    table = json.dumps(name, ensure_ascii=False)
    (isolated / "llmcli.toml").write_text(f'[providers.{table}]\nbase_url = "http://127.0.0.1:9"\n', encoding="utf-8")
    done = run_here(*ASK, "-m", f"{name}/y", "--print-request", "curl")
    assert done.code == 0, done.err
    assert re.search(r'"authorization: Bearer \$\{[A-Z0-9_]+_API_KEY\}"', done.out)


@pytest.mark.parametrize("where", ["user", "project", "flag", "env"])
def test_a_login_in_a_base_url_is_refused_and_not_shown(
    where: str, isolated: Path, user_config: Path, run_here: RunLlmcli
) -> None:
    """It would be shown wherever the address is."""
    url = f"https://user:{LOGIN}@gateway.example/v1"
    flags, env = [], {}
    if where in ("user", "project"):
        file = user_config if where == "user" else isolated / "llmcli.toml"
        file.write_text(f'[providers.x]\nbase_url = "{url}"\nkey_env = ""\n')
    elif where == "flag":
        user_config.write_text("[providers.x]\nrpm = 60\n")
        flags = ["--base-url", url]
    else:
        user_config.write_text("[providers.x]\nrpm = 60\n")
        env = {"LLMCLI_BASE_URL": url}
    for command in ((*ASK, "-m", "x/y", *flags, "--json"), ("config", "show", "--origin")):
        done = run_here(*command, env=env)
        assert LOGIN not in done.out + done.err
        assert done.code == (3 if command[0] == "ask" else 0)
        assert "***@gateway.example" in done.out or where == "flag"


def test_the_login_of_a_file_by_url_goes_to_its_server_only(isolated: Path, run_here: RunLlmcli) -> None:
    with RawServer(http_answer(200, b"sim:echo read", content_type="text/plain")) as server:
        url = f"http://user:{LOGIN}@127.0.0.1:{server.port}/f"
        shown = run_here("ask", "-n", "-m", "claude-haiku-5-5", "hi", "-f", url, "--print-request", "json")
    assert server.received[-1].headers["authorization"].startswith("Basic ")
    assert f'<file name=\\"http://***@127.0.0.1:{server.port}/f\\">' in shown.out
    assert LOGIN not in shown.out + run_here("ask", "-n", "-m", "sim", "hi", "-f", url).err


@pytest.fixture
def refusing_proxy() -> Iterator[int]:
    with RawServer(http_answer(407, b"no")) as server:
        yield server.port


@pytest.mark.parametrize(
    ("proxy", "command"),
    [
        ("socks9://user:{}@x", "ask"),
        ("ht!tp://user:{}@x", "ask"),
        ("ht!tp://user:{}@x", "batch"),
        ("ht!tp://user:{}@x", "file"),
        ("user:{}@127.0.0.1:{}", "ask"),
        ("user:{}@127.0.0.1:{}", "batch"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_told_without_its_password(
    proxy: str, command: str, isolated: Path, run_here: RunLlmcli, refusing_proxy: int
) -> None:
    (isolated / "in.jsonl").write_text('{"prompt": "hi"}\n')
    given = {
        "ask": ASK,
        "batch": ("batch", "in.jsonl", "--progress", "none", "--retries", "0"),
        "file": (*ASK, "-f", "https://files.example/x"),
    }[command]
    url = proxy.format(LOGIN, refusing_proxy)
    env = KEYS | {"HTTPS_PROXY": url, "https_proxy": url, "HTTP_PROXY": url, "NO_PROXY": "", "no_proxy": ""}
    done = run_here(*given, "-m", "claude-haiku-5-5", "--base-url", "https://gateway.example", "-vv", env=env)
    assert done.code in (2, 3, 6, 12), done.err
    assert LOGIN not in done.out + done.err


@pytest.mark.parametrize("model", MODELS)
def test_the_sdks_own_logs_hold_no_key(
    model: str, user_config: Path, run_here: RunLlmcli, caplog: pytest.LogCaptureFixture
) -> None:
    """As ANTHROPIC_LOG=debug turns them on."""
    sdk = "anthropic" if "claude" in model else "openai"
    user_config.write_text(f'[providers.{sdk}]\nheaders = {{ X-Gateway = "{SECRET}" }}\n')
    for logger in (sdk, "httpx2"):
        caplog.set_level(logging.DEBUG, logger)
    with RawServer(http_answer(400, {"error": {"type": "x", "message": "no"}})) as server:
        run_here(*ASK, "-m", model, "--base-url", server.root + MODELS[model], env=KEYS)
    assert "DEBUG" in caplog.text
    assert SECRET not in caplog.text


def test_an_unexpected_error_is_masked_in_the_envelope_too(
    isolated: Path, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError(f"illegal header value b'{SECRET}'")

    monkeypatch.setattr("llmcli.complete.Caller.send", fail)
    done = run_here(*ASK, "-m", "claude-haiku-5-5", "--json", "-vv", env=KEYS)
    assert done.code == 1
    assert done.json["error"]["message"].endswith("illegal header value b'***'")
    assert SECRET not in done.out + done.err


def test_a_key_command_that_hangs_is_told_without_its_words(user_config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmcli.config.keys.KEY_CMD_TIMEOUT_S", 0.05)
    user_config.write_text(f"[providers.x]\nkey_cmd = \"sh -c 'sleep 5' {SECRET}\"\n")
    with pytest.raises(AuthError, match="did not end within") as caught:
        find_key(load(), "x")
    assert SECRET not in caught.value.line()
    assert caught.value.__suppress_context__


def test_what_a_key_command_says_besides_is_not_passed_on(
    user_config: Path, run_here: RunLlmcli, capfd: pytest.CaptureFixture[str]
) -> None:
    user_config.write_text(f"[providers.x]\nbase_url = 'http://127.0.0.1:9'\nkey_cmd = \"sh -c 'echo {SECRET} >&2'\"\n")
    done = run_here(*ASK, "-m", "x/y", "-vv")
    assert done.code == 4
    assert SECRET not in done.out + done.err + "".join(capfd.readouterr())


def test_no_option_takes_a_key(run_here: RunLlmcli, capsys: pytest.CaptureFixture[str]) -> None:
    """It would stand in the list of processes. The key of `sim serve` is none, and extract's --key names a field."""
    for command in ("ask", "stream", "chat", "extract", "count-tokens", "models", "batch", "cost report"):
        assert run_here(*command.split(), "--help").code == 0
    found = set(re.findall(r"--[a-z-]*(?:key|secret|password)[a-z-]*", capsys.readouterr().out))
    assert found == {"--key"}


def test_tools_and_their_modules_see_no_key_of_ours(isolated: Path) -> None:
    ours = {
        "ANTHROPIC_API_KEY", "OPENAI_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_CUSTOM_HEADERS", "OPENAI_ADMIN_KEY",
        "OPENAI_CUSTOM_HEADERS", "ANTHROPIC_WEBHOOK_SIGNING_KEY", "OPENAI_WEBHOOK_SECRET", "MY_GATEWAY_KEY",
    }  # fmt: skip
    kept = {"PATH": "/bin", "HOME": "/root", "WEATHER_API_KEY": "the tool's own"}
    seen = tool_environment({**kept, **dict.fromkeys(ours, SECRET)}, ["MY_GATEWAY_KEY"])
    assert seen == kept


def test_what_others_send_besides_is_known(isolated: Path) -> None:
    environ = {"ANTHROPIC_CUSTOM_HEADERS": "A: one:two \nnonsense\nB:three", "HTTP_PROXY": "", "no_proxy": "u:p@x"}
    proxies = (
        "http://host:1/x",
        "user:four@host:1",
        "http://user:fi:ve@host",
        "http://user@host",
        "//:six@",
        "ht!tp://u:7@x",
    )
    found = [secrets_besides(load(environ={**environ, "https_proxy": proxy})) for proxy in proxies]
    headers = ("one:two", "three")
    assert found == [headers, (*headers, "four"), (*headers, "fi:ve"), headers, (*headers, "six"), (*headers, "7")]


def test_the_simulators_log_has_no_header(tmp_path: Path) -> None:
    """Its log is the one place that keeps requests."""
    import asyncio

    from aiohttp.test_utils import TestClient, TestServer

    from llmcli.sim.server import build_app

    log = tmp_path / "log.jsonl"

    async def call() -> None:
        async with TestClient(TestServer(build_app(ServerOptions(log=log)))) as client:
            for headers in ({"Authorization": f"Bearer {SECRET}"}, {"x-api-key": SECRET, "X-Gateway": SECRET}):
                body = {"model": "claude-haiku-5-5", "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
                await client.post(f"/v1/messages?key={SECRET}", json=body, headers=headers)

    asyncio.run(call())
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert [entry["path"] for entry in entries] == ["/v1/messages"] * 2
    assert SECRET not in log.read_text()


def test_the_process_list_shows_no_key(isolated: Path, run_llmcli: RunLlmcli) -> None:
    """Neither our arguments, which everybody sees, nor the environment of what we start."""
    look = "{ ps -o args= -p $PPID || tr '\\0' ' ' < /proc/$PPID/cmdline; env; } > seen"
    tool = {"name": "look", "description": "d", "input_schema": {"type": "object"}, "command": ["sh", "-c", look]}
    (isolated / "tool.json").write_text(json.dumps(tool))
    (isolated / ".env").write_text(f"OPENAI_API_KEY={SECRET}\n")
    env = {"ANTHROPIC_API_KEY": SECRET}
    done = run_llmcli("ask", "-n", "-m", "sim", 'sim:call=look{"a": 1}', "--tool", "tool.json", "--yes", env=env)
    assert done.code == 0, done.err
    seen = (isolated / "seen").read_text()
    assert "llmcli" in seen
    assert "PATH=" in seen
    assert SECRET not in seen


@pytest.mark.parametrize("model", MODELS)
def test_a_program_that_uses_us_shows_no_key_in_a_traceback(
    model: str, isolated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Although the SDK's error, from which ours comes, has what the server said."""
    monkeypatch.setenv("ANTHROPIC_API_KEY" if "claude" in model else "OPENAI_API_KEY", SECRET)
    body = {"type": "error", "error": {"type": "x", "message": f"Incorrect API key provided: {SECRET}"}}
    with RawServer(http_answer(401, body)) as server, pytest.raises(AuthError) as caught:
        llmcli.ask("hi", model=model, base_url=server.root + MODELS[model])
    shown = "".join(traceback.format_exception(caught.value))
    assert "rejected the key" in shown
    assert SECRET not in shown + repr(caught.value)
