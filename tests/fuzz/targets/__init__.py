"""What can be fuzzed: a table from a target's name to the class that makes and checks its cases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module

from ..campaign import Target
from ..program import Program

# name -> module below this one, class
TARGETS: dict[str, tuple[str, str]] = {
    "config": ("config", "Config"),
    "dotenv": ("dotenv", "Dotenv"),
    "sse": ("sse", "Sse"),
    "bodies": ("bodies", "Bodies"),
    "schemas": ("schemas", "Schemas"),
    "rows": ("rows", "Rows"),
    "prices": ("prices", "Prices"),
    "sessions": ("sessions", "Sessions"),
    "journals": ("journals", "Journals"),
    "tools": ("tools", "Tools"),
    "arguments": ("arguments", "Arguments"),
    "sim": ("sim", "Sim"),
    "state": ("state", "State"),
}


@contextmanager
def create(name: str, program: Program) -> Iterator[Target]:
    """The target, ready for cases; closed at the end if it has anything to close."""
    module, kind = TARGETS[name]
    target: Target = getattr(import_module(f".{module}", __name__), kind)(program)
    try:
        yield target
    finally:
        target.close()
