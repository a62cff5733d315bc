"""Files that are either written whole or left as they were."""

from __future__ import annotations

import errno
import fcntl
import os
import re
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from llmcli.errors import UsageError, visible

_STREAMS = {"/dev/stdin": 0, "/dev/stdout": 1, "/dev/stderr": 2}
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")


def check_writable(path: Path, option: str) -> None:
    """Raise UsageError now if `write_atomic(path)` is bound to fail later, when the answer has been paid for."""
    if path.is_dir():
        raise UsageError(f"{option} {path} is a directory", hint="name a file")
    if (descriptor := _descriptor(path)) is not None:
        check_open(descriptor, f"{option} {path}")
    if is_special(path):
        return
    folder = path.absolute().parent
    if not folder.is_dir():
        raise UsageError(f"{option} {path}: the directory {folder} does not exist", hint="create it first")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UsageError(f"{option} {path}: no permission to write in {folder}")


def check_open(descriptor: int, name: str) -> None:
    """Raise UsageError unless the shell has opened it for us."""
    try:
        os.fstat(descriptor)
    except (OSError, OverflowError) as error:
        raise UsageError(f"{name} is not open", hint=f"open it in the shell: {descriptor}>file") from error


def write_atomic(path: Path, data: bytes, mode: int | None = None, *, raw: bool = False) -> None:
    """Replace `path` by `data` in one step: temporary file in the same directory, fsync, rename.

    A symbolic link is replaced, not followed, so that a link planted in a checkout cannot choose what is
    overwritten. Devices and pipes (`/dev/stdout`) are written to; a terminal shows control characters, unless `raw`.
    An existing file keeps its mode, a new one gets `mode` or what the umask leaves. Raises UsageError if the file
    cannot be written.
    """
    try:
        if is_special(path):
            with _opened(path) as device:
                harmless = raw or not device.isatty()
                device.write(data if harmless else visible(data.decode("utf-8", "replace")).encode())
            return
        with _replaced(path, _mode_for(path) if mode is None else mode) as file:
            file.write(data)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    except ValueError as error:  # a NUL in the path
        raise UsageError(f"cannot write {str(path)!r}: {error}") from error


def write_private(path: Path, data: bytes) -> None:
    """Replace a file of ours, for its owner alone; its directory is made if it is missing. Raises UsageError."""
    try:
        private_directory(path.parent)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    write_atomic(path, data, mode=0o600)


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


def is_special(path: Path) -> bool:
    """Whether `path` is to be written to and not replaced: a device, a pipe, a link to one, or an open descriptor."""
    if _descriptor(path) is not None:
        return True
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):  # ValueError: a NUL in the path
        return False


def _descriptor(path: Path) -> int | None:
    """Which of our descriptors a name such as `/dev/stdout` means. There may be a file behind it (`-o /dev/stdout >f`),
    which then looks as if it stood in /dev itself."""
    name = os.path.abspath(path)  # noqa: PTH100 - resolve() would follow it to what is behind
    found = _DESCRIPTOR.fullmatch(name)
    return int(found[1]) if found else _STREAMS.get(name)


def _opened(path: Path) -> BinaryIO:
    """Our descriptor itself: opened by its name, what is behind it would be written over from its beginning."""
    descriptor = _descriptor(path)
    return path.open("wb") if descriptor is None else os.fdopen(os.dup(descriptor), "wb")


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
    """`path` as a directory that only its owner can enter; made if it is missing, and what is missing above it too."""
    if not path.is_dir():
        if path.exists() and not path.is_dir():  # not made by somebody else meanwhile
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path))
        if path.parent != path:
            private_directory(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)  # whatever the umask took away
    return path


def append_line(path: Path, line: bytes) -> None:
    """Add a line to a file in one write, so that those of several processes do not mix. Raises OSError.

    Where a full disk has cut off the last line, it begins a new one.
    """
    descriptor = _open_to_append(path)
    try:
        if _is_cut(descriptor):
            line = b"\n" + line
        if os.write(descriptor, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(descriptor)


def _open_to_append(path: Path) -> int:
    flags = os.O_APPEND | os.O_CREAT
    try:
        ordinary = stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        ordinary = True
    # A pipe that is opened for reading, too, would not wait for its reader.
    if ordinary:
        with suppress(PermissionError):
            return os.open(path, flags | os.O_RDWR, 0o600)
    return os.open(path, flags | os.O_WRONLY, 0o600)


def _is_cut(descriptor: int) -> bool:
    """Whether an ordinary file ends amid a line; what cannot be read is taken for whole.

    Nobody else's line is then under way: one that crosses a page of the file can be seen by halves. The lock is free
    again when the descriptor is closed.
    """
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        return False
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
    except OSError:
        return False


def open_private(path: Path, flags: int = os.O_RDWR) -> int:
    """A descriptor of the file of ours at `path`, for its owner alone whatever the umask; made if it is missing.

    Raises OSError, also for a symbolic link: that would have us write elsewhere.
    """
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _link(path) if error.errno == errno.ELOOP else error from error
    if stat.S_IMODE(os.fstat(descriptor).st_mode) != 0o600:
        os.fchmod(descriptor, 0o600)
    return descriptor


def close_to_others(path: Path) -> None:
    """Make the file of ours at `path` one for its owner alone. Raises OSError for a symbolic link.

    Without opening it: to close it again would drop the locks that this process's SQLite has on it.
    """
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise _link(path)
    if stat.S_IMODE(mode) & 0o077:
        path.chmod(0o600)


def _link(path: Path) -> OSError:
    return OSError(errno.ELOOP, "it is a symbolic link", str(path))
