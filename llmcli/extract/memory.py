"""Which way of asking worked, for each endpoint, model and schema: the next run need not find out again."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from llmcli.choices import Mode
from llmcli.errors import LlmcliError
from llmcli.extract.ways import MODES
from llmcli.files import write_private

MEMORY_FILE = "extract_modes.json"
# Enough for anybody; the oldest are forgotten.
MOST_ENTRIES = 500


class Memory:
    """In `directory`. It only saves time, so that one that cannot be read or written is as good as an empty one."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / MEMORY_FILE

    def recall(self, key: str) -> Mode | None:
        found = self._entries().get(key)
        return found if found in MODES else None

    def keep(self, key: str, mode: Mode) -> None:
        entries = self._entries()
        if entries.get(key) == mode:
            return
        entries.pop(key, None)
        newest = dict([*entries.items(), (key, mode)][-MOST_ENTRIES:])
        try:
            write_private(self._path, json.dumps(newest, indent=1).encode() + b"\n")
        except LlmcliError:
            return  # a read-only home: found out anew each time

    def _entries(self) -> dict[str, Mode]:
        try:
            found = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def memory_key(base_url: str, model: str, schema: object, *, many: bool) -> str:
    """What a way of asking depends on."""
    told = json.dumps([base_url, model, schema, many], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()
