"""Machines to run the manual's command lines on."""

from __future__ import annotations

from pathlib import Path

import pytest

from .machine import Machine


@pytest.fixture
def machine(tmp_path: Path, fork_server: str) -> Machine:
    return Machine(tmp_path, fork_server)
