"""What is wrong with a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """`pointer` is where in the value (RFC 6901), `message` a lower-case fact."""

    pointer: str
    message: str

    def __str__(self) -> str:
        return f"{self.pointer or 'the whole'}: {self.message}"
