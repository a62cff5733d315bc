"""A machine to run the manual's command lines on: a home, a project, and a PATH with `llmcli`."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..forkserver import write_client
from ..helpers import ROOT

PATIENCE_S = 60

GIT = """
import pathlib, sys
log = pathlib.Path(".git-log")
if sys.argv[1] == "diff":
    text = pathlib.Path("retry.py").read_text()
    print("diff --git a/retry.py b/retry.py\\n" + "".join("+" + line for line in text.splitlines(True)), end="")
if sys.argv[1] == "commit":
    log.write_text(sys.argv[sys.argv.index("-m") + 1])
if sys.argv[1] == "log":
    print(log.read_text().strip())
"""
JQ = """
import functools, json, sys
flag, paths = sys.argv[1:]
assert flag == "-r"
value = json.load(sys.stdin)
for path in paths.split(","):
    print(functools.reduce(lambda part, name: part[name], path.strip(" .").split("."), value))
"""
STAND_INS = {"git": GIT, "jq": JQ}
"""Enough of programs that a machine with only Python lacks; the real ones are used where they are."""


@dataclass(frozen=True)
class Ran:
    """How a command line ended, where it ran, and the prompts that reached the simulator."""

    exit_code: int
    stdout: str
    stderr: str
    folder: Path
    prompts: tuple[str, ...] = ()


class Machine:
    """A home directory, a project in it, and a PATH on which `llmcli` is the one under test.

    `server` is the address of a fork server; without one every `llmcli` is a process of its own.
    """

    def __init__(self, folder: Path, server: str | None = None) -> None:
        self.home = folder / "home"
        self.project = self.home / "project"
        self.programs = folder / "bin"
        self.log = folder / "requests.jsonl"
        self._server = server
        for each in (self.project, self.programs):
            each.mkdir(parents=True)
        self.install(self.programs / "llmcli")
        self.program(self.programs / "python3")
        for name, source in STAND_INS.items():
            if shutil.which(name) is None:
                self.program(self.programs / name, "-c", source)

    def install(self, path: Path) -> None:
        """Put `llmcli` there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if self._server is None:
            self.program(path, "-m", "llmcli")
        else:
            write_client(path, self._server)

    def program(self, path: Path, *arguments: str) -> None:
        """Put a program at `path` that is this Python with these arguments first."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, *arguments])} "$@"\n', encoding="utf-8")
        path.chmod(0o755)

    def environ(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a user who has set nothing but `more`."""
        personal = re.compile(r"LLMCLI_|XDG_|GIT_|\w+_API_KEY$")
        inherited = {name: value for name, value in os.environ.items() if not personal.match(name)}
        own = {
            "HOME": str(self.home),
            "PATH": f"{self.programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "SHELL": "/bin/bash",
            "COLUMNS": "100",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_EDITOR": "true",
        }
        people = {f"GIT_{who}_{what}": "a@b.test" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return {**inherited, **own, **people, **(more or {})}

    def run(
        self, line: str, environ: Mapping[str, str] | None = None, *, folder: Path | None = None, shell: str = "bash"
    ) -> Ran:
        """Run a command line in a shell, as a script that has no terminal would."""
        place = folder or self.project
        done = subprocess.run(
            [shell, "-c", line],
            cwd=place,
            env=self.environ(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr, place, self._prompts())

    def _prompts(self) -> tuple[str, ...]:
        if not self.log.exists():
            return ()
        return tuple(json.loads(line)["prompt_start"] for line in self.log.read_text(encoding="utf-8").splitlines())

    @contextmanager
    def serving(self, line: str = "llmcli sim serve --port 0") -> Iterator[str]:
        """Run `sim serve` meanwhile; gives the port it chose."""
        command = f"exec {line} --log {shlex.quote(str(self.log))}"
        server = subprocess.Popen(["bash", "-c", command], env=self.environ(), stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            yield server.stdout.readline().strip()
        finally:
            server.terminate()
            server.communicate(timeout=PATIENCE_S)
