"""SECURITY.md is kept: the files it names are those that are made, and its tests exist."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from llmcli.ledger.schema import open_ledger

from ..helpers import ROOT, RunLlmcli

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
HERE = Path(__file__).parent


def section(title: str) -> str:
    """The text below `## title`."""
    parts = re.split(r"^## (.+)\n", TEXT, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[title]


def stored() -> dict[str, str]:
    """The mode that the table tells of each file; names are as there, with NAME and OUT."""
    rows = [line.strip("|").split("|") for line in section("What is stored where").splitlines() if line[:1] == "|"][2:]
    return {name: mode.strip() for file, _, mode, _ in rows for name in re.findall(r"`([^`]+)`", file)}


def test_every_file_that_is_made_stands_in_the_table(isolated: Path, run_here: RunLlmcli) -> None:
    """With the mode that it has."""
    home = isolated.parent / "home"
    (isolated / "in.jsonl").write_text('{"prompt": "hi"}\n')
    (isolated / "llmcli.toml").write_text("retries = 1\n")
    commands = [
        "ask -n hi -m sim", "chat -n hi -m sim --session NAME", "config init", "config trust",
        "doctor --offline -m sim", f"batch in.jsonl -m sim -o {home}/OUT --progress none",
        "extract -n hi -m sim --schema a", "cost report", "count-tokens -n hi -m sim",
    ]  # fmt: skip
    for command in commands:
        assert run_here(*shlex.split(command)).code == 0, command
    connection = open_ledger(home / "state" / "llmcli" / "ledger.db")
    connection.execute("BEGIN IMMEDIATE")  # while it is written, there are the log and its index
    table, found = stored(), {}
    for path in home.rglob("*"):
        if path.is_file() and path.name != "OUT":
            name = str(path.relative_to(home)).removeprefix("state/llmcli/").removeprefix("config/llmcli/")
            found[name] = f"0{path.stat().st_mode & 0o777:o}"
    connection.close()
    assert found.keys() - table.keys() == set()
    assert {"ledger.db-wal", "sessions/NAME.json", "trusted.json", "OUT.journal"} <= found.keys()
    assert {name: table[name] for name in found} == found


def test_every_test_that_is_named_exists_and_every_one_of_these_is_named() -> None:
    named = {Path(name).name for name in re.findall(r"`([\w/]*test_\w+\.py)`", TEXT)}
    every = {path.name for path in (ROOT / "tests").rglob("test_*.py")}
    assert named - every == set()
    assert {path.name for path in HERE.glob("test_*.py")} - named == {Path(__file__).name}
