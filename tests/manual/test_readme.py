"""What the README promises of itself: its start works on a fresh machine, its tables are true.

Everything is parsed out of README.md, nothing is copied from it. Its one-liners are tested among the
recipes, and what it has in common with the pages of docs/ in test_documents.py.
"""

from __future__ import annotations

import json
import re
import shutil

import pytest

from llmcli.errors import ExitCode
from llmcli.models import DEFAULT_MODELS

from ..helpers import ROOT
from .machine import Machine, Ran
from .pages import DOCS, README, blocks, inline_code, table
from .project import a_vendor
from .tree import commands

TEST_MARKER = "<!-- test command: "
START = README.section("Start")
MAIN, EXTRACT, ASK, TEST = blocks(START, "sh")


def test_the_first_command_asks_the_simulator(machine: Machine) -> None:
    """Its last part, after the installation, answers with no key and no network."""
    install, _, ask = MAIN.rpartition(" && ")
    assert "-m venv .venv && .venv/bin/pip install" in install
    machine.install(machine.project / ".venv/bin/llmcli")
    ran = machine.run(ask)
    assert (ran.exit_code, ran.stderr) == (0, "")
    assert '"Say hello"' in ran.stdout


def test_both_commands_make_the_same_environment() -> None:
    """Each works alone, and the second after the first."""
    start = "python3 -m venv .venv && .venv/bin/pip install -q "
    assert MAIN.startswith(start)
    assert TEST.startswith(start)
    assert ".venv/bin/pytest" in TEST
    assert README.text.index(TEST_MARKER) < README.text.index(TEST)


def test_data_comes_out_of_a_pipe_without_a_key(machine: Machine) -> None:
    """One record a line, as the schema wants it."""
    machine.install(machine.project / ".venv/bin/llmcli")
    ran = machine.run(EXTRACT)
    assert [json.loads(line) for line in ran.stdout.splitlines()] == [{"name": "Ada", "age": 36}, {"name": "Bo"}]
    assert ran.exit_code == 0


def test_with_a_key_a_model_is_asked(machine: Machine) -> None:
    """The block as it stands, key included, at a server that takes any."""
    machine.install(machine.project / ".venv/bin/llmcli")
    with a_vendor(machine) as environ:
        ran = machine.run(ASK, {"LLMCLI_BASE_URL": environ["LLMCLI_BASE_URL"]})
    assert (ran.exit_code, "What is in this directory?" in ran.stdout) == (0, True)


def ci_run(machine: Machine, instead: str) -> Ran:
    """Run .ci/run in a project whose README has `instead` as its test command, with ruff and mypy that only echo."""
    (machine.project / "README.md").write_text(README.text.replace(TEST, instead), encoding="utf-8")
    shutil.copytree(ROOT / ".ci", machine.project / ".ci")
    for name in ("ruff", "mypy"):
        machine.program(machine.project / ".venv" / "bin" / name, "-c", f"import sys; print('{name}', sys.argv[1:])")
    machine.program(machine.programs / "apt-get", "-c", "raise SystemExit('not in a test')")
    return machine.run(".ci/run", folder=machine.project)


def test_ci_runs_the_readmes_own_test_command(machine: Machine) -> None:
    """Another command in the README is another command in CI; then both checkers run."""
    ran = ci_run(machine, "python3 -c 'print(6 * 7)' && echo tested")
    said = [line for line in ran.stdout.splitlines() if not line.startswith("$ ")]
    assert said == ["42", "tested", "ruff ['check']", "ruff ['format', '--check']", "mypy []"]
    assert ran.exit_code == 0


@pytest.mark.parametrize("command", ["false && true", "true && false"])
def test_ci_fails_if_the_test_command_fails(command: str, machine: Machine) -> None:
    """Whichever part of it fails."""
    ran = ci_run(machine, command)
    assert ran.exit_code == 1
    assert "mypy" not in ran.stdout


def test_ci_fails_without_a_test_command(machine: Machine) -> None:
    """A README without the block must not pass for a README whose tests pass."""
    ran = ci_run(machine, "")
    assert ran.exit_code == 1
    assert "README.md" in ran.stderr


# Its tables and examples


def test_the_exit_code_table_is_the_exit_codes() -> None:
    """Codes, names and meanings, in order, none left out."""
    documented = [(int(code), name, meaning) for code, name, meaning in table(README.section("Exit codes"))]
    assert documented == [(code.value, code.name, code.meaning) for code in ExitCode]


def test_every_command_in_the_table_exists() -> None:
    """Also those of the groups, which the table names beside them."""
    listed = table(START)
    assert {name.strip("`").removeprefix("llmcli ") for name, _ in listed} == commands()
    for name, words in listed:
        command = name.strip("`").removeprefix("llmcli ")
        assert command in commands()
        assert set(inline_code(words)) == commands(command) - {"run"}, "batch runs by itself"


def test_the_default_models_are_named() -> None:
    """What is asked when nobody names a model."""
    assert set(DEFAULT_MODELS.values()) <= set(inline_code(README.section("Keys")))


def test_every_page_is_listed() -> None:
    listed = {re.sub(r"\[(.*)\]\(.*\)", r"\1", cell) for cell, _ in table(README.section("More"))}
    assert listed == {page.name for page in DOCS} | {"SECURITY.md"}
