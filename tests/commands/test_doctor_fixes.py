"""What `llmcli doctor` names as the command that mends something does mend it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
from datetime import date
from pathlib import Path

import pytest

from llmcli.app import App
from llmcli.commands.doctor import prices
from llmcli.errors import ExitCode
from llmcli.ledger import LEDGER_FILE
from llmcli.streams import Streams

from ..contract.servers import RawServer, http_answer
from ..hard_places import unreadable
from ..helpers import SECRET, RunLlmcli, closed_port
from .test_doctor import CLAUDE, ask, check

SIM = ("doctor", "-m", "sim", "--json")


@pytest.fixture(autouse=True)
def no_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under cron: completion is the matter of one test only."""
    monkeypatch.setenv("SHELL", "/bin/sh")


def shell(command: str) -> None:
    subprocess.run(["sh", "-c", command], check=True, timeout=10)


def test_a_ledger_that_may_not_be_read_is_not_thrown_away(run_here: RunLlmcli, state_dir: Path) -> None:
    run_here("ask", "-m", "sim", "-n", "hi")
    with unreadable(state_dir / LEDGER_FILE):
        done = run_here(*SIM)
        found = check(done, "ledger")
        assert (done.code, found["status"]) == (ExitCode.USAGE, "problem")
        assert "readable" in done.err
        shell(found["fix"])
        assert check(run_here(*SIM), "ledger")["detail"].startswith("1 attempts")


def test_a_ledger_of_somebody_else_is_taken_back(run_here: RunLlmcli, state_dir: Path) -> None:
    """As after one run under sudo."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    run_here("ask", "-m", "sim", "-n", "hi")
    ledger = state_dir / LEDGER_FILE
    os.chown(ledger, 65534, 65534)
    with unreadable(ledger):
        assert check(run_here(*SIM), "ledger")["fix"] == f"sudo chown {os.geteuid()} {ledger}*"


def test_a_link_to_nowhere_in_the_ledgers_place(run_here: RunLlmcli, state_dir: Path) -> None:
    state_dir.mkdir(parents=True, mode=0o700)
    (state_dir / LEDGER_FILE).symlink_to("nowhere")
    found = check(run_here(*SIM), "ledger")
    assert found["status"] == "warn"
    shell(found["fix"])
    assert check(run_here(*SIM), "ledger")["detail"] == "none yet"


def test_a_file_of_settings_that_may_not_be_read(run_here: RunLlmcli, isolated: Path) -> None:
    dotenv = isolated / ".env"
    dotenv.write_text("LLMCLI_RETRIES=1\n")
    with unreadable(dotenv):
        found = check(run_here(*SIM), "settings")
        assert found["status"] == "problem"
        shell(found["fix"])
        assert run_here(*SIM).code == 0


@pytest.mark.parametrize("key", ["a\nb", "schlüssel"])
def test_a_key_that_is_none_is_reported_like_all_else(run_here: RunLlmcli, key: str) -> None:
    """Also where nobody knows whose base_url it is."""
    base = f"http://127.0.0.1:{closed_port()}"
    done = run_here("doctor", "--json", env={"ANTHROPIC_API_KEY": key, "LLMCLI_BASE_URL": base})
    assert (done.code, check(done, "model")["exit_code"]) == (ExitCode.AUTH, 4)


@pytest.mark.parametrize("text", [None, "", b"\xff\xfe\xff"])
def test_a_key_file_without_a_key(run_here: RunLlmcli, user_config: Path, isolated: Path, text: str | None) -> None:
    """A call says what to do next, and so does doctor."""
    user_config.write_text('[providers.anthropic]\nkey_file = "the-key"\n', encoding="utf-8")
    if text is not None:
        (user_config.parent / "the-key").write_bytes(text.encode() if isinstance(text, str) else text)
    assert "ANTHROPIC_API_KEY" in check(run_here(*CLAUDE, "--offline", "--json"), "key anthropic")["fix"]
    assert run_here("ask", "-m", "claude-haiku-5-5", "-n", "hi").err.endswith("set ANTHROPIC_API_KEY\n")


def test_an_outage_is_not_mended_by_another_base_url(run_here: RunLlmcli) -> None:
    with RawServer(http_answer(500, {"error": {"type": "api_error", "message": "no"}})) as server:
        assert "try later" in check(ask(run_here, server, SECRET), "endpoint anthropic")["fix"]


def test_an_unknown_profile_of_the_environment(run_here: RunLlmcli) -> None:
    found = check(run_here("doctor", "--json", env={"LLMCLI_PROFILE": "x"}), "settings")
    assert found["detail"] == 'unknown profile "x" (LLMCLI_PROFILE): known: none'
    assert found["fix"] == "unset LLMCLI_PROFILE"


def test_completion_of_another_version(run_here: RunLlmcli, isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/bin/zsh")
    monkeypatch.setenv("XDG_DATA_HOME", str(isolated))
    place = isolated / "zsh" / "site-functions" / "_llmcli"
    place.parent.mkdir(parents=True)
    place.write_text("#compdef llmcli\n")
    done = run_here(*SIM)
    found = check(done, "completion")
    assert (done.code, found["status"]) == (0, "warn")
    assert str(place) in found["detail"]
    assert run_here(*found["fix"].split()[1:]).code == 0
    assert check(run_here(*SIM), "completion")["status"] == "ok"


@pytest.mark.parametrize(("pip", "how"), [(True, " -m pip install"), (False, "uv pip install --python ")])
def test_old_prices_where_there_is_no_pip(isolated: Path, monkeypatch: pytest.MonkeyPatch, pip: bool, how: str) -> None:
    """As in an environment that uv has made."""
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name, *rest: find("json" if pip else "no_such_module"))
    [found] = prices.checks(App(Streams.of_process()), [], date(2031, 1, 1))
    assert found.fix is not None
    assert how in found.fix
