"""One fork server for all workers, and machines that use it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .forkserver import running
from .machine import Machine


@pytest.fixture(scope="session")
def fork_server() -> Iterator[str]:
    """The address of a server that makes `llmcli` cheap for scripts."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    # Not in pytest's own folder, whose name may be too long for a socket's.
    with running(Path(tempfile.gettempdir()) / f"llmcli-{run}") as address:
        yield address


@pytest.fixture
def machine(tmp_path: Path, fork_server: str) -> Machine:
    return Machine(tmp_path, fork_server)
