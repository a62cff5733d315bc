"""The detectors against labelled.txt: what a person would want hidden, and what must be left alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from llmcli.redact import ALL_KINDS
from llmcli.redact.detect import find
from llmcli.redact.spans import settle

from .samples import Sample, samples

LEAST = 0.95
LEAST_OF_A_KIND = 0.9


@dataclass
class Score:
    """Findings by kind; one counts as right only if kind, start and end are those of the label."""

    right: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    mistakes: list[str] = field(default_factory=list)

    def add(self, sample: Sample) -> None:
        found = set(settle(find(sample.text, ALL_KINDS, {}), len(sample.text)))
        for counter, findings in (
            (self.right, found & sample.expected),
            (self.wrong, found - sample.expected),
            (self.missed, sample.expected - found),
        ):
            counter.update(finding.kind for finding in findings)
        if found != sample.expected:
            self.mistakes.append(f"line {sample.line}: {sample.text}")

    def precision(self, *kinds: str) -> float:
        right = sum(self.right[kind] for kind in kinds)
        return right / (right + sum(self.wrong[kind] for kind in kinds))

    def recall(self, *kinds: str) -> float:
        right = sum(self.right[kind] for kind in kinds)
        return right / (right + sum(self.missed[kind] for kind in kinds))


def score() -> Score:
    total = Score()
    for sample in samples():
        total.add(sample)
    return total


def test_the_file_is_large_and_a_third_of_it_only_looks_tempting() -> None:
    negatives = [sample for sample in samples() if not sample.expected]
    assert len(samples()) >= 300
    assert len(negatives) >= len(samples()) / 3


def test_every_kind_is_labelled_at_least_twenty_times() -> None:
    labels = Counter(finding.kind for sample in samples() for finding in sample.expected)
    assert set(labels) == set(ALL_KINDS)
    assert min(labels.values()) >= 20


def test_precision_and_recall_are_at_least_95_percent() -> None:
    total = score()
    assert total.precision(*ALL_KINDS) >= LEAST, total.mistakes
    assert total.recall(*ALL_KINDS) >= LEAST, total.mistakes


def test_no_kind_falls_far_behind_the_others() -> None:
    total = score()
    for kind in ALL_KINDS:
        assert total.precision(kind) >= LEAST_OF_A_KIND, (kind, total.mistakes)
        assert total.recall(kind) >= LEAST_OF_A_KIND, (kind, total.mistakes)
