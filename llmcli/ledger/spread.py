"""Percentiles, exactly, of as many numbers as there are."""

from __future__ import annotations

import json
from array import array
from bisect import bisect_right

PERCENTILES = (50, 95, 99)


class Spread:
    """How a number of milliseconds is distributed: its values in order, in one or several runs."""

    def __init__(self, runs: list[array[int]]) -> None:
        self.runs = [run for run in runs if run]
        self.count = sum(len(run) for run in self.runs)

    @classmethod
    def parse(cls, texts: list[str]) -> Spread:
        """Of numbers that SQLite has joined by commas, which is how it hands them over fastest."""
        return cls([array("q", sorted(json.loads(f"[{','.join(texts)}]")))])

    def percentile(self, percent: int) -> int | None:
        """The smallest value that `percent` of all values do not exceed (nearest rank); None if there are none.

        0 is the least of all, 100 the greatest.
        """
        if not self.count:
            return None
        rank = max(1, -(-self.count * percent // 100))
        if len(self.runs) == 1:
            return self.runs[0][rank - 1]
        low, high = min(run[0] for run in self.runs), max(run[-1] for run in self.runs)
        while low < high:
            middle = (low + high) // 2
            if sum(bisect_right(run, middle) for run in self.runs) >= rank:
                high = middle
            else:
                low = middle + 1
        return low
