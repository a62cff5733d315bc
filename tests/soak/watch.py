"""What a process holds on to, as /proc tells: memory, descriptors, children; and who is left behind.

Nothing here needs a quiet machine: what is counted does not depend on how fast things go, and a socket or process
counts as leaked only if it is still there a minute later.
"""

from __future__ import annotations

import contextlib
import os
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
_LIVE_TCP = ("01", "02", "03", "0A")  # established, being established, listening; all else is on its way out
_RUN_VARIABLE = "SOAK_RUN"


def run_variable(name: str) -> dict[str, str]:
    """What the environment of all processes of one soak has, so that they are found again."""
    return {_RUN_VARIABLE: name}


@dataclass(frozen=True)
class Held:
    """What a process has at one moment. `stale` are sockets whose other end has gone."""

    memory_kib: int
    files: int
    sockets: int
    stale: frozenset[str]


@dataclass
class Watched:
    """A process that runs all the time, and what it held whenever it was looked at, by minute."""

    name: str
    pid: int
    seen: dict[int, list[Held]] = field(default_factory=dict)

    def look(self, minute: int) -> None:
        with contextlib.suppress(OSError):  # it has just ended
            self.seen.setdefault(minute, []).append(held_by(self.pid))

    def memory_mib(self, minute: int) -> float:
        return statistics.median(held.memory_kib for held in self.seen[minute]) / 1024

    def most(self, minute: int, what: str) -> int:
        return int(max(getattr(held, what) for held in self.seen[minute]))

    def stale_ever_since(self, minute: int) -> set[str]:
        """Sockets without another end that were there whenever one looked in that minute."""
        return set(frozenset.intersection(*(held.stale for held in self.seen[minute])))


def held_by(pid: int) -> Held:
    """Raises OSError if there is no such process."""
    links = []
    for descriptor in (PROC / str(pid) / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # closed since it was listed
            links.append(os.readlink(descriptor))
    live = _live_sockets()
    sockets = {link[len("socket:[") : -1] for link in links if link.startswith("socket:[")}
    return Held(_anonymous_kib(pid), len(links) - len(sockets), len(sockets), frozenset(sockets - live))


def _anonymous_kib(pid: int) -> int:
    """Memory of the process's own: files that are mapped come and go as the machine likes."""
    for line in (PROC / str(pid) / "status").read_text().splitlines():
        if line.startswith("RssAnon:"):
            return int(line.split()[1])
    raise ProcessLookupError(pid)


def _live_sockets() -> set[str]:
    """The inodes of TCP connections that are up, and of all Unix sockets."""
    found = set()
    for name in ("tcp", "tcp6"):
        for line in (PROC / "net" / name).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] in _LIVE_TCP:
                found.add(words[9])
    found.update(line.split()[6] for line in (PROC / "net" / "unix").read_text().splitlines()[1:])
    return found


def processes_of(run: str) -> Iterator[tuple[int, str]]:
    """The number and command line of every process that belongs to the soak of that name, also dead ones unreaped."""
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            if f"{_RUN_VARIABLE}={run}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                words = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                yield int(folder.name), words.strip()[-120:]


def parent_of(pid: int) -> int | None:
    """None if there is no such process any more."""
    try:
        return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return None


def zombies_of(pid: int) -> list[int]:
    """Children of the process that have ended and were not waited for."""
    found = []
    for folder in PROC.iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit():
                state, parent = (folder / "stat").read_text().rpartition(")")[2].split()[:2]
                if state == "Z" and int(parent) == pid:
                    found.append(int(folder.name))
    return found


def strays(run: str, known: Callable[[], set[int]]) -> list[str]:
    """Processes of the soak that neither are known nor descend from one that is."""
    processes = list(processes_of(run))
    ours = known()  # after they were listed, so that none is listed that is not yet known
    found = []
    for pid, words in processes:
        above: int | None = pid
        while above is not None and above > 1 and above not in ours:
            above = parent_of(above)
        if above is not None and above not in ours:
            found.append(f"{pid} {words}")
    return found
