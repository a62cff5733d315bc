"""The names of the models in the price table, for those who cannot wait for the table itself.

To import it takes longer than a shell's completion may, so the names are read off its file; a test compares them with
what is there when it is imported. A file that is laid out otherwise gives none.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path

_PROVIDER = b"\n    Provider(\n"
_MODEL = re.compile(rb"\n            ModelInfo\(\n                id='([^'\\]+)',\n")


def table_names(vendor: str) -> list[str]:
    """The names of the vendor's models, in the table's order. Raises OSError."""
    table = _table()
    start = table.find(b"%s        id='%s',\n" % (_PROVIDER, vendor.encode()))
    end = table.find(_PROVIDER, start + 1)
    return [] if start < 0 else [name.decode() for name in _MODEL.findall(table, start, end if end > 0 else len(table))]


@cache
def _table() -> bytes:
    package = PathFinder.find_spec("genai_prices")
    if package is None or not package.submodule_search_locations:
        return b""
    return (Path(package.submodule_search_locations[0]) / "data.py").read_bytes()
