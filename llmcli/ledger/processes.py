"""Whose an attempt is that has not been settled: a running process's, or nobody's any more."""

from __future__ import annotations

import math
import os
import time
from pathlib import Path

_START = 19  # of the fields after the name, counted from 0: proc(5), `starttime`
_CLOCKS_DIFFER_S = 1.0


def began(pid: int) -> float:
    """When the process of this number began, in seconds since 1970: what was sent before is not its own.

    Infinity if there is none. Where the system does not tell, it is taken for as old as can be: an attempt that is
    lost then looks open, which costs the same.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return math.inf
    except PermissionError:
        pass  # somebody else's
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        age_s = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[_START]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return -math.inf
    return time.time() - age_s - _CLOCKS_DIFFER_S
