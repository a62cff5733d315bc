"""The contract suite's bench, for `extract`."""

from __future__ import annotations

from ...carry.conftest import sim, tap
from ...contract.conftest import bench, vendor

__all__ = ["bench", "sim", "tap", "vendor"]
