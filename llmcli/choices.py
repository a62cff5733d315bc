"""Values that may be chosen from. Apart from `messages`, so that declaring options loads nothing else."""

from __future__ import annotations

from typing import Literal

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
CacheTtl = Literal["5m", "1h"]

Evidence = Literal["record", "field", "strict"]
