"""Runs one command and prints what it took, as JSON: `measure.py MARK COMMAND...`. MARK is a text in its stdout.

A process of its own, and a small one: the peak memory that the system tells of a process is at least that of the one
that started it. So nothing is imported that is not needed, and JSON only at the end.
"""

import os
import sys
import time


def main() -> None:
    mark, command = sys.argv[1].encode(), sys.argv[2:]
    reading, writing = os.pipe()
    nothing = os.open(os.devnull, os.O_RDONLY)
    actions = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, writing, 1)]
    began = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
    os.close(writing)
    out, seen_s = b"", None
    while data := os.read(reading, 1 << 16):
        out += data
        if seen_s is None and mark in out:
            seen_s = time.monotonic() - began
    _, status, usage = os.wait4(pid, 0)
    wall_s = time.monotonic() - began
    import json

    took = {
        "code": os.waitstatus_to_exitcode(status),
        "wall_s": wall_s,
        "seen_s": seen_s,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "peak_mib": usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024 * 1024),
        "out": out[-400:].decode(errors="replace"),
    }
    print(json.dumps(took))


if __name__ == "__main__":
    main()
