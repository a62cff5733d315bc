"""One simulator a worker for all faults, and a bench for each test."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..helpers import RunLlmcli
from .bench import Bench
from .faults import write_faults
from .servers import Sim, serving
from .vendors import KEY, VENDORS, Vendor

SLOW_TOKENS_PER_SECOND = 20


@pytest.fixture(scope="session")
def sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sim]:
    """A simulator whose fault is chosen by a word in the prompt."""
    folder = tmp_path_factory.mktemp("sim")
    with serving(folder, "--faults", str(write_faults(folder))) as running:
        yield running


@pytest.fixture(scope="session")
def plain_sim(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sim]:
    """A simulator that has no faults but is in no hurry: it writes a few tokens a second."""
    folder = tmp_path_factory.mktemp("plain")
    with serving(folder, "--tokens-per-second", str(SLOW_TOKENS_PER_SECOND)) as running:
        yield running


@pytest.fixture(params=VENDORS, ids=lambda vendor: vendor.name)
def vendor(request: pytest.FixtureRequest) -> Vendor:
    """Each provider in turn."""
    chosen: Vendor = request.param
    return chosen


@pytest.fixture(params=["ask", "stream"])
def command(request: pytest.FixtureRequest) -> str:
    """Each command that sends one prompt, in turn."""
    return str(request.param)


@pytest.fixture
def bench(
    isolated: Path,
    user_config: Path,
    state_dir: Path,
    run_here: RunLlmcli,
    sim: Sim,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bench]:
    """An isolated user with keys, whose providers are all the simulator. Signals work again afterwards."""
    for vendor in VENDORS:
        monkeypatch.setenv(vendor.key_variable, KEY)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield Bench(isolated, user_config, state_dir, run_here, sim.root)
    for number, handler in before.items():
        signal.signal(number, handler)
