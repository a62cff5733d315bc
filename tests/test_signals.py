"""Signals at moments when Python cannot carry an exception: none is lost, none leaves a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from .helpers import ROOT

BEGIN = """
import signal, sys, time
from llmcli import signals
from llmcli.errors import InterruptedRunError
signals.raise_on_signals()
def come(number=signal.SIGTERM):
    signal.raise_signal(number)
"""
AMID_A_DESTRUCTOR = """
class Gone:
    def __del__(self):
        come()
try:
    Gone()
    time.sleep(5)
except InterruptedRunError as error:
    print(error)
"""
AMID_AN_IMPORT = """
try:
    import slow
    print(slow.whole)
    time.sleep(5)
except InterruptedRunError as error:
    print(error)
"""
AMID_AN_ENDLESS_IMPORT = """
signals.LONGEST_IMPORT_S = 0.1
try:
    import endless
except InterruptedRunError as error:
    print(error)
"""
PUT_OFF = """
try:
    with signals.put_off():
        come(signal.SIGINT)
        print("whole")
    time.sleep(5)
except InterruptedRunError as error:
    print(error)
"""
WHILE_AN_ERROR_IS_REPORTED = """
from llmcli import cli, render
make = render.envelope
render.envelope = lambda outcome: come() if signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL else make(outcome)
sys.argv = ["llmcli", "models", "no such", "--json"]
cli.main()
"""
WHILE_IT_CLOSES = """
from llmcli import cli
cli.App.close = lambda app: come()
sys.argv = ["llmcli", "--version"]
cli.main()
"""


def end_of(program: str, folder: Path) -> tuple[int, str, str]:
    (folder / "slow.py").write_text("from __main__ import come\ncome()\nwhole = 'whole'\n")
    (folder / "endless.py").write_text("from __main__ import come\ncome()\nwhile True: pass\n")
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + program],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        env={"PYTHONPATH": f"{ROOT}:{folder}", "HOME": str(folder)},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(
    ("program", "printed"),
    [
        (AMID_A_DESTRUCTOR, "terminated\n"),
        (AMID_AN_IMPORT, "whole\nterminated\n"),
        (AMID_AN_ENDLESS_IMPORT, "terminated\n"),
        (PUT_OFF, "whole\ninterrupted\n"),
    ],
    ids=["destructor", "import", "endless import", "put off"],
)
def test_a_signal_that_cannot_be_raised_at_once_is_raised_later(tmp_path: Path, program: str, printed: str) -> None:
    assert end_of(program, tmp_path) == (0, printed, "")


def test_a_signal_while_an_error_is_reported_is_reported_too(tmp_path: Path) -> None:
    code, out, err = end_of(WHILE_AN_ERROR_IS_REPORTED, tmp_path)
    assert code == 143
    assert err.splitlines()[-1] == "llmcli: terminated"
    assert '"class": "sigterm"' in out


def test_a_signal_when_all_is_said_ends_the_process_without_a_word(tmp_path: Path) -> None:
    code, out, err = end_of(WHILE_IT_CLOSES, tmp_path)
    assert (code, err) == (-15, "")
    assert out.startswith("llmcli ")
