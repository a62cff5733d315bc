"""The man pages are those of the commands as they are, and can be read."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib

import pytest

from llmcli.errors import ExitCode
from man.generate import FOLDER, pages

from ..helpers import ROOT

PAGES = pages()


def test_the_pages_are_up_to_date() -> None:
    """If not: python -m man.generate."""
    assert {file.name: file.read_text(encoding="utf-8") for file in FOLDER.iterdir()} == PAGES


def test_the_wheel_puts_them_where_man_looks() -> None:
    """Beside bin/, which `man` finds through the PATH."""
    wheel = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["shared-data"]["man/man1"] == "share/man/man1"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_holds_no_request_by_accident(name: str) -> None:
    """A line of text that begins with a dot or a quote would be one, and a lone backslash an escape."""
    known = {"TH", "SH", "SS", "TP", "TQ", "PP", "RS", "RE", "B", "BR", "nf", "fi", "nh", "ad", '\\"'}
    for line in PAGES[name].splitlines():
        assert not line.startswith("'")
        assert not line.startswith(".") or line[1:].split()[0] in known
        assert re.fullmatch(r"(?:[^\\]|\\(?:e|-|&|f[BRI]|\(aq|\(ga|\(ha|\(ti|\"))*", line), line


def groff(page: str) -> subprocess.CompletedProcess[str]:
    command = ["groff", "-ww", "-P-cbou", "-man", "-Tutf8", "-rLL=80n"]
    return subprocess.run(command, input=page, capture_output=True, text=True, check=True)


def test_groff_reads_the_pages_without_a_warning() -> None:
    """What it prints says what the command is, how it is used and how it ends. Where there is a groff."""
    done = groff("".join(PAGES.values())) if shutil.which("groff") else None
    text, warnings = (done.stdout, done.stderr) if done else ("", "")
    assert warnings == ""
    for name, page in PAGES.items() if done else ():
        assert f"\n       {name.removesuffix('.1')} - " in text
        assert page.index(".SH SYNOPSIS") < page.index(".SH OPTIONS") < page.index(".SH EXAMPLES")
    for code in ExitCode if done else ():
        assert f"\n       {code.value:<7}{code.meaning[:1].upper()}{code.meaning[1:20]}" in text
