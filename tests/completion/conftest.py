"""A home, a working directory and a `llmcli` on the PATH for shells to complete in."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ..helpers import ROOT
from .shells import SHELLS, Shell

FILES = ("my file.txt", "rows.jsonl", "schema.json", "model.py", "faults.toml", "sub/deep.json")
CONFIG = "[profiles.ci]\nretries = 1\n[profiles.night]\nretries = 2\n"

# Says which names there are, as the program would, but at once. Profiles are asked of the program itself.
PROGRAM = """\
#!/bin/sh
echo "$*" >>'{log}'
case "$*" in
    'completion values models')
        printf '%s\\tsaid of it\\n' sim fast 'my model' '$(touch x)' local/ local/llama3:8b local/llama3:70b
        ;;
    'completion values sessions') printf 'ops\\nops-2\\n' ;;
    'completion values tags') printf 'team=web\\thas a budget\\n' ;;
    'completion values profiles') exec '{python}' -m llmcli "$@" ;;
    *) echo 'nobody asked this' >&2 && exit 1 ;;
esac
"""


@dataclass(frozen=True)
class Place:
    """Where shells run, and what the program on their PATH was asked."""

    folder: Path
    environ: dict[str, str]
    log: Path

    def asked(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


def place_in(base: Path) -> Place:
    home, work, programs, log = base / "home", base / "work", base / "bin", base / "asked"
    for folder in (home, work / "sub", work / "dir with space", programs):
        folder.mkdir(parents=True)
    for name in FILES:
        (work / name).touch()
    (home / "config.toml").write_text(CONFIG)
    (programs / "llmcli").write_text(PROGRAM.format(log=log, python=sys.executable))
    (programs / "llmcli").chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LLMCLI_", "XDG_", "BASH_"))}
    own = {
        "HOME": str(home),
        "LLMCLI_CONFIG": str(home / "config.toml"),
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "LC_ALL": "C.UTF-8",
    }
    return Place(work, kept | own, log)


def need(shell: str) -> None:
    """Skip what needs a shell that is not on this machine. bash is on all of them."""
    if shutil.which(shell) is None:
        assert shell != "bash"
        pytest.skip(f"{shell} is not installed: apt-get install {shell}")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return place_in(tmp_path)


@pytest.fixture(scope="session")
def common_place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return place_in(tmp_path_factory.mktemp("completion"))


@pytest.fixture(scope="session", params=SHELLS)
def shell(request: pytest.FixtureRequest, common_place: Place) -> Iterator[Shell]:
    """One session of each shell for all tests, since to start one takes longer than to press TAB."""
    need(request.param)
    running = SHELLS[request.param](common_place.folder, common_place.environ)
    yield running
    running.close()
