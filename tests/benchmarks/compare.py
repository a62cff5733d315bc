"""llmcli beside its peers, in one run against one simulator. Run by hand, best on a machine that does nothing else:

    python -m tests.benchmarks.compare [--write README.md] [--venvs DIR] [--runs N] [--rows N]

Each peer gets an environment of its own below DIR (by default in the user's cache; what is there is used again, so
that deleting it brings the newest), llmcli too, installed from this checkout as a user would. The peers take turns, so
that a busy machine slows all of them; what is told are medians. The table goes to stdout, or with --write between the
two comments in that file that say so. No vendor is called.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..contract.servers import serving
from ..helpers import ROOT
from .figures import BARE, LOOP_ROWS, Measures, Took, notes, table, write
from .peers import LLMCLI, PEERS, Command, Peer, llm_model, settings
from .startup import environment

RUNS, ROWS = 5, 2000
WORD = "alpha"
ASKED, STREAMED = f"sim:echo {WORD} beta", f"sim:echo {WORD} " + "word " * 30
# What each measure's server is told: a stream that is slower than any reader, rows that take their time.
SERVERS = {"plain": (), "paced": ("--tokens-per-second", "40"), "slow": ("--latency", "200ms")}
_MEASURE = Path(__file__).with_name("measure.py")


class FailedError(Exception):
    """A command of a peer's that does not do what it should."""


@dataclass(frozen=True)
class Place:
    """A server, and the home of all who call it."""

    name: str
    url: str
    home: Path
    venvs: Path

    def run(self, peer: str, command: Command, mark: str, **words: str) -> Took:
        """Raises FailedError unless it succeeds and `mark` is in what it prints."""
        folder = self.venvs / peer / "bin"
        python = str(folder / "python") if peer else sys.executable
        words |= {"bin": str(folder), "python": python, "url": self.url, "server": self.name}
        filled = [part.format(**words) for part in command]
        environ = {**environment(str(self.home)), **settings(self.url, str(self.home))}
        del environ["PYTHONPATH"]  # llmcli is installed, too
        with tempfile.TemporaryFile() as said:
            measure = [sys.executable, "-I", "-S", str(_MEASURE), mark, *filled]
            done = subprocess.run(measure, env=environ, cwd=self.home, stdout=subprocess.PIPE, stderr=said, check=False)
            took = json.loads(done.stdout or "{}")
            if took.get("code") != 0 or took["seen_s"] is None:
                said.seek(0)
                raise FailedError(f"{filled[:2]}: {took}\n{said.read().decode(errors='replace')[-2000:]}")
        return Took(took["wall_s"], took["seen_s"], took["cpu_s"], took["peak_mib"])


@contextlib.contextmanager
def places(venvs: Path) -> Iterator[Mapping[str, Place]]:
    """The servers."""
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        found = {}
        for name, options in SERVERS.items():
            (home / name).mkdir()
            sim = stack.enter_context(serving(home / name, *options))
            found[name] = Place(name, sim.root, home, venvs)
        (home / "llm").mkdir()
        models = "".join(llm_model(place.name, place.url) for place in found.values())
        (home / "llm" / "extra-openai-models.yaml").write_text(models)
        yield found


def install(peer: Peer, venvs: Path) -> None:
    """Make its environment, unless it is there. Raises FailedError."""
    if not peer.packages:
        return
    folder = venvs / peer.environment
    ready = folder / "ready"
    if ready.exists():
        return
    print(f"installing {' '.join(peer.packages)}", file=sys.stderr)
    what = [str(ROOT)] if peer.packages == LLMCLI else list(peer.packages)
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [str(folder / "bin" / "pip"), "install", "-q", "--disable-pip-version-check", *what],
    ):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise FailedError(done.stderr.strip().splitlines()[-1])
    ready.touch()


def version_of(peer: Peer, venvs: Path) -> str:
    if not peer.packages:
        said = subprocess.run([peer.start[0], "--version"], capture_output=True, text=True, check=True).stdout
        return " ".join(said.split()[:2])
    code = "import importlib.metadata as m, sys; print(', '.join(f'{name} {m.version(name)}' for name in sys.argv[1:]))"
    python = str(venvs / peer.environment / "bin" / "python")
    names = [name for name in peer.packages if name != "click"]
    return subprocess.run([python, "-c", code, *names], capture_output=True, text=True, check=True).stdout.strip()


def measure(peers: list[Peer], at: Mapping[str, Place], runs: int, rows: int) -> tuple[Measures, dict[str, str]]:
    """All that is measured, and what was wrong with what could not be.

    The first round fills the machine's caches and does not count; rows need none of that. Who fails the first time is
    not asked that again.
    """
    found: Measures = defaultdict(lambda: defaultdict(list))
    failed: dict[str, str] = {}
    for count in {rows, LOOP_ROWS}:
        text = "".join(f"sim:echo row-{number}\n" for number in range(count))
        (at["slow"].home / f"rows-{count}.txt").write_text(text)
    tasks = _tasks(peers, rows)
    for number in range(runs + 1):
        for task in [task for task in tasks if number or task.what != "batch"]:
            try:
                took = at[task.server].run(task.peer, task.command, task.mark, **task.words)
            except FailedError as error:
                if found[task.what][task.name] or task.peer == LLMCLI[0]:
                    raise SystemExit(str(error)) from error
                print(error, file=sys.stderr)
                failed[f"{task.what} of {task.name}"] = "failed"
                tasks.remove(task)
                continue
            print(f"{number}/{runs} {task.what:<6} {task.name:<30} {took.wall_s:.3f} s", file=sys.stderr)
            if number:
                found[task.what][task.name].append(took)
    return found, failed


@dataclass(frozen=True)
class Task:
    """One thing that is measured of one peer."""

    what: str
    name: str
    peer: str
    server: str
    command: Command
    mark: str = ""
    words: Mapping[str, str] = field(default_factory=dict)


def _tasks(peers: list[Peer], rows: int) -> list[Task]:
    """All of a round, in turn."""
    found = [Task("start", BARE, "", "plain", ("{python}", "-c", "print(1)"))]
    found += [Task("start", peer.name, peer.environment, "plain", peer.start) for peer in peers]
    for what, server, prompt in (("ask", "plain", ASKED), ("stream", "paced", STREAMED)):
        for peer in peers:
            if command := getattr(peer, what):
                found.append(Task(what, peer.name, peer.environment, server, command, WORD, {"prompt": prompt}))
    for peer in peers:
        if command := peer.batch or _loop(peer):
            count = rows if peer.batch else LOOP_ROWS
            words = {"rows": f"rows-{count}.txt"}
            found.append(Task("batch", peer.name, peer.environment, "slow", command, str(count), words))
    return found


def _loop(peer: Peer) -> Command | None:
    """A command for each row, some at once; prints how many answers came."""
    if peer.loop is None:
        return None
    xargs = f"xargs -d '\\n' -a {{rows}} -P {peer.loop_at_once} -I{{{{}}}} \"$@\" | grep -o row | wc -l"
    return ("sh", "-c", xargs, "sh", *peer.loop)


def arguments() -> Any:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parser = argparse.ArgumentParser(description="llmcli beside its peers")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table into FILE")
    parser.add_argument("--venvs", type=Path, metavar="DIR", default=cache / "llmcli-compare")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--rows", type=int, default=ROWS)
    return parser.parse_args()


def main() -> None:
    given = arguments()
    venvs = given.venvs.absolute()
    venvs.mkdir(parents=True, exist_ok=True)
    (venvs / LLMCLI[0] / "ready").unlink(missing_ok=True)  # the checkout may have changed
    peers, lost, versions = [], {}, {}
    for peer in PEERS:
        try:
            install(peer, venvs)
            versions[peer.name] = version_of(peer, venvs)
        except FailedError as error:
            lost[peer.name] = f"could not be installed: {error}"
        else:
            peers.append(peer)
    load = os.getloadavg()[0]
    with places(venvs) as at:
        found, failed = measure(peers, at, given.runs, given.rows)
    lines = [
        "",
        *table(peers, found, given.rows),
        "",
        *notes({**lost, **failed}, versions.values(), given.runs, given.rows, load),
        "",
    ]
    if given.write:
        write(given.write, lines)
    print("\n".join(lines))


if __name__ == "__main__":
    main()
