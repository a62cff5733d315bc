"""State files are for their owner alone, whatever the umask, and are not written through links."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from llmcli.chat.sessions import SessionStore
from llmcli.errors import UsageError
from llmcli.extract.memory import Memory
from llmcli.files import private_directory

from ..contract.servers import RawServer, http_answer
from ..helpers import SECRET, RunLlmcli


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


def modes_below(folder: Path) -> dict[str, int]:
    """The permissions of everything in `folder`, by its path from there."""
    return {str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode) for path in folder.rglob("*")}


@pytest.mark.parametrize("mask", [0o000, 0o022, 0o077, 0o777], ids=oct)
def test_what_is_kept_is_for_its_owner_alone_whatever_the_umask(mask: int, isolated: Path, run_here: RunLlmcli) -> None:
    home = isolated.parent / "home"
    (isolated / "in.jsonl").write_text('{"prompt": "hi"}\n')
    (isolated / "llmcli.toml").write_text('model = "sim"\n')
    with umask(mask):
        env = {"LLMCLI_USAGE_LOG": str(home / "usage.jsonl")}
        runs = [
            run_here("ask", "-n", "hi", env=env),
            run_here("chat", "--session", "talk", "-n", "hi"),
            run_here("batch", "in.jsonl", "-o", str(home / "out.jsonl"), "--progress", "none"),
            run_here("config", "init"),
            run_here("config", "trust"),
        ]
        Memory(home / "state" / "llmcli").keep("key", "tool")
    assert [each.code for each in runs] == [0] * 5, [each.err for each in runs]
    found = modes_below(home)
    for name in ("ledger.db", "ledger.lock", "sessions/talk.json", "sessions/talk.lock", "extract_modes.json"):
        assert found[f"state/llmcli/{name}"] == 0o600
    for name in ("config/llmcli/config.toml", "config/llmcli/trusted.json", "out.jsonl.journal"):
        assert found[name] == 0o600
    assert found["usage.jsonl"] & 0o077 == 0
    for name in ("state", "state/llmcli", "state/llmcli/sessions", "config", "config/llmcli"):
        assert found[name] == 0o700


@pytest.mark.parametrize("mask", [0o000, 0o777], ids=oct)
def test_so_are_the_files_that_exist_only_while_it_runs(mask: int, isolated: Path) -> None:
    """SQLite gives its log and index the mode of the database; the locks are ours."""
    from llmcli.batch.journal.journal import Journal
    from llmcli.ledger.schema import open_ledger

    with umask(mask):
        connection = open_ledger(isolated / "state" / "ledger.db")
        connection.execute("UPDATE attempts SET pid = 1")
        connection.execute("CREATE TABLE something (to_write)")
        with Journal.open(isolated / "out.jsonl.journal"):
            found = modes_below(isolated)
        connection.close()
    for name in ("state/ledger.db", "out.jsonl.journal"):
        assert {found[f"{name}{suffix}"] for suffix in ("", "-wal", "-shm")} == {0o600}
    assert found["out.jsonl.journal.lock"] == 0o600


def test_a_ledger_that_others_could_read_is_closed_to_them(state_dir: Path, run_here: RunLlmcli) -> None:
    """As one that was copied back from a backup."""
    assert run_here("ask", "-m", "sim", "-n", "hi").code == 0
    (state_dir / "ledger.db").chmod(0o666)
    assert run_here("ask", "-m", "sim", "-n", "hi").code == 0
    assert modes_below(state_dir)["ledger.db"] == 0o600


def test_a_directory_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir(mode=0o755)
    (tmp_path / "mine").chmod(0o755)
    private_directory(tmp_path / "mine")
    assert modes_below(tmp_path) == {"mine": 0o755}


@pytest.mark.parametrize("target", ["there", "missing"])
def test_the_ledger_is_not_written_through_a_link(
    target: str, isolated: Path, state_dir: Path, run_here: RunLlmcli
) -> None:
    """The call is answered all the same, and the user is told."""
    elsewhere = isolated / "elsewhere"
    if target == "there":
        elsewhere.write_bytes(b"")
    state_dir.mkdir(parents=True)
    (state_dir / "ledger.db").symlink_to(elsewhere)
    done = run_here("ask", "-m", "sim", "-n", "hi")
    assert done.code == 0
    assert "cannot write the ledger" in done.err
    assert elsewhere.read_bytes() == b"" if target == "there" else not elsewhere.exists()


@pytest.mark.parametrize("name", ["ledger.lock", "sessions/talk.lock"])
def test_a_lock_is_not_taken_through_a_link(name: str, isolated: Path, state_dir: Path, run_here: RunLlmcli) -> None:
    link = state_dir / name
    link.parent.mkdir(parents=True)
    link.symlink_to(isolated / "new")
    run_here("chat", "-m", "sim", "--session", "talk", "-n", "hi")
    assert not (isolated / "new").exists()


def test_a_session_is_replaced_not_written_through_a_link(isolated: Path, state_dir: Path, run_here: RunLlmcli) -> None:
    assert run_here("chat", "-m", "sim", "--session", "talk", "-n", "hi").code == 0
    session, precious = state_dir / "sessions" / "talk.json", isolated / "precious"
    session.rename(precious)
    before = precious.read_bytes()
    session.symlink_to(precious)
    assert run_here("chat", "-m", "sim", "--session", "talk", "-n", "again").code == 0
    assert precious.read_bytes() == before
    assert not session.is_symlink()


NAMES = [
    "../x", "a/b", "/etc/x", "..", ".hidden", "", "-", "a\0b", "a\n", "x" * 101, "na\u00efve", "nai\u0308ve", "\u202ex",
    "\uff0e\uff0e\uff0fx", "a b", "$HOME", "a\\b", "talk.json/../../x",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_session_name_cannot_lead_elsewhere(name: str, tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("keep")
    store = SessionStore(tmp_path / "sessions", note=lambda text: None)
    for use in (store.load, store.remove, store.version):
        with pytest.raises(UsageError, match="is no session name"):
            use(name)
    with pytest.raises(UsageError, match="is no session name"), store.locked(name):
        raise AssertionError
    assert [path.name for path in tmp_path.rglob("*")] == ["x.json"]


@pytest.mark.parametrize("how", ["--session", "--show", "--rm"])
def test_the_commands_names_are_checked_alike(how: str, isolated: Path, run_here: RunLlmcli) -> None:
    done = run_here("chat", "-m", "sim", how, "../\x1b\u202ex", *(("-n", "hi") if how == "--session" else ()))
    assert (done.code, done.out) == (2, "")
    assert "is no session name" in done.err
    assert done.err[:-1].isprintable()


def test_names_that_look_alike_are_sessions_of_their_own(state_dir: Path, run_here: RunLlmcli) -> None:
    names = ["a", "a.json", "a.lock", "a.b", "x" * 100]
    for name in names:
        assert run_here("chat", "-m", "sim", "--session", name, "-n", f"I am {name}").code == 0
    for name in names:
        assert f"> I am {name}\n" in run_here("chat", "--show", name).out
    assert run_here("chat", "--list").out.count("1 turns") == len(names)


def test_no_state_file_holds_a_key(isolated: Path, run_here: RunLlmcli, user_config: Path) -> None:
    """Not even where the run fails, or where the user sets headers."""
    user_config.write_text(f'[providers.anthropic]\nheaders = {{ X-Gateway = "{SECRET}-header" }}\n')
    (isolated / "in.jsonl").write_text('{"prompt": "hi"}\n')
    env = {"ANTHROPIC_API_KEY": SECRET, "LLMCLI_USAGE_LOG": "usage.jsonl"}
    body = {"type": "error", "error": {"type": "x", "message": f"what is {SECRET}-header?"}}
    with RawServer(http_answer(400, body)) as server:
        at = ("-m", "claude-haiku-5-5", "--base-url", server.root, "--retries", "0")
        run_here("ask", "-n", "hi", *at, env=env)
        run_here("chat", "--session", "talk", "-n", "hi", *at, env=env)
        run_here("batch", "in.jsonl", "-o", "out.jsonl", "--progress", "none", *at, env=env)
    run_here("config", "trust", "in.jsonl", env=env)
    assert SECRET in server.received[0].headers["authorization"]
    files = [path for path in isolated.parent.rglob("*") if path.is_file() and path != user_config]
    assert len(files) >= 6
    assert [path for path in files if SECRET.encode() in path.read_bytes()] == []
