"""`llmcli doctor`: what is wrong, what mends it, and the exit code that a call would have for the same reason."""

from __future__ import annotations

import email.utils
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest

from llmcli.errors import ExitCode
from llmcli.ledger import LEDGER_FILE, Ledger

from ..contract.servers import RawServer, http_answer
from ..helpers import SECRET, Completed, RunLlmcli, Trap, closed_port, ledger_rows
from ..ledgers import Book, ok

CLAUDE = ["doctor", "-m", "claude-haiku-5-5"]


def check(done: Completed, name: str) -> dict[str, Any]:
    """The one check of this name in a JSON report."""
    found: list[dict[str, Any]] = [each for each in done.json["checks"] if each["name"] == name]
    assert len(found) == 1, done.out
    return found[0]


def ask(run: RunLlmcli, server: RawServer, key: str = SECRET) -> Completed:
    """The report on Anthropic's endpoint at `server`."""
    environ = {"ANTHROPIC_API_KEY": key, "LLMCLI_BASE_URL": server.root}
    return run(*CLAUDE, "--json", env={name: value for name, value in environ.items() if value})


def models(date: float | None = None) -> bytes:
    """A list of models, as a server would give it whose clock says `date`."""
    when = email.utils.formatdate(time.time() if date is None else date, usegmt=True)
    return http_answer(200, {"data": []}, {"date": when})


def test_all_is_well(run_here: RunLlmcli) -> None:
    """One line a check, aligned, and nothing on stderr."""
    done = run_here("doctor", "-m", "sim")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert {line.split()[0] for line in lines} == {"ok"}
    names = ["version", "python", "user config", "settings", "model", "key sim", "state directory", "ledger", "prices"]
    assert [name for name in names if any(line[4:].startswith(f"{name}  ") for line in lines)] == names


def test_the_report_for_programs(run_here: RunLlmcli) -> None:
    done = run_here("doctor", "-m", "sim", "--json")
    report = done.json
    assert (report["schema_version"], report["ok"], report["exit_code"], report["error"]) == (1, True, 0, None)
    assert {frozenset(each) for each in report["checks"]} == {
        frozenset(("name", "status", "detail", "fix", "exit_code"))
    }


@pytest.fixture(autouse=True)
def no_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    """As under cron: whether completion is installed on this machine is not the matter of most tests."""
    monkeypatch.setenv("SHELL", "/bin/sh")


@pytest.mark.parametrize(("shell", "status"), [("/bin/zsh", "warn"), ("/bin/sh", "ok"), ("", "ok")])
def test_completion_that_is_not_installed(
    run_here: RunLlmcli, isolated: Path, monkeypatch: pytest.MonkeyPatch, shell: str, status: str
) -> None:
    """A warning, if the user's shell could complete; what mends it does."""
    monkeypatch.setenv("SHELL", shell)
    monkeypatch.setenv("XDG_DATA_HOME", str(isolated))
    monkeypatch.setenv("XDG_DATA_DIRS", str(isolated))
    done = run_here("doctor", "-m", "sim", "--json")
    found = check(done, "completion")
    assert (done.code, found["status"]) == (0, status)
    if status == "warn":
        assert run_here(*found["fix"].split()[1:]).code == 0
        assert check(run_here("doctor", "-m", "sim", "--json"), "completion")["status"] == "ok"


def test_nothing_is_made_by_looking(run_here: RunLlmcli, state_dir: Path) -> None:
    assert run_here("doctor", "-m", "sim").code == 0
    assert list(state_dir.parent.parent.iterdir()) == []


def test_no_key(run_here: RunLlmcli, trap: Trap) -> None:
    """Without a model in the settings, and for the one that is named."""
    done = run_here("doctor", "--json")
    assert (done.code, check(done, "model")["exit_code"]) == (ExitCode.AUTH, 4)
    done = run_here(*CLAUDE, "--json", env={"LLMCLI_BASE_URL": trap.url})
    assert done.code == ExitCode.AUTH
    assert check(done, "key anthropic") == {
        "name": "key anthropic",
        "status": "problem",
        "detail": "no key for anthropic",
        "fix": "export ANTHROPIC_API_KEY=…",
        "exit_code": 4,
    }
    assert done.json["error"]["class"] == "auth"
    assert done.err.startswith("llmcli: no key for anthropic: ")
    assert trap.received == [] or b"uthorization" not in trap.received[0]


def test_keys_of_others_are_told_but_not_needed(run_here: RunLlmcli, user_config: Path) -> None:
    """A key_cmd of theirs is not run."""
    user_config.write_text('[providers.x]\nkey_cmd = "touch ran"\nbase_url = "http://127.0.0.1:1"\n', encoding="utf-8")
    done = run_here("doctor", "-m", "sim", "--json")
    assert done.code == 0
    assert check(done, "key x")["detail"].startswith("from key_cmd, not tried")
    assert check(done, "key openai")["detail"].startswith("none (OPENAI_API_KEY)")
    assert not Path("ran").exists()


def test_the_key_is_never_shown(run_here: RunLlmcli, user_config: Path) -> None:
    """Neither the key nor a header, whoever repeats it."""
    with RawServer(
        http_answer(401, {"type": "error", "error": {"type": "x", "message": f"bad {SECRET} hush"}})
    ) as server:
        user_config.write_text(
            f'base_url = "{server.root}"\n[providers.anthropic.headers]\nx-pass = "hush-hush-hush"\n', encoding="utf-8"
        )
        for arguments in ([], ["--json"], ["-vv"]):
            done = run_here(*CLAUDE, *arguments, env={"ANTHROPIC_API_KEY": SECRET})
            assert done.code == ExitCode.AUTH
            assert SECRET not in done.out + done.err
            assert "hush-hush" not in done.out + done.err
    assert server.received[0].headers["x-pass"] == "hush-hush-hush"


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        (models(), "ok", 0),
        (http_answer(401, {"error": {"type": "authentication_error", "message": "no"}}), "problem", 4),
        (http_answer(403, {"error": {"type": "permission_error", "message": "no"}}), "problem", 4),
        (http_answer(404, {"error": {"type": "not_found_error", "message": "no"}}), "warn", 0),
        (http_answer(429, {"error": {"type": "rate_limit_error", "message": "no"}}), "warn", 0),
        (http_answer(503, {"error": {"type": "api_error", "message": "no"}}), "problem", 6),
        (http_answer(302, b"", {"location": "http://127.0.0.1:1/"}), "problem", 7),
        (http_answer(200, b"<html>Log in to this network</html>", content_type="text/html"), "problem", 6),
        (b"", "problem", 6),
    ],
    ids=["ok", "401", "403", "404", "429", "503", "redirect", "another-page", "dropped"],
)
def test_the_endpoint(run_here: RunLlmcli, answer: bytes, status: str, code: int) -> None:
    """It is asked which models there are, once, with the key; the code is that of a call."""
    with RawServer(answer) as server:
        done = ask(run_here, server)
    found = check(done, "endpoint anthropic")
    assert (found["status"], found["exit_code"] or 0, done.code) == (status, code, code)
    assert (found["fix"] is None) == (status == "ok")
    [request] = server.received
    assert (request.method, request.path) == ("GET", "/v1/models")
    assert request.headers["authorization"] == f"Bearer {SECRET}"


def test_an_endpoint_that_is_not_there(run_here: RunLlmcli) -> None:
    environ = {"ANTHROPIC_API_KEY": SECRET, "LLMCLI_BASE_URL": f"http://127.0.0.1:{closed_port()}"}
    done = run_here(*CLAUDE, "--json", env=environ)
    assert (done.code, check(done, "endpoint anthropic")["exit_code"]) == (ExitCode.UNAVAILABLE, 6)
    assert "connection refused" in done.err


def test_without_a_key_the_endpoint_is_asked_without_one(run_here: RunLlmcli) -> None:
    with RawServer(http_answer(401, {"error": {"type": "authentication_error", "message": "no"}})) as server:
        done = ask(run_here, server, key="")
    assert done.code == ExitCode.AUTH, "for the key that is missing"
    assert check(done, "endpoint anthropic")["status"] == "ok"
    assert "authorization" not in server.received[0].headers


@pytest.mark.parametrize("key", [SECRET, ""])
def test_a_checkout_cannot_have_itself_called(run_here: RunLlmcli, trap: Trap, key: str) -> None:
    """As with a call: exit 3, and what to read and approve."""
    Path("llmcli.toml").write_text(f'[providers.anthropic]\nbase_url = "{trap.url}"\n', encoding="utf-8")
    done = run_here(*CLAUDE, "--json", env={"ANTHROPIC_API_KEY": key} if key else {})
    found = check(done, "key anthropic")
    if key:
        assert (done.code, found["exit_code"]) == (ExitCode.CONFIG, 3)
        assert found["fix"].endswith(f"llmcli config trust {Path('llmcli.toml').resolve()}")
    assert trap.received == []
    assert check(done, "project config")["detail"].endswith(", not trusted")


def test_offline_nothing_is_called(run_here: RunLlmcli, trap: Trap) -> None:
    environ = {"ANTHROPIC_API_KEY": SECRET, "LLMCLI_BASE_URL": trap.url}
    done = run_here(*CLAUDE, "--offline", "--json", env=environ)
    assert (done.code, trap.received) == (0, [])
    assert not [each for each in done.json["checks"] if each["name"].startswith(("endpoint", "clock"))]


@pytest.mark.parametrize(("ahead_s", "says"), [(0, "agrees"), (3600, "behind"), (-3600, "ahead of")])
def test_the_clock(run_here: RunLlmcli, ahead_s: int, says: str) -> None:
    """One that is wrong is a warning."""
    with RawServer(models(time.time() + ahead_s)) as server:
        done = ask(run_here, server)
    found = check(done, "clock")
    assert (found["status"], done.code) == ("warn" if ahead_s else "ok", 0)
    assert says in found["detail"]


@pytest.mark.parametrize(
    ("text", "fix"),
    [("model = ", "${EDITOR:-vi} "), ("no_such = 1", "${EDITOR:-vi} "), ('profile = "x"', "${EDITOR:-vi} ")],
    ids=["no-toml", "unknown-setting", "unknown-profile"],
)
def test_a_broken_configuration(run_here: RunLlmcli, user_config: Path, text: str, fix: str) -> None:
    user_config.write_text(text, encoding="utf-8")
    done = run_here("doctor", "--json")
    found = check(done, "settings")
    assert (done.code, found["status"], found["exit_code"]) == (ExitCode.CONFIG, "problem", 3)
    assert found["fix"].startswith(fix)
    assert done.err.startswith("llmcli: ")


def test_a_slip_in_a_variables_name_is_a_warning(run_here: RunLlmcli) -> None:
    done = run_here("doctor", "-m", "sim", env={"LLMCLI_MODLE": "x"})
    assert (done.code, done.err) == (0, "")
    [line] = [line for line in done.out.splitlines() if line.startswith("warn")]
    assert line.split()[1] == "settings"
    assert line.endswith("; fix: unset LLMCLI_MODLE")


def test_an_unknown_model(run_here: RunLlmcli) -> None:
    done = run_here("doctor", "-m", "claud-haiku", "--json")
    assert (done.code, check(done, "model")["exit_code"]) == (ExitCode.CONFIG, 3)


def test_the_first_cause_is_the_exit_code(run_here: RunLlmcli, state_dir: Path) -> None:
    """As a call would meet them: no key before a damaged ledger, and both are told."""
    damage(state_dir)
    done = run_here(*CLAUDE, "--offline", "--json")
    assert [each["exit_code"] for each in done.json["checks"] if each["exit_code"]] == [4, 2]
    assert done.code == done.json["exit_code"] == ExitCode.AUTH


def damage(state: Path) -> Path:
    """A ledger that is none."""
    state.mkdir(parents=True, mode=0o700)
    ledger = state / LEDGER_FILE
    ledger.write_bytes(b"not a database, but long enough to be taken for one" * 40)
    ledger.chmod(0o600)
    return ledger


@pytest.mark.parametrize(("environ", "code"), [({}, 2), ({"LLMCLI_BUDGET_DAILY_USD": "5"}, 11)])
def test_a_damaged_ledger(run_here: RunLlmcli, state_dir: Path, environ: dict[str, str], code: int) -> None:
    """The code is that of `llmcli cost`, or with a budget that of every call; what mends it does."""
    ledger = damage(state_dir)
    done = run_here("doctor", "-m", "sim", "--json", env=environ)
    found = check(done, "ledger")
    assert (done.code, found["exit_code"]) == (code, code)
    assert run_here(*(["ask", "-m", "sim", "-n", "hi"] if environ else ["cost"]), env=environ).code == code
    verb, source, target = found["fix"].split()
    assert (verb, source) == ("mv", str(ledger))
    Path(source).rename(target)
    assert run_here("doctor", "-m", "sim", env=environ).code == 0


def test_a_ledger_with_a_broken_page(run_here: RunLlmcli, state_dir: Path) -> None:
    """One that can be opened, but not relied on."""
    book = Book(state_dir)
    for number in range(200):
        book.call(1_790_000_000 + number, ok())
    book.close()
    ledger = state_dir / LEDGER_FILE
    with ledger.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096 * 2)
    done = run_here("doctor", "-m", "sim", "--json")
    assert (done.code, check(done, "ledger")["status"]) == (ExitCode.USAGE, "problem")


def test_a_ledger_that_another_holds(run_here: RunLlmcli, state_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It works, but nothing is recorded meanwhile."""
    monkeypatch.setattr("llmcli.ledger.health._LOCK_WAIT_S", 0.05)
    Ledger(state_dir, pytest.fail).charge_lost()
    other = sqlite3.connect(state_dir / LEDGER_FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done = run_here("doctor", "-m", "sim", "--json")
    other.close()
    found = check(done, "ledger")
    assert (done.code, found["status"]) == (0, "warn")
    assert "locked" in found["detail"]
    assert found["fix"] == f"fuser -v {state_dir / LEDGER_FILE}"


def test_a_ledger_that_is_a_link(run_here: RunLlmcli, state_dir: Path) -> None:
    """Calls are not recorded there, either."""
    run_here("ask", "-m", "sim", "-n", "hi")
    ledger = state_dir / LEDGER_FILE
    ledger.rename("elsewhere.db")
    ledger.symlink_to(Path("elsewhere.db").resolve())
    found = check(run_here("doctor", "-m", "sim", "--json"), "ledger")
    assert (found["status"], found["fix"]) == ("warn", f"mv {ledger} {ledger}.damaged")
    assert "not recorded" in run_here("ask", "-m", "sim", "-n", "hi").err


def test_a_ledger_in_use(run_here: RunLlmcli, state_dir: Path) -> None:
    """It is counted, and not changed."""
    run_here("ask", "-m", "sim", "-n", "hi")
    rows = ledger_rows(state_dir)
    done = run_here("doctor", "-m", "sim", "--json")
    assert check(done, "ledger")["detail"].startswith("1 attempts, ")
    assert ledger_rows(state_dir) == rows


@pytest.mark.parametrize(("environ", "code"), [({}, 0), ({"LLMCLI_BUDGET_DAILY_TOKENS": "5000"}, 11)])
def test_a_state_directory_that_cannot_be_written(
    run_here: RunLlmcli, isolated: Path, environ: dict[str, str], code: int
) -> None:
    """Calls are made all the same, unless there is a budget."""
    (isolated / "file").touch()
    done = run_here("doctor", "-m", "sim", "--json", env={"LLMCLI_STATE_DIR": str(isolated / "file"), **environ})
    found = check(done, "state directory")
    assert (done.code, found["status"]) == (code, "problem" if code else "warn")
    assert found["fix"] == "export LLMCLI_STATE_DIR=/DIRECTORY"


def test_what_is_open_to_others(run_here: RunLlmcli, state_dir: Path) -> None:
    run_here("ask", "-m", "sim", "-n", "hi")
    state_dir.chmod(0o755)
    (state_dir / LEDGER_FILE).chmod(0o644)
    done = run_here("doctor", "-m", "sim", "--json")
    assert done.code == 0
    assert check(done, "state directory")["fix"] == f"chmod 700 {state_dir}"
    assert check(done, "ledger")["fix"] == f"chmod 600 {state_dir / LEDGER_FILE}*"


def test_no_home_directory(run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container whose user is in no list."""

    def nobody(uid: int) -> None:
        raise KeyError(uid)

    monkeypatch.setattr("pwd.getpwuid", nobody)
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name)
    done = run_here("doctor", "-m", "sim", "--json")
    assert (done.code, check(done, "settings")["fix"]) == (ExitCode.CONFIG, "set HOME, or LLMCLI_CONFIG")
    here = Path.cwd()
    (here / "c.toml").touch()
    monkeypatch.setenv("LLMCLI_CONFIG", str(here / "c.toml"))
    done = run_here("doctor", "-m", "sim", "--json")
    assert (done.code, check(done, "state directory")["fix"]) == (ExitCode.CONFIG, "set HOME, or LLMCLI_STATE_DIR")
    assert run_here("ask", "-m", "sim", "-n", "hi").code == ExitCode.CONFIG
    monkeypatch.setenv("LLMCLI_STATE_DIR", str(here / "state"))
    assert run_here("doctor", "-m", "sim").code == 0
    assert run_here("ask", "-m", "sim", "-n", "hi").code == 0


def test_a_state_directory_that_moves_with_us(run_here: RunLlmcli) -> None:
    done = run_here("doctor", "-m", "sim", "--json", env={"LLMCLI_STATE_DIR": "state"})
    assert (done.code, check(done, "state directory")["status"]) == (0, "warn")


@pytest.mark.parametrize(("budget", "code"), [("", 0), ("[budget]\nmonthly_usd = 5\n", 11)])
def test_a_model_without_a_price(run_here: RunLlmcli, user_config: Path, budget: str, code: int) -> None:
    user_config.write_text(
        f'model = "x/y"\n{budget}[providers.x]\nkey_env = ""\nbase_url = "http://127.0.0.1:1"\n', encoding="utf-8"
    )
    done = run_here("doctor", "--offline", "--json")
    said = [each for each in done.json["checks"] if each["name"] == "prices"]
    assert (done.code, said[-1]["status"]) == (code, "problem" if code else "warn")
    assert said[-1]["fix"] == 'set input and output in [prices."x/y"]'
