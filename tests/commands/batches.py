"""What the tests of `batch` share: inputs, outputs, a simulator to talk to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..contract.servers import Sim

KEY = "sk-batch-test-key"
# Retries that do not wait for a person.
QUICK = {"LLMCLI_RETRY_BASE_S": "0.01", "ANTHROPIC_API_KEY": KEY, "OPENAI_API_KEY": KEY}
VENDORS = {"claude-haiku-5-5": "", "gpt-6-luna": "/v1"}


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def numbered(count: int) -> list[dict[str, Any]]:
    """Rows with an id each, all of which ask something else."""
    return [{"custom": f"row-{number}", "prompt": f"number <{number}>"} for number in range(count)]


def read_lines(path: Path) -> list[dict[str, Any]]:
    return lines_of(path.read_text(encoding="utf-8"))


def lines_of(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def to(sim: Sim, model: str = "claude-haiku-5-5") -> tuple[str, ...]:
    """The arguments that send a model's calls to the simulator."""
    return ("-m", model, "--base-url", sim.root + VENDORS[model], "--progress", "none")


def requests(sim: Sim) -> list[dict[str, Any]]:
    """The log of the server so far, without questions for how many tokens something is."""
    found = [json.loads(line) for line in sim.log.read_text(encoding="utf-8").splitlines()]
    return [entry for entry in found if "tokens" not in entry["path"]]
