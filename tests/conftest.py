"""Fixtures for all tests: an environment of one's own, and the program run in it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pytest

from .forkserver import running
from .helpers import ROOT, Completed, RunLlmcli, Trap


@pytest.fixture
def isolated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home, no keys, no settings; returns the working directory, which has nothing above it but tmp."""
    home = tmp_path / "home"
    work = tmp_path / "work"
    home.mkdir()
    work.mkdir()
    for name in list(os.environ):
        if name.startswith(("LLMCLI_", "ANTHROPIC_", "OPENAI_")) or name.endswith("_API_KEY"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(work)
    return work


@pytest.fixture
def user_config(isolated: Path) -> Path:
    """Where the user's configuration is read from; its directory exists, the file does not."""
    file = isolated.parent / "home" / "config" / "llmcli" / "config.toml"
    file.parent.mkdir(parents=True)
    return file


@pytest.fixture
def state_dir(isolated: Path) -> Path:
    """Where the ledger of an isolated run is."""
    return isolated.parent / "home" / "state" / "llmcli"


@pytest.fixture
def run_llmcli(isolated: Path) -> RunLlmcli:
    """Run the program as a process: slow, but with real streams, exit codes and signals."""

    def run(
        *args: str,
        input: bytes = b"",  # noqa: A002 - as subprocess.run has it
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        command = [sys.executable, "-m", "llmcli", *args]
        done = subprocess.run(command, input=input, capture_output=True, timeout=60, env={**os.environ, **(env or {})})
        return Completed(done.returncode, done.stdout.decode(), done.stderr.decode())

    return run


@pytest.fixture
def run_here(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> RunLlmcli:
    """Run the program inside the test's process, with streams in memory: fast."""
    from llmcli.app import App
    from llmcli.cli import run as run_program
    from llmcli.streams import Streams

    def run(
        *args: str,
        input: bytes = b"",  # noqa: A002 - as subprocess.run has it
        env: Mapping[str, str] | None = None,
    ) -> Completed:
        out, err = BytesIO(), BytesIO()
        app = App(Streams(stdin=BytesIO(input), stdout=out, stderr=err))
        with monkeypatch.context() as patch:
            for name, value in (env or {}).items():
                patch.setenv(name, value)
            code = run_program(args, app)
        app.close()
        return Completed(int(code), out.getvalue().decode(), err.getvalue().decode())

    return run


@pytest.fixture
def trap() -> Iterator[Trap]:
    """A server that must usually not be called."""
    with Trap.running() as running:
        yield running


@pytest.fixture(scope="session")
def fork_server() -> Iterator[str]:
    """The address of a server that makes `llmcli` cheap for scripts, one for all workers."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    # Not in pytest's own folder, whose name may be too long for a socket's.
    with running(Path(tempfile.gettempdir()) / f"llmcli-{run}") as address:
        yield address
