"""`python -m tests.fuzz TARGET --cases N --seed S`: see README.md."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from . import campaign
from .program import Program
from .targets import TARGETS, create


def main() -> int:
    options = _options()
    where = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
    with tempfile.TemporaryDirectory(prefix=f"fuzz-{options.target}-", dir=where) as folder:
        program = Program(Path(folder))
        with create(options.target, program) as target:
            if options.only is not None:
                print(repr(target.case(campaign.random_of(options.target, options.seed, options.only))))
                numbers = range(options.only, options.only + 1)
            else:
                numbers = range(options.first, options.first + options.cases)
            at = Path(options.at) if options.at else None
            report = campaign.run(options.target, target, numbers, options.seed, _tell, at)
    rate = report.cases / report.seconds if report.seconds else 0.0
    for finding in report.findings.values():
        print(f"\n=== case {finding.number}, {finding.count} alike\n{finding.case[:1500]}\n{finding.trace[-5000:]}")
    print(
        f"{options.target}: {report.cases:,} cases, seed {options.seed}, {report.seconds:.0f} s ({rate:.0f}/s), "
        f"slowest {report.slowest_s:.2f} s (case {report.slowest}), peak {report.peak_mib} MiB, "
        f"{len(report.findings)} findings"
    )
    return 1 if report.findings else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Cases that must not break the program.")
    parser.add_argument("target", choices=sorted(TARGETS))
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number of the first case")
    parser.add_argument("--only", type=int, help="this case alone, and show it")
    parser.add_argument("--at", help="a file that holds the number of the case at hand, should the process die")
    return parser.parse_args()


def _tell(line: str) -> None:
    print(line, file=sys.__stderr__, flush=True)


if __name__ == "__main__":
    sys.exit(main())
