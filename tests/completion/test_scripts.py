"""The scripts are what the commands say, and where they are said to be."""

from __future__ import annotations

import tomllib
from typing import get_args

import pytest
from typer.main import get_command

from llmcli.cli import build
from llmcli.commands.completion.places import SHARED, Shell
from llmcli.commands.completion.script import script
from llmcli.commands.completion.values import Choice, Files, Names, Text, values_of

from ..helpers import ROOT, RunLlmcli
from .shells import SCRIPTS

SHELLS: tuple[Shell, ...] = get_args(Shell)


@pytest.mark.parametrize("shell", SHELLS)
def test_the_scripts_are_those_of_the_commands(shell: Shell) -> None:
    file = SCRIPTS[shell].relative_to(ROOT)
    assert (ROOT / file).read_text(encoding="utf-8") == script(shell, get_command(build())), (
        f"write it again: llmcli completion show --shell {shell} >{file}"
    )


def test_show_prints_the_script_of_ones_own_shell_or_of_another(run_here: RunLlmcli) -> None:
    text = ""
    for shell in SHELLS:
        text = SCRIPTS[shell].read_text(encoding="utf-8")
        assert run_here("completion", "show", "--shell", shell, env={"SHELL": "/bin/other"}).out == text
    assert run_here("completion", "show", env={"SHELL": "/usr/bin/fish"}).out == text


def test_what_can_stand_there_is_told_by_the_word_of_the_help() -> None:
    assert values_of("--judge", "MODEL", None) == Names("models")
    assert values_of("source", "[FILE]", None) == Files()
    assert values_of("prompt", "[PROMPT]...", None) == Text()
    assert values_of("--top-k", None, None) == Text()
    assert values_of("--stdin", None, ("auto", "never")) == Choice(("auto", "never"))


def test_a_word_that_is_new_must_be_given_a_place() -> None:
    with pytest.raises(LookupError, match=r'"THING" of --thing.*completion\.values'):
        values_of("--thing", "THING", None)


def test_the_wheel_puts_each_script_where_its_shell_looks() -> None:
    targets = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]
    put = targets["wheel"]["shared-data"]
    for shell in SHELLS:
        file = str(SCRIPTS[shell].relative_to(ROOT))
        assert put[file].removeprefix("share/") in SHARED[shell]
