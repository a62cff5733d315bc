"""The table of `compare.py`, and what it says of itself."""

from __future__ import annotations

import datetime
import os
import platform
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from .peers import AT_ONCE, NOT_MEASURED, PROCESSES_AT_ONCE, Peer

BEGIN, END = "<!-- compare.py: from here -->", "<!-- compare.py: to here -->"
BARE = "python -c pass"
LOOP_ROWS = 8


@dataclass(frozen=True)
class Took:
    """One run of one command."""

    wall_s: float
    seen_s: float
    cpu_s: float
    peak_mib: float


Measures = dict[str, dict[str, list[Took]]]
"""By measure and peer."""


def table(peers: list[Peer], found: Measures, rows: int) -> list[str]:
    """The figures, a line a peer; times of start-up and prompt also as multiples of a Python that does nothing."""
    bare = found["start"][BARE]
    head = ["", "start-up", "one prompt", "first token", "rows a second", "memory", "with rows"]
    lines = [f"| {' | '.join(head)} |", f"|---|{'--:|' * (len(head) - 1)}"]
    lines.append(f"| `{BARE}` | {_seconds(bare)} | | | | {_mib(bare)} | |")
    for peer in peers:
        start, ask, stream, batch = (found[what].get(peer.name, []) for what in ("start", "ask", "stream", "batch"))
        cells = [
            _seconds(start, bare=bare),
            _seconds(ask, bare=bare),
            _seconds(stream, "seen_s"),
            _rows(batch, rows) if peer.batch else f"{_rows(batch, LOOP_ROWS)} loop",
            _mib(ask),
            _mib(batch),
        ]
        lines.append(f"| {peer.name} | {' | '.join(cells)} |")
    return lines


def _seconds(took: list[Took], what: str = "wall_s", bare: list[Took] | None = None) -> str:
    if not took:
        return "-"
    times = "" if bare is None else f" ({_median(took, what) / _median(bare, what):.0f}x)"
    return f"{_median(took, what):.2f} s{times}"


def _rows(took: list[Took], count: int) -> str:
    if not took:
        return "-"
    return f"{count / _median(took, 'wall_s'):.1f} ({_median(took, 'cpu_s') * 1000 / count:.1f} ms)"


def _mib(took: list[Took]) -> str:
    return f"{_median(took, 'peak_mib'):.0f} MiB" if took else "-"


def _median(took: list[Took], what: str) -> float:
    return float(statistics.median(getattr(each, what) for each in took))


def notes(lost: Mapping[str, str], versions: Iterable[str], runs: int, rows: int, load: float) -> list[str]:
    """What the figures are of, and what is missing. `load` is what else the machine had to do."""
    today = datetime.datetime.now(datetime.UTC).date()
    missing = {**lost, **NOT_MEASURED}
    return [
        f"Measured on {today} by `python -m tests.benchmarks.compare`: medians of {runs} runs, all in turn,"
        f" against `llmcli sim serve` on this machine ({_machine()}; load {load:.1f} before).",
        "",
        "- Start-up: telling the version, or importing the library. One prompt, first token: from the start of the"
        f" process. In brackets: times `{BARE}`.",
        f"- Rows: {rows:,}, answered after 0.2 s, {AT_ONCE} at once; start included. In brackets: the processor"
        f" time of each. What has no batch is started for each of {LOOP_ROWS} rows, {PROCESSES_AT_ONCE} at once (curl"
        f" {AT_ONCE}). Memory is the peak of one process.",
        f"- Versions: {', '.join(dict.fromkeys(', '.join(versions).split(', ')))}.",
        f"- Not measured: {', '.join(f'{name} ({why})' for name, why in missing.items())}.",
    ]


def _machine() -> str:
    names = [line.partition(":")[2].strip() for line in _cpu_lines() if line.startswith("model name")]
    cpu = names[0] if names else platform.machine()
    return f"{cpu}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def _cpu_lines() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def write(file: Path, lines: list[str]) -> None:
    """Replace what stands between the two comments. Exits if they are not there."""
    text = file.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{file} has no lines {BEGIN} and {END}")
    file.write_text("\n".join([before + BEGIN, *lines, END]) + after, encoding="utf-8")
