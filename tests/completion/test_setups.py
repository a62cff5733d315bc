"""Shells as people have them: other word breaks, strict modes, other ways to load the scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .conftest import Place, need
from .shells import SCRIPTS, SHELLS, Shell

Start = Callable[..., Shell]


@pytest.fixture
def start(place: Place) -> Iterator[Start]:
    running: list[Shell] = []

    def run(shell: str, load: str = "", before: str = "") -> Shell:
        need(shell)
        running.append(SHELLS[shell](place.folder, place.environ, load, before))
        return running[-1]

    yield run
    for each in running:
        each.close()


STRICT = {
    "unset names are errors": "set -u",
    "POSIX mode": "set -o posix",
    "another IFS": "IFS=:",
    "globs that fail": "shopt -s failglob extglob",
    "globs that vanish": "shopt -s nullglob nocaseglob nocasematch dotglob",
    "no word breaks but blanks": "COMP_WORDBREAKS=$' \\t\\n\"\\''",
    "noclobber and no globs": "set -fC",
}
LINES = {
    "llmcli cost rep": "llmcli cost report ",
    "llmcli extract --schema=sc": "llmcli extract --schema=schema.json ",
    "llmcli extract --schema ": "llmcli extract --schema ",
    "llmcli ask -f my": r"llmcli ask -f my\ file.txt ",
    "llmcli ask -s @my": r"llmcli ask -s @my\ file.txt ",
    "llmcli ask --cache --ra": "llmcli ask --cache --raw ",
    "llmcli ask --model=local/llama3:8": "llmcli ask --model=local/llama3:8b ",
    "llmcli ask -m my": r"llmcli ask -m my\ model ",
    "llmcli ask word ": "llmcli ask word ",
}


@pytest.mark.parametrize("setting", STRICT)
def test_bash_completes_whatever_it_is_set_to(start: Start, setting: str) -> None:
    shell = start("bash", before=STRICT[setting])
    assert {line: shell.tab(line) for line in LINES} == LINES
    assert "bash: " not in shell.screen  # which is how its errors begin


def test_zsh_loads_it_from_its_path(start: Start, tmp_path: Path) -> None:
    """As `completion install` puts it there: compinit finds the file by its first line."""
    folder = tmp_path / "functions"
    folder.mkdir()
    (folder / "_llmcli").write_bytes(SCRIPTS["zsh"].read_bytes())
    shell = start("zsh", load=f"fpath=('{folder}' $fpath); autoload -Uz compinit && compinit -D -u")
    assert shell.tab("llmcli cost rep") == "llmcli cost report "
    assert shell.tab("llmcli cost rep") == "llmcli cost report "


def test_zsh_loads_it_without_compinit(start: Start) -> None:
    """Sourced, the script starts the completion system itself."""
    shell = start("zsh", load=f"source '{SCRIPTS['zsh']}'")
    assert shell.tab("llmcli cost rep") == "llmcli cost report "


@pytest.mark.parametrize("name", SHELLS)
def test_a_program_that_fails_or_is_not_there_leaves_the_line_and_the_screen_alone(
    start: Start, place: Place, name: str
) -> None:
    shell = start(name)
    line = "llmcli models --provider "
    assert (shell.offered(line), place.asked()) == ([], ["completion values providers"])
    (place.folder.parent / "bin" / "llmcli").unlink()
    assert (shell.offered(line), shell.offered("llmcli ask -m ")) == ([], [])
    assert "nobody asked this" not in shell.screen
    assert "not found" not in shell.screen
