"""Full disks and read-only directories, for real and without a mount; root is bound by permissions, too."""

from __future__ import annotations

import ctypes
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CAPABILITIES_VERSION = 0x20080522  # of linux/capability.h: two words of 32 for each set
OVERRIDES = 0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, in the first word
EFFECTIVE = 0


@contextmanager
def full_disk(most_bytes: int = 0) -> Iterator[None]:
    """No file can be written beyond that size, as if there were no room for more.

    SQLite says "disk I/O error" then, and others "File too large".
    """
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, old[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Nothing in the directory, nor below it, can be written."""
    places = [folder, *folder.rglob("*")]
    modes = {place: place.stat().st_mode & 0o777 for place in places}
    for place, mode in modes.items():
        place.chmod(mode & 0o555)
    try:
        with _without_overrides():
            yield
    finally:
        for place, mode in modes.items():
            place.chmod(mode)


@contextmanager
def unreadable(file: Path) -> Iterator[None]:
    """The file can be neither read nor written."""
    file.chmod(0)
    with _without_overrides():
        yield


@contextmanager
def _without_overrides() -> Iterator[None]:
    """This thread without root's power over permissions; for others nothing changes."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header = (ctypes.c_uint32 * 2)(CAPABILITIES_VERSION, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; twice
    assert libc.capget(header, sets) == 0
    before = sets[EFFECTIVE]
    sets[EFFECTIVE] = before & ~OVERRIDES
    assert libc.capset(header, sets) == 0
    try:
        yield
    finally:
        sets[EFFECTIVE] = before
        assert libc.capset(header, sets) == 0
