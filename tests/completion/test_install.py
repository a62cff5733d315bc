"""completion install: one file, in the user's own place, and a word on what is left to do."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from llmcli.commands.completion.places import Shell, installed

from ..helpers import RunLlmcli
from .conftest import need
from .shells import SCRIPTS

ENDING: dict[Shell, str] = {
    "bash": "data/bash-completion/completions/llmcli",
    "zsh": "data/zsh/site-functions/_llmcli",
    "fish": "config/fish/completions/llmcli.fish",
}


@pytest.fixture
def home(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home where nothing is installed, on a system where nothing is installed."""
    folder = isolated.parent / "home"
    monkeypatch.setenv("XDG_DATA_HOME", str(folder / "data"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(folder / "system"))
    for name in ("BASH_COMPLETION_USER_DIR", "ZDOTDIR"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.mark.parametrize("shell", ENDING)
def test_the_script_is_written_where_the_shell_looks_and_nothing_else(
    home: Path, run_here: RunLlmcli, shell: Shell
) -> None:
    before = sorted(home.rglob("*"))
    assert installed(shell) is None
    done = run_here("completion", "install", "--shell", shell)
    place = home / ENDING[shell]
    assert (done.code, done.out) == (0, "")
    assert f"llmcli: wrote {place}\n" in done.err
    assert place.read_bytes() == SCRIPTS[shell].read_bytes()
    assert installed(shell) == place
    new = {path for path in home.rglob("*") if path not in before and not path.is_dir()}
    assert new == {place}


def test_the_shell_is_that_of_the_user(home: Path, run_here: RunLlmcli) -> None:
    assert run_here("completion", "install", env={"SHELL": "/usr/local/bin/fish"}).code == 0
    assert (home / ENDING["fish"]).exists()


@pytest.mark.parametrize("shell", ["", "/bin/dash", "/usr/bin/tcsh"])
def test_an_unknown_shell_is_a_usage_error_that_says_what_to_do(home: Path, run_here: RunLlmcli, shell: str) -> None:
    done = run_here("completion", "install", env={"SHELL": shell})
    assert (done.code, done.out) == (2, "")
    assert f'SHELL is "{shell}"' in done.err
    assert "--shell: bash, zsh, fish" in done.err


def test_again_it_changes_nothing_and_says_so(home: Path, run_here: RunLlmcli) -> None:
    run_here("completion", "install", "--shell", "bash")
    place = home / ENDING["bash"]
    written = place.stat()
    assert f"{place} is up to date" in run_here("completion", "install", "--shell", "bash").err
    assert (place.stat().st_mtime_ns, place.stat().st_ino) == (written.st_mtime_ns, written.st_ino)
    place.write_text("of an older version")
    assert f"wrote {place}" in run_here("completion", "install", "--shell", "bash").err
    assert place.read_bytes() == SCRIPTS["bash"].read_bytes()


def test_bash_needs_a_line_where_there_is_no_bash_completion(home: Path, run_here: RunLlmcli) -> None:
    place = home / ENDING["bash"]
    line = f". '{place}'"
    assert f"add to {home / '.bashrc'}: {line}\n" in run_here("completion", "install", "--shell", "bash").err
    (home / ".bashrc").write_text(f"{line}\n")
    assert "add to" not in run_here("completion", "install", "--shell", "bash").err
    (home / ".bashrc").unlink()
    there = home / "system" / "bash-completion" / "bash_completion"
    there.parent.mkdir(parents=True)
    there.touch()
    assert "add to" not in run_here("completion", "install", "--shell", "bash").err


def test_zsh_needs_the_directory_in_its_path_once(home: Path, run_here: RunLlmcli) -> None:
    said = run_here("completion", "install", "--shell", "zsh").err
    line = said.splitlines()[-1].partition("compinit that is there: ")[2]
    assert line.startswith("fpath=(")
    (home / ".zshrc").write_text(f"{line}\n")
    assert "add to" not in run_here("completion", "install", "--shell", "zsh").err
    need("zsh")
    asked = ["zsh", "-i", "-c", "print -r -- $_comps[llmcli]"]
    assert subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout == "_llmcli\n"


def test_the_directory_may_be_named_from_the_home_directory_on(home: Path, run_here: RunLlmcli) -> None:
    (home / ".zshrc").write_text("fpath=(~/data/zsh/site-functions $fpath)\nautoload -Uz compinit && compinit\n")
    assert "add to" not in run_here("completion", "install", "--shell", "zsh").err


def test_the_users_own_directory_of_bash_completion_wins(home: Path, run_here: RunLlmcli) -> None:
    own = home / "own"
    run_here("completion", "install", "--shell", "bash", env={"BASH_COMPLETION_USER_DIR": f"{own}:/elsewhere"})
    assert (own / "completions" / "llmcli").exists()


def test_a_place_that_cannot_be_written_is_a_usage_error(home: Path, run_here: RunLlmcli) -> None:
    (home / "data").write_text("in the way")
    done = run_here("completion", "install", "--shell", "zsh")
    assert (done.code, done.out) == (2, "")
    assert f"cannot write {home / ENDING['zsh']}" in done.err
    assert "llmcli completion show --shell zsh" in done.err


def test_a_script_of_the_system_counts_as_installed(home: Path) -> None:
    place = home / "system" / "fish" / "vendor_completions.d" / "llmcli.fish"
    place.parent.mkdir(parents=True)
    place.touch()
    assert installed("fish") == place


def test_a_broken_configuration_is_in_nobodys_way(home: Path, isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text("model = [")
    assert run_here("completion", "install", "--shell", "fish").code == 0


def test_fish_finds_what_was_installed(home: Path, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks only for completion of programs that are there."""
    need("fish")
    run_here("completion", "install", "--shell", "fish")
    program = home / "bin" / "llmcli"
    program.parent.mkdir()
    program.touch(mode=0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    asked = ["fish", "-c", "complete -C 'llmcli cost rep'"]
    assert subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True).stdout.startswith("report\t")
