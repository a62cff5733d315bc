"""Terminals that are closed again, and simulators with a key and a base URL for each vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ..sim.conftest import start_sim  # noqa: F401 - a fixture, used by the tests here
from ..sim.helpers import Sim
from .terminal import StartTerminal, Terminal

UseSim = Callable[[Sim], None]


@pytest.fixture
def terminal(isolated: Path) -> Iterator[StartTerminal]:
    """Starts `llmcli chat ARGUMENTS` at a terminal of its own and waits for the first prompt."""
    started: list[Terminal] = []

    def start(*arguments: str, after: str = "") -> Terminal:
        made = Terminal(*arguments, after=after)
        started.append(made)
        made.start()
        return made

    yield start
    for each in started:
        each.close()


@pytest.fixture
def use_sim(user_config: Path, monkeypatch: pytest.MonkeyPatch) -> UseSim:
    """Has both vendors' requests go to a simulator, whatever their models are called."""

    def use(sim: Sim) -> None:
        monkeypatch.setenv("ANTHROPIC_API_KEY", "test-key")
        monkeypatch.setenv("OPENAI_API_KEY", "test-key")
        user_config.write_text(
            f'[providers.anthropic]\nbase_url = "{sim.url}"\n[providers.openai]\nbase_url = "{sim.url}/v1"\n'
        )

    return use
