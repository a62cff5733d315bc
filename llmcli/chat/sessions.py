"""Sessions: conversations by name, one JSON file each, in the state directory.

A file is replaced whole by rename, so that a killed process never leaves half of one, and it is only changed
under a lock, so that two processes take turns on one session instead of losing each other's.
"""

from __future__ import annotations

import base64
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from llmcli.chat.conversation import Conversation
from llmcli.chat.listing import is_name, names_in
from llmcli.errors import UsageError
from llmcli.files import open_private, private_directory, write_atomic
from llmcli.messages import DocumentPart, ImagePart, OpaquePart, Part, ToolCallPart
from llmcli.providers.values import writable

if TYPE_CHECKING:
    from pydantic import TypeAdapter

SCHEMA_VERSION = 1
NOTICE_AFTER_S = 3.0
POLL_S = 0.02


@dataclass
class SessionFile:
    """What stands in the file."""

    conversation: Conversation
    schema_version: Literal[1] = 1
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    updated: datetime = field(default_factory=lambda: datetime.now(UTC))


@dataclass(frozen=True)
class SessionStore:
    """The sessions below `directory`."""

    directory: Path
    note: Callable[[str], None]

    def names(self) -> list[str]:
        return names_in(self.directory)

    def load(self, name: str) -> SessionFile | None:
        """The session, or None if there is none yet. Raises UsageError if its file cannot be understood."""
        path = self._path(name)
        return read(path) if path.exists() else None

    def version(self, name: str) -> tuple[int, int] | None:
        """What changes with every `save`, by whichever process; None if there is no session yet."""
        try:
            found = self._path(name).stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino

    def save(self, name: str, session: SessionFile) -> None:
        """Replace the session's file; call it under `locked`."""
        write(self._path(name), session)

    def remove(self, name: str) -> None:
        """Delete the session. Raises UsageError if there is none."""
        with self.locked(name):
            try:
                self._path(name).unlink()
            except FileNotFoundError as error:
                raise UsageError(f'there is no session "{name}"', hint="see llmcli chat --list") from error

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Wait until no other process works on the session, then hold it."""
        path = self._path(name).with_suffix(".lock")
        try:
            private_directory(self.directory)
            descriptor = open_private(path)
        except OSError as error:
            raise UsageError(f"cannot lock {path}: {error.strerror}") from error
        try:
            self._wait_for(descriptor, name)
            yield
        finally:
            os.close(descriptor)

    def _wait_for(self, descriptor: int, name: str) -> None:
        """Poll rather than block, so that a signal ends the wait and a long one is said once."""
        began, said = time.monotonic(), False
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if not said and time.monotonic() - began > NOTICE_AFTER_S:
                    self.note(f'waiting for another process that uses session "{name}"')
                    said = True
                time.sleep(POLL_S)
            else:
                return

    def _path(self, name: str) -> Path:
        if not is_name(name):
            raise UsageError(f'"{name}" is no session name', hint="use letters, digits, . _ and -, at most 100")
        return self.directory / f"{name}.json"


def read(path: Path) -> SessionFile:
    """The session in a file. Raises UsageError naming the file and what is wrong with it."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    try:
        session = _adapter().validate_json(data)
    except ValueError as error:
        reason = str(error).splitlines()
        raise UsageError(f"{path} is no session of this version: {' '.join(reason[1:3]).strip()}") from error
    for turn in session.conversation.turns:
        faults = (_fault_of(part) for message in (turn.user, *turn.open) for part in message.parts)
        if fault := next(filter(None, faults), None):
            raise UsageError(f"{path} is no session of this version: {fault}")
    return session


def _fault_of(part: Part) -> str | None:
    """Why a part that is right by its types cannot be sent; it was not written by us."""
    match part:
        case ImagePart(data=str(data)) | DocumentPart(data=data):
            try:
                base64.b64decode(data, validate=True)
            except ValueError:
                return "an attachment is not base64"
        case ToolCallPart(arguments=value) | OpaquePart(data=value) if not writable(value):
            return "what a model said is not JSON"
        case _:
            pass
    return None


def write(path: Path, session: SessionFile) -> None:
    """Replace the file at `path`, for its owner's eyes only."""
    session.updated = datetime.now(UTC)
    write_atomic(path, _adapter().dump_json(session, indent=1) + b"\n", mode=0o600)


def as_data(session: SessionFile) -> object:
    """The session as what JSON can say."""
    return _adapter().dump_python(session, mode="json")


@cache
def _adapter() -> TypeAdapter[SessionFile]:
    from pydantic import TypeAdapter

    return TypeAdapter(SessionFile)
