"""Faults from a TOML file: `[[fault]]` tables, each keyed on a text in the prompt.

[[fault]]
match = "invoice 17"
kind = "429"
retry-after = 2
times = 1
"""

from __future__ import annotations

import tomllib
from pathlib import Path

from llmcli.errors import UsageError
from llmcli.sim.faults import Fault, make_fault


def load_faults(path: Path) -> tuple[Fault, ...]:
    """The faults of the file, in order. Raises UsageError naming the file and the table."""
    try:
        parsed = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f'cannot read faults file "{path}": {error.strerror}') from error
    except (ValueError, RecursionError) as error:  # not only TOMLDecodeError: a number may have too many digits
        raise UsageError(f'faults file "{path}" is not TOML: {error}') from error
    tables = parsed.get("fault")
    if set(parsed) != {"fault"} or not isinstance(tables, list):
        raise UsageError(f'faults file "{path}" has no [[fault]] tables, or something else besides them')
    return tuple(_fault(table, f'faults file "{path}", table {number}') for number, table in enumerate(tables, 1))


def _fault(table: object, where: str) -> Fault:
    if not isinstance(table, dict) or "kind" not in table:
        raise UsageError(f"{where}: no kind", hint='such as kind = "429"')
    for key, value in table.items():
        if isinstance(value, list | dict):
            raise UsageError(f'{where}: "{key}" is not a text or a number')
    written = {key: _as_written(value) for key, value in table.items()}
    kind, match = written.pop("kind"), written.pop("match", None)
    probability = written.pop("probability", "1")
    try:
        return make_fault(kind, written, probability=probability, match=match)
    except UsageError as error:
        raise UsageError(f"{where}: {error.message}", hint=error.hint) from error


def _as_written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
