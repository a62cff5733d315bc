"""Which llmcli this is, and which Python it runs on."""

from __future__ import annotations

import platform
import sys
from pathlib import Path

import llmcli
from llmcli.commands.doctor.check import Checks, ok


def checks() -> Checks:
    yield ok("version", f"llmcli {llmcli.__version__} in {Path(llmcli.__file__).parent}")
    yield ok("python", f"{platform.python_version()}, {sys.executable or 'of unknown place'}")
