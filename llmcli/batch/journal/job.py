"""What a job asks for, and how it differs from what its journal was made for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from llmcli.batch.rows.row import HASH_BYTES, BadRow, Row
from llmcli.errors import UsageError

_MOST_SHOWN = 40


@dataclass(frozen=True)
class Job:
    """`options` are what every request is made with, `reading` is how the input becomes rows, such as the prompt and
    the id field; both by the names that users know, with values as JSON has them, and without any key or secret.

    `input_name` and `input_digest` are the input's. Without `dedupe`, rows that ask the same are all sent.
    """

    options: Mapping[str, Any]
    reading: Mapping[str, Any]
    input_name: str
    input_digest: str
    dedupe: bool = True

    @cached_property
    def fingerprints(self) -> Fingerprints:
        return Fingerprints(self.options)

    def manifest(self) -> dict[str, Any]:
        """What the journal keeps of it."""
        return {
            "options": dict(self.options),
            "reading": dict(self.reading),
            "input": {"name": self.input_name, "sha256": self.input_digest},
            "dedupe": self.dedupe,
        }


@dataclass
class Fingerprints:
    """Hashes of what is asked for each row: its own request and the options that it does not override."""

    options: Mapping[str, Any]
    _bases: dict[frozenset[str], bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = self.options.keys() - _MERGED

    def of(self, row: Row | BadRow) -> bytes:
        if isinstance(row, BadRow):
            return row.content
        own = frozenset(row.ask.changes.keys() & self._names)
        base = self._bases.get(own) or self._base(own)
        return hashlib.sha256(base + row.ask.key).digest()[:HASH_BYTES]

    def _base(self, without: frozenset[str]) -> bytes:
        left = {name: value for name, value in self.options.items() if name not in without}
        self._bases[without] = hashlib.sha256(json.dumps(left, sort_keys=True).encode()).digest()
        return self._bases[without]


# A row's value is added to the job's instead of replacing it.
_MERGED = {"options"}


def check_same(before: Mapping[str, Any], job: Job) -> None:
    """Raise UsageError naming what differs between the job that a journal was made for and this one."""
    now = job.manifest()
    old = before["options"] | before["reading"]
    new = now["options"] | now["reading"]
    differences = [_difference(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys())]
    found = [each for each in differences if each]
    if found:
        raise UsageError(
            f"this is not the job that the journal was made for: {', '.join(found)}",
            hint="--rerun-changed runs the rows that are affected again, --fresh starts over, or name another output",
        )


def _difference(name: str, old: Any, new: Any) -> str | None:
    if old == new:
        return None
    was, now = (json.dumps(value, ensure_ascii=False) if value is not None else "not set" for value in (old, new))
    if len(was) > _MOST_SHOWN and len(now) > _MOST_SHOWN:
        same = next((at for at, (one, other) in enumerate(zip(was, now, strict=False)) if one != other), 0)
        begin = max(0, same - 10)
        was, now = (f"…{text[begin:]}" if begin else text for text in (was, now))
    return f"{name} was {_short(was)}, is now {_short(now)}"


def _short(text: str) -> str:
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"
