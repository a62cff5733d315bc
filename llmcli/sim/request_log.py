"""The request log: one JSON line for each request, with what was billed and never a key."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from llmcli.errors import UsageError
from llmcli.files import is_special, open_private
from llmcli.messages import Request
from llmcli.sim.engine import last_user_text

_SHOWN_CHARS = 200


@dataclass
class Entry:
    """One request, or row of a batch. `status` is None if no answer began; `complete` says whether it went out whole.

    Tokens are what a vendor would bill: of a stream that broke, what was sent. `input_tokens` counts everything, cached
    or not; `output_tokens` counts reasoning, too.
    """

    path: str
    vendor: str
    method: str = "POST"
    model: str | None = None
    status: int | None = None
    fault: str | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0
    stream: bool = False
    complete: bool = False
    request_id: str = ""
    user_id: str | None = None
    prompt_hash: str | None = None
    prompt_start: str | None = None
    batch_id: str | None = None
    custom_id: str | None = None

    def about(self, request: Request) -> None:
        """Note what was asked."""
        text = last_user_text(request.messages)
        self.model = request.model
        self.user_id = request.user_id
        self.prompt_hash = hashlib.sha256(text.encode()).hexdigest()[:16]
        self.prompt_start = text[:_SHOWN_CHARS]


class RequestLog:
    """Appends entries to a file as they end; without a path it does nothing."""

    def __init__(self, path: Path | None) -> None:
        self._file: TextIO | None = None
        if path is not None:
            try:
                self._file = _opened(path)
            except OSError as error:
                raise UsageError(f'cannot write log "{path}": {error.strerror}') from error

    def write(self, entry: Entry) -> None:
        if self._file is not None:
            now = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._file.write(json.dumps({"time": now, **asdict(entry)}, ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()


def _opened(path: Path) -> TextIO:
    """For its owner alone, since prompts are in it, and not through a link; a device or pipe is written to."""
    if is_special(path):
        return path.open("a", encoding="utf-8")
    return os.fdopen(open_private(path, os.O_WRONLY | os.O_APPEND), "a", encoding="utf-8")
