"""What the two files of `--print-request` snapshots share: what is asked, and how it is shown.

The expected bodies are written by hand from the vendors' documentation as of November 2026, not recorded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..helpers import RunLlmcli
from .files import base64_of, image, png, written

JPEG = image("image/jpeg")
JPEG_64 = base64_of(JPEG)
PNG_64 = base64_of(png())
PDF_64 = "JVBERi0xLjQKJSVFT0YK"
NOTES = '<file name="notes.txt">\nmind the gap\n</file>'
FILES = ("-f", "notes.txt", "-f", "dot.png", "-f", "photo.dat", "-f", "paper.pdf")
TOOL = ("--tool", "weather.json")
_TOOL_FILE = """{"name": "weather", "description": "Today's weather", "input_schema":
  {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}"""


def write_files(folder: Path) -> None:
    """One file of each kind, and a tool."""
    written(folder, "notes.txt", "mind the gap\n")
    written(folder, "dot.png", png())
    written(folder, "photo.dat", JPEG)  # its name says nothing
    written(folder, "paper.pdf", b"%PDF-1.4\n%%EOF\n")
    written(folder, "weather.json", _TOOL_FILE)


def shown(run: RunLlmcli, model: str, *flags: str, command: str = "ask") -> dict[str, Any]:
    """What `--print-request json` shows, with no key set."""
    done = run(command, "-m", model, "--print-request", "json", *flags, "-n", "What is it?")
    assert done.code == 0, done.err
    found: dict[str, Any] = done.json
    return found


def body(run: RunLlmcli, model: str, *flags: str) -> Any:
    return shown(run, model, *flags)["body"]
