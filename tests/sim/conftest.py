"""Simulators on free ports, each in a thread of the test process."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmcli.sim.faults import parse_fault
from llmcli.sim.server import ServerOptions, serve

from .helpers import Sim, StartSim


class _Thread(threading.Thread):
    def __init__(self, options: ServerOptions) -> None:
        super().__init__(daemon=True)
        self.port = 0
        self._options = options
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None

    def run(self) -> None:
        self._task = self._loop.create_task(serve(self._options, self._announce))
        self._loop.run_until_complete(asyncio.wait([self._task]))
        self._ready.set()
        self._loop.close()

    def _announce(self, port: int) -> None:
        self.port = port
        self._ready.set()

    def started(self) -> int:
        self.start()
        assert self._ready.wait(10)
        assert self.port, "the server ended before it served"
        return self.port

    def stop(self) -> None:
        assert self._task is not None
        self._loop.call_soon_threadsafe(self._task.cancel)
        self.join(10)


@pytest.fixture(scope="session")
def sim() -> Iterator[Sim]:
    """A simulator without faults or limits, shared by all tests of a worker."""
    thread = _Thread(ServerOptions())
    yield Sim(thread.started())
    thread.stop()


@pytest.fixture
def start_sim(tmp_path: Path) -> Iterator[StartSim]:
    """Starts simulators of one's own: faults as people write them, and any of ServerOptions' fields."""
    threads: list[_Thread] = []

    def start(*faults: str, **options: Any) -> Sim:
        log = tmp_path / f"requests-{len(threads)}.jsonl"
        parsed = tuple(parse_fault(fault) for fault in faults)
        thread = _Thread(ServerOptions(faults=parsed, log=log, **options))
        threads.append(thread)
        return Sim(thread.started(), log)

    yield start
    for thread in threads:
        thread.stop()
