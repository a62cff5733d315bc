"""The contract suite's bench, its providers pointed at a simulator that somebody listens in on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ..contract.bench import Bench
from ..contract.conftest import bench, command, vendor
from ..contract.servers import Sim, serving
from ..contract.vendors import VENDORS
from .servers import Listener, tapped

__all__ = ["bench", "command", "vendor"]


@pytest.fixture(scope="session")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sim]:
    """A simulator without faults."""
    with serving(tmp_path_factory.mktemp("carry")) as running:
        yield running


@pytest.fixture
def tap(sim: Sim, bench: Bench) -> Iterator[Listener]:
    """All providers are the simulator; what it is sent is kept."""
    with tapped(sim) as listener:
        for each in VENDORS:
            bench.point(each, listener.root)
        yield listener
