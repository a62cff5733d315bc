"""Values that may be chosen from, each set once. Apart from what uses them, so that declaring options loads nothing."""

from __future__ import annotations

from typing import Literal

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
CacheTtl = Literal["5m", "1h"]

StdinMode = Literal["auto", "require", "never"]
StdinPlace = Literal["append", "prepend", "fence"]
Overflow = Literal["fail", "head", "tail", "middle"]
WindowMode = Literal["slide", "summarize"]

Mode = Literal["native", "tool", "json", "prompt"]
"""The ways of asking for data, best first."""
REPAIRS = 2
"""How often data that does not fit is asked for again, unless something else is said."""
Evidence = Literal["record", "field", "strict"]

RowFormat = Literal["auto", "jsonl", "csv", "tsv", "lines"]
OnUnknown = Literal["retry", "skip"]
Order = Literal["input", "completion"]
ProgressStyle = Literal["auto", "bar", "plain", "json", "none"]

Period = Literal["hour", "day", "month"]
