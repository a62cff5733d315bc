"""A few cases of each target, so that the fuzzers can be run when somebody wants to."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from . import campaign
from .program import Program
from .targets import TARGETS, create

CASES = 50
SEED = 1


@pytest.mark.parametrize("name", TARGETS)
def test_no_case_of_a_target_finds_anything(isolated: Path, name: str) -> None:
    with create(name, Program(isolated)) as target:
        report = campaign.run(name, target, range(CASES), SEED)
    assert report.cases == CASES
    assert [finding.trace for finding in report.findings.values()] == []


class Broken(campaign.Target):
    """What it checks is always wrong in one of three ways."""

    def case(self, random: Random) -> int:
        return random.randrange(1000)

    def check(self, case: int) -> None:
        match case % 3:
            case 0:
                raise ValueError(f"case {case}")
            case 1:
                print("past the streams")
            case _:
                while True:
                    pass


def test_what_a_case_finds_is_counted_and_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exception, something on the process's own stdout, and what does not come to an end."""
    monkeypatch.setattr(campaign, "CPU_LIMIT_S", 0.02)
    told: list[str] = []
    report = campaign.run("broken", Broken(), range(12), SEED, told.append)
    assert sorted(line.split()[2] for line in told) == ["AssertionError", "TooLongError", "ValueError"]
    assert sum(finding.count for finding in report.findings.values()) == report.cases == 12
    first = next(iter(report.findings.values()))
    assert first.case == repr(Broken().case(campaign.random_of("broken", SEED, first.number)))
