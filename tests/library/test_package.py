"""`import llmcli`: light, typed, and the same whatever was imported before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import assert_type

import pytest

import llmcli

from ..helpers import ROOT

# What the command does not load for its help either, besides Typer itself.
HEAVY = {"asyncio", "anthropic", "openai", "httpx2", "pydantic", "logging", "sqlite3", "typer", "rich", "aiohttp"}


def test_the_import_loads_next_to_nothing() -> None:
    script = (
        "import sys, json\n"
        "before = set(sys.modules)\n"
        "import llmcli\n"
        "bare = set(sys.modules) - before\n"
        f"from llmcli import {', '.join(llmcli.__all__)}\n"
        "print(json.dumps([sorted(bare), sorted({name.partition('.')[0] for name in sys.modules})]))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-S", "-c", script], capture_output=True, env=environment, check=True)
    bare, all_names = json.loads(done.stdout)
    assert set(bare) <= {"llmcli", "types"}
    assert set(all_names) & HEAVY == set()


@pytest.mark.parametrize("name", llmcli.__all__)
def test_every_name_is_there(name: str) -> None:
    assert name in dir(llmcli)
    assert getattr(llmcli, name).__name__ == name


def test_what_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'llmcli' has no attribute 'aks'"):
        llmcli.aks  # type: ignore[attr-defined]  # noqa: B018


def test_a_users_types_hold(isolated: Path) -> None:
    """Checked by mypy together with the rest, as a user's program would be; and it runs."""
    answer = llmcli.ask("sim:echo hi", model="sim", effort="low", timeout_s=30, tags={"a": "b"})
    assert_type(answer, llmcli.Answer)
    assert_type(answer.cost_usd, Decimal | None)
    assert_type(answer.usage.input_tokens, int | None)
    with llmcli.stream("sim:echo hi", model="sim") as pieces:
        assert_type(next(pieces), str)
        assert_type(pieces.answer, llmcli.Answer)
    with pytest.raises(llmcli.UsageError):
        llmcli.ask("hi", model="sim", effort="hard")  # type: ignore[arg-type]
