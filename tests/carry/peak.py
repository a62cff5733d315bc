"""Runs `llmcli` with this process's arguments, and prints its peak memory in KiB on stderr at the end.

The program leaves without a chance to look at itself, so that it is this small parent who asks.
"""

from __future__ import annotations

import resource
import subprocess
import sys

code = subprocess.call([sys.executable, "-m", "llmcli", *sys.argv[1:]])
print(f"peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}", file=sys.stderr)
raise SystemExit(code)
