"""How long one TAB takes in each shell, from the key to the new line: from the shell's own tables, and with names
looked up. Run it as `python -m tests.benchmarks.completion` on a machine that does nothing else.
"""

from __future__ import annotations

import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from ..completion.shells import SHELLS, Shell

TARGET_MS = 150
LINES = {
    "a command": "llmcli cou",
    "an option": "llmcli ask --no-s",
    "a choice": "llmcli ask --stdin=req",
    "a file": "llmcli ask -f rows",
    "a model": "llmcli ask -m claude-haiku-5",
    "a profile": "llmcli ask --profile ci",
    "a session": "llmcli chat --session op",
}


def median_ms(shell: Shell, line: str, times: int) -> float:
    """The first TAB, which loads the shell's own functions, does not count."""
    taken = []
    for _ in range(times + 1):
        began = time.perf_counter()
        after = shell.tab(line)
        taken.append(time.perf_counter() - began)
        if after == line:
            raise SystemExit(f"{shell.name} completes nothing after {line!r}")
    return statistics.median(taken[1:]) * 1000


def main() -> None:
    with tempfile.TemporaryDirectory() as base:
        home, work = Path(base) / "home", Path(base) / "work"
        sessions = home / "state" / "llmcli" / "sessions"
        for folder in (sessions, work):
            folder.mkdir(parents=True)
        (home / "config.toml").write_text("[profiles.ci]\nretries = 1\n")
        (sessions / "ops.json").touch()
        (work / "rows.jsonl").touch()
        environ = {
            **os.environ,
            "HOME": str(home),
            "XDG_STATE_HOME": str(home / "state"),
            "LLMCLI_CONFIG": str(home / "config.toml"),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        for name in filter(shutil.which, SHELLS):
            shell = SHELLS[name](work, environ)
            for label, line in LINES.items():
                ms = median_ms(shell, line, 9)
                print(f"{name:<5} {label:<10} {ms:6.1f} ms{'' if ms <= TARGET_MS else '  MISSED'}")
            shell.close()


if __name__ == "__main__":
    main()
