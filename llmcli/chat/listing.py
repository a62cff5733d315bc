"""Which sessions there are. Apart from `sessions`, so that a shell's completion need not load what is in them."""

from __future__ import annotations

import re
from pathlib import Path

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def is_name(text: str) -> bool:
    """Whether a session may be called so: letters, digits, `.`, `_` and `-` cannot lead to another directory."""
    return _NAME.fullmatch(text) is not None


def names_in(directory: Path) -> list[str]:
    """The names of the sessions below `directory`, sorted."""
    if not directory.is_dir():
        return []
    return sorted(path.stem for path in directory.glob("*.json") if is_name(path.stem))
