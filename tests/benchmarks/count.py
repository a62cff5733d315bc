"""How fast and in how much memory `llmcli count-tokens --offline` counts a large file. Run by hand:

    python -m tests.benchmarks.count [MEGABYTES]

The same file goes through `wc -w`, which is as much as a word count takes, and through splintr in a bare script that
reads and encodes the file as a whole. The ASCII file is this repository's own text, over and over; the other is the
same with an emoji here and there, for which Python takes four bytes for each character; the text is there twice, as it
was read and as it is sent, so that the limit is twice that and 80 MiB. Seconds are of whole processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from .startup import ROOT, environment

MB = 1_000_000
LEAST_MB_PER_S, PROGRAM_MIB = 5.0, 80
EMOJI_EVERY = 10_000
BARE = """
import sys, splintr
text = open(sys.argv[1], encoding="utf-8").read()
print(len(splintr.Tokenizer.from_pretrained("o200k_base").encode_ordinary(text)))
"""
# Makes `import splintr` fail as if it were not installed.
WITHOUT = """
import importlib.util, sys
find = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name == "splintr" else find(name, *rest)
from llmcli.cli import main
main()
"""
COUNT = ["count-tokens", "--offline", "-n", "-m", "gpt-6-luna"]


def sample(megabytes: int) -> bytes:
    """Source code and prose of this repository, repeated up to that size."""
    files = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.rglob("llmcli/**/*.py"))]
    once = b"".join(file.read_bytes() for file in files).decode().encode("ascii", "ignore")
    size = megabytes * MB
    return (once * (size // len(once) + 1))[:size]


def write_samples(megabytes: str, ascii_file: str, emoji_file: str) -> None:
    """The two files."""
    data = sample(int(megabytes))
    Path(ascii_file).write_bytes(data)
    pieces = (data[at : at + EMOJI_EVERY] for at in range(0, len(data), EMOJI_EVERY))
    Path(emoji_file).write_bytes("\N{GRINNING FACE}".encode().join(pieces))


def run(command: list[str], home: str) -> tuple[float, float, str]:
    """Seconds, peak memory in MiB, and what the process printed. Exits if it fails."""
    began = time.perf_counter()
    with subprocess.Popen(command, env=environment(home), cwd=home, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        printed = process.stdout.read().decode()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise SystemExit(f"{command[:6]} failed with {process.returncode}")
    peak = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024)
    return time.perf_counter() - began, peak, printed.split()[0]


def compare(file: Path, megabytes: int, bytes_each: int, home: str) -> None:
    most_mib = 2 * bytes_each * megabytes * MB / 2**20 + PROGRAM_MIB
    llmcli, script = [sys.executable, "-m", "llmcli", *COUNT], [sys.executable, "-c", WITHOUT, *COUNT]
    rows = [
        ("wc -w", ["wc", "-w", str(file)], False),
        ("splintr, the whole text", [sys.executable, "-c", BARE, str(file)], False),
        ("llmcli with splintr", [*llmcli, "-f", str(file)], True),
        ("llmcli without", [*script, "-f", str(file)], True),
        ("llmcli --truncate", [*llmcli, "-f", str(file), "--truncate", "5", "--tail"], True),
    ]
    print(f"{file.name + f', {megabytes} MB':<26} {'s':>7} {'MB/s':>7} {'MiB':>6}  printed")
    for label, command, ours in rows:
        seconds, peak, printed = run(command, home)
        missed = "  MISSED" if ours and (megabytes / seconds < LEAST_MB_PER_S or peak > most_mib) else ""
        print(f"{label:<26} {seconds:7.2f} {megabytes / seconds:7.1f} {peak:6.0f}  {printed[:20]}{missed}")


def main() -> None:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    with tempfile.TemporaryDirectory() as home:
        ascii_file, emoji_file = Path(home) / "ascii.txt", Path(home) / "emoji.txt"
        # Not in this process: a child's peak memory is at least what its parent had when it was started.
        script = "from tests.benchmarks.count import write_samples as w; import sys; w(*sys.argv[1:])"
        subprocess.run([sys.executable, "-c", script, str(megabytes), ascii_file, emoji_file], cwd=ROOT, check=True)
        compare(ascii_file, megabytes, 1, home)
        compare(emoji_file, megabytes, 4, home)


if __name__ == "__main__":
    main()
