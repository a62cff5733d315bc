"""Files that are either written whole or left as they were."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from llmcli.errors import UsageError


def check_writable(path: Path, option: str) -> None:
    """Raise UsageError now if `write_atomic(path)` is bound to fail later, when the answer has been paid for."""
    if path.is_dir():
        raise UsageError(f"{option} {path} is a directory", hint="name a file")
    if _is_special(path):
        return
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"{option} {path}: the directory {folder} does not exist", hint="create it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{option} {path}: no permission to write in {folder}")


def write_atomic(path: Path, data: bytes, mode: int | None = None) -> None:
    """Replace `path` by `data` in one step: temporary file in the same directory, fsync, rename.

    A symbolic link is replaced, not followed, so that a link planted in a checkout cannot choose what is
    overwritten. Devices and pipes (`/dev/stdout`) are written to. An existing file keeps its mode, a new one gets
    `mode` or what the umask leaves. Raises UsageError if the file cannot be written.
    """
    try:
        if _is_special(path):
            with path.open("wb", buffering=0) as device:
                device.write(data)
            return
        with _replaced(path, _mode_for(path) if mode is None else mode) as file:
            file.write(data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write to that takes the place of `path` in one step when the block ends, as `write_atomic` has it."""
    try:
        with _replaced(path, _mode_for(path)) as file:
            yield file
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error


@contextmanager
def _replaced(path: Path, mode: int) -> Iterator[BinaryIO]:
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:100]}.", dir=path.absolute().parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _fsync_directory(path.absolute().parent)


def _fsync_directory(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _is_special(path: Path) -> bool:
    """Whether there is something at `path` that is no regular file: a device, a pipe, or a link to one."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _mode_for(path: Path) -> int:
    try:
        return stat.S_IMODE(path.lstat().st_mode) if not path.is_symlink() else _new_file_mode()
    except OSError:
        return _new_file_mode()


def _new_file_mode() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask


def private_directory(path: Path) -> Path:
    """`path` as a directory that only its owner can enter, created if it is missing."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path
