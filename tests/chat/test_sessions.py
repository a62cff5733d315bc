"""Sessions: conversations by name, in files that are never half written."""

from __future__ import annotations

import fcntl
import json
import os
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest

from llmcli.chat import sessions
from llmcli.chat.conversation import Summary, Totals
from llmcli.chat.sessions import SessionFile, SessionStore, as_data, read, write
from llmcli.errors import UsageError

from .helpers import conversation

PATH_TRICKS = [
    "",
    ".",
    "..",
    "../x",
    "a/b",
    "/etc/passwd",
    ".hidden",
    "-rf",
    "a\n",
    "a b",
    "é",
    "a\0b",
    "x" * 101,
    "a\\b",
]


@pytest.fixture
def store(tmp_path: Path) -> SessionStore:
    return SessionStore(tmp_path / "state" / "sessions", lambda text: None)


@contextmanager
def held_elsewhere(store: SessionStore, name: str) -> Iterator[Callable[[], None]]:
    """The session's lock held under a descriptor of its own, as by another process; call the result to let go."""
    store.directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(store.directory / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    yield lambda: fcntl.flock(descriptor, fcntl.LOCK_UN)
    os.close(descriptor)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_saved_is_what_is_loaded(store: SessionStore) -> None:
    talk = conversation(3, pinned=[1])
    talk.system, talk.model, talk.summary = "be \u2028 kind \U0001f600", "m", Summary("short", 1)
    talk.totals = {"m": Totals(2, 1, 30, 20, Decimal("0.00000012345"), 1)}
    talk.latencies_ms = [5, 7]
    kept = SessionFile(talk)
    store.directory.mkdir(parents=True)
    store.save("a.b-c_d", kept)
    assert store.load("a.b-c_d") == kept
    assert store.names() == ["a.b-c_d"]


def test_the_file_says_its_version_and_when_it_was_written(tmp_path: Path) -> None:
    before = SessionFile(conversation(1))
    write(tmp_path / "s.json", before)
    data = json.loads((tmp_path / "s.json").read_bytes())
    assert data["schema_version"] == 1
    assert datetime.fromisoformat(data["updated"]) == before.updated
    assert data == as_data(before)


def test_only_the_owner_can_read_sessions(store: SessionStore) -> None:
    with store.locked("s"):
        store.save("s", SessionFile(conversation(1)))
    assert (mode(store.directory), mode(store.directory / "s.json"), mode(store.directory / "s.lock")) == (
        0o700,
        0o600,
        0o600,
    )


def test_a_file_that_was_open_to_all_is_closed_by_the_next_save(tmp_path: Path) -> None:
    file = tmp_path / "s.json"
    file.touch(mode=0o644)
    write(file, SessionFile(conversation(1)))
    assert mode(file) == 0o600


@pytest.mark.parametrize("name", PATH_TRICKS)
def test_names_that_could_lead_elsewhere_are_refused(store: SessionStore, name: str, tmp_path: Path) -> None:
    for use in (store.load, store.remove, lambda name: store.save(name, SessionFile(conversation(1)))):
        with pytest.raises(UsageError, match="is no session name"):
            use(name)
    with pytest.raises(UsageError, match="is no session name"), store.locked(name):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_symbolic_link_is_replaced_by_a_save_not_followed(store: SessionStore, tmp_path: Path) -> None:
    """So that whoever can plant a link cannot choose what is overwritten."""
    victim = tmp_path / "victim"
    victim.write_text("precious")
    store.directory.mkdir(parents=True)
    (store.directory / "s.json").symlink_to(victim)
    store.save("s", SessionFile(conversation(1)))
    assert victim.read_text() == "precious"
    assert not (store.directory / "s.json").is_symlink()
    assert store.load("s") is not None


def test_removing_a_session_that_is_a_link_removes_the_link(store: SessionStore, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere.json", SessionFile(conversation(1)))
    store.directory.mkdir(parents=True)
    (store.directory / "s.json").symlink_to(tmp_path / "elsewhere.json")
    store.remove("s")
    assert (tmp_path / "elsewhere.json").exists()
    assert store.names() == []


def test_a_lock_that_is_a_symbolic_link_is_refused(store: SessionStore, tmp_path: Path) -> None:
    store.directory.mkdir(parents=True)
    (store.directory / "s.lock").symlink_to(tmp_path / "made by us")
    with pytest.raises(UsageError, match=r"cannot lock .*s\.lock"), store.locked("s"):
        pass
    assert not (tmp_path / "made by us").exists()


def test_a_state_directory_that_cannot_be_used_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = SessionStore(tmp_path / "file" / "sessions", lambda text: None)
    assert store.names() == []
    with pytest.raises(UsageError, match="cannot lock"), store.locked("s"):
        pass


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"conversation": {}, "schema_version": 2}',
        b'{"conversation": {"turns": [{"user": "hi"}]}, "schema_version": 1}',
        b'{"conversation": {"turns": [{"user": {"role": "robot", "parts": []}, "answer": "", "model": "m"}]}}',
    ],
)
def test_a_file_that_is_no_session_is_told_in_one_line_that_names_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "s.json"
    file.write_bytes(content)
    with pytest.raises(UsageError) as caught:
        read(file)
    assert str(file) in caught.value.line()
    assert "\n" not in caught.value.line()


@pytest.mark.parametrize(
    "part",
    [
        {"type": "image", "name": "a", "media_type": "image/png", "data": "a"},
        {"type": "document", "name": "a", "media_type": "application/pdf", "data": "größe"},
        {"type": "tool_call", "id": "t", "name": "f", "arguments": {"a": float("nan")}},
        {"type": "opaque", "api": "anthropic", "data": {"a": float("inf")}},
    ],
    ids=lambda part: str(part["type"]),
)
@pytest.mark.parametrize("place", ["user", "open"])
def test_a_part_that_could_not_be_sent_makes_no_session(tmp_path: Path, part: dict[str, object], place: str) -> None:
    message = {"role": "user", "parts": [part]}
    plain = {"role": "user", "parts": []}
    turn: dict[str, object] = {"user": message if place == "user" else plain, "answer": "", "model": "m"}
    turn |= {"open": [message]} if place == "open" else {}
    file = tmp_path / "s.json"
    file.write_text(json.dumps({"conversation": {"turns": [turn]}}))
    with pytest.raises(UsageError, match=r"s\.json is no session of this version: .* is not "):
        read(file)


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot read .*: Is a directory"):
        read(tmp_path)


def test_leftovers_of_killed_saves_and_locks_are_no_sessions(store: SessionStore) -> None:
    store.directory.mkdir(parents=True)
    for name in ("s.lock", ".s.json.x7k_2q", ".s.json", "-x.json", "s.txt"):
        (store.directory / name).touch()
    assert store.names() == []


def test_the_version_changes_with_every_save_by_whoever(store: SessionStore) -> None:
    """However fast they follow each other: the clock of a file system is coarse."""
    assert store.version("s") is None
    store.directory.mkdir(parents=True)
    before = None
    for _ in range(20):
        store.save("s", SessionFile(conversation(1)))
        assert store.version("s") != before
        before = store.version("s")


def test_the_lock_is_waited_for_and_then_held(store: SessionStore) -> None:
    order: list[str] = []

    def wait() -> None:
        with store.locked("s"):
            order.append("got it")

    with held_elsewhere(store, "s") as release:
        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
        order.append("released")
        release()
        waiting.join(5)
    assert order == ["released", "got it"]


def test_sessions_do_not_wait_for_each_other(store: SessionStore) -> None:
    with held_elsewhere(store, "a"), store.locked("b"):
        pass


def test_the_lock_is_let_go_also_after_an_error(store: SessionStore) -> None:
    with pytest.raises(ZeroDivisionError), store.locked("s"):
        raise ZeroDivisionError
    with store.locked("s"):
        pass


def test_a_long_wait_is_said_once(store: SessionStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "NOTICE_AFTER_S", 0.05)
    notes: list[str] = []
    noting = SessionStore(store.directory, notes.append)
    with held_elsewhere(store, "s") as release:
        timer = threading.Timer(0.3, release)
        timer.start()
        with noting.locked("s"):
            pass
        timer.join()
    assert notes == ['waiting for another process that uses session "s"']
