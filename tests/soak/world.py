"""Where a soak takes place: a faulty simulator, a user whose every provider it is, and runs of the program."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from llmcli.errors import ExitCode

from ..helpers import ROOT
from .setting import EXPECTED, FAULTS, FAULTS_FILE, KEY, PATIENCE_S, QUICK, config
from .watch import run_variable


@dataclass(frozen=True)
class Done:
    """How a run ended. `killed` says that it was sent a signal, whether or not it was still there to get it."""

    code: int
    out: str
    err: str
    killed: bool = False

    @property
    def lines(self) -> list[Any]:
        """stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass
class World:
    """A folder with everything in it. What runs is in `running`, how often each command ended how in `endings`."""

    folder: Path
    name: str
    port: int = 0
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    endings: Counter[tuple[str, int]] = field(default_factory=Counter)
    ended: set[str] = field(default_factory=set)
    shot: set[int] = field(default_factory=set)
    """Processes that may have been killed without a chance to write anything."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    @property
    def state(self) -> Path:
        return self.folder / "state" / "llmcli"

    @property
    def usage_log(self) -> Path:
        return self.folder / "usage.jsonl"

    @property
    def requests(self) -> Path:
        """The server's log."""
        return self.folder / "requests.jsonl"

    def settle_in(self) -> None:
        """Make folders and files, without which nothing can be started."""
        for folder in (self.work, self.folder / "home", self.folder / "config" / "llmcli"):
            folder.mkdir(parents=True)
        (self.folder / "faults.toml").write_text(FAULTS_FILE)
        self.requests.touch()

    def serve(self) -> subprocess.Popen[bytes]:
        """Start the simulator, and have all providers be it."""
        options = ["--log", str(self.requests), "--faults", str(self.folder / "faults.toml")]
        options += [word for fault in FAULTS for word in ("--fault", fault)]
        server = self.start("server", "sim", "serve", *options, "--latency", "50ms", "--tokens-per-second", "400")
        assert server.stdout is not None
        self.port = int(server.stdout.readline())
        settings = config(f"http://127.0.0.1:{self.port}", self.usage_log)
        (self.folder / "config" / "llmcli" / "config.toml").write_text(settings)
        return server

    def start(
        self,
        mark: str,
        *arguments: str,
        stdout: IO[bytes] | int = subprocess.PIPE,
        environ: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[bytes]:
        """`llmcli ARGUMENTS` as a process of its own; `mark` is who asks."""
        command = [sys.executable, "-m", "llmcli", *arguments]
        errors = (self.folder / f"{mark}.stderr").open("ab")
        with errors, self._lock:
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=errors,
                cwd=self.work,
                env={**self._environ(mark), **(environ or {})},
            )
            self.running[process.pid] = process
        return process

    def reaped(self, process: subprocess.Popen[bytes], patience_s: float = PATIENCE_S) -> int:
        """The exit code, once the process has ended. Raises TimeoutExpired, and ends it, if it hangs."""
        try:
            return process.wait(patience_s)
        finally:
            process.kill()
            process.wait()
            with self._lock:
                self.running.pop(process.pid, None)

    def run(
        self,
        mark: str,
        *arguments: str,
        given: bytes = b"",
        kill: signal.Signals | None = None,
        after_s: float = 0.0,
    ) -> Done:
        """Run a command with that stdin to its end, or send it a signal after that time; checks how it ended."""
        process = self.start(mark, *arguments, environ=QUICK)
        if kill is signal.SIGKILL:
            self.shot.add(process.pid)
        killer = threading.Timer(after_s, process.send_signal, (kill,)) if kill is not None else None
        try:
            if killer is not None:
                killer.start()
            out, _ = process.communicate(given, timeout=PATIENCE_S)
        finally:
            if killer is not None:
                killer.cancel()
                killer.join()
            self.reaped(process, 0 if process.returncode is None else PATIENCE_S)
        done = Done(process.returncode, out.decode(), self.said(mark), killed=kill is not None)
        self.count(arguments[0], done.code)
        check(arguments, done)
        return done

    def said(self, mark: str) -> str:
        """What the runs of that mark have said on stderr."""
        return (self.folder / f"{mark}.stderr").read_text()

    def count(self, command: str, code: int) -> None:
        with self._lock:
            self.endings[command, code] += 1

    def over(self, mark: str) -> None:
        """No process of that mark is left, nor will there be one."""
        (self.folder / f"{mark}.stderr").unlink(missing_ok=True)
        with self._lock:
            self.ended.add(mark)

    def _environ(self, mark: str) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder / "home"),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_STATE_HOME": str(self.folder / "state"),
            "PYTHONPATH": str(ROOT),
            "ANTHROPIC_API_KEY": KEY,
            "OPENAI_API_KEY": KEY,
            "LLMCLI_USER_ID": mark,
            **run_variable(self.name),
        }


def check(arguments: Sequence[str], done: Done) -> None:
    """Assert what is promised of every run: an exit code that says why, in words too, no traceback, and no key."""
    what = f"{' '.join(arguments)[:300]}: exit {done.code}\nstderr: {done.err}\nstdout: {done.out[:1000]}"
    allowed: set[int] = set(EXPECTED)
    if done.killed:
        allowed |= {ExitCode.SIGINT, ExitCode.SIGTERM, -signal.SIGKILL, -signal.SIGINT, -signal.SIGTERM}
    assert done.code in allowed, what
    assert "Traceback" not in done.err, what
    assert KEY not in done.err + done.out, what
    if done.code not in (0, ExitCode.PARTIAL) and not done.killed:
        assert any(line.startswith("llmcli: ") for line in done.err.splitlines()), what


@contextlib.contextmanager
def world(folder: Path) -> Iterator[World]:
    """A world in `folder`; whatever happens, no process of it is left."""
    made = World(folder, f"{os.getpid()}-{random.randrange(10**9)}")
    made.settle_in()
    # Whoever is started in the background has to ignore Ctrl-C, and so have those that it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield made
    finally:
        signal.signal(signal.SIGINT, before)
        for process in list(made.running.values()):
            process.kill()
            process.wait()


def wait_for(problems: Callable[[], list[str]], patience_s: float = PATIENCE_S) -> list[str]:
    """Nothing, as soon as there are no problems; those that are left if they do not go away for a long time."""
    deadline = time.monotonic() + patience_s
    while found := problems():
        if time.monotonic() > deadline:
            return found
        time.sleep(1.0)
    return []
