"""What is remembered of ways to ask only saves time: a file that cannot be read is as good as none."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmcli.extract.memory import MEMORY_FILE, Memory


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 100_000, b'{"a": 5, "k": ["tool"]}'], ids=range(7)
)
def test_what_cannot_be_read_is_found_out_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MEMORY_FILE).write_bytes(content)
    memory = Memory(tmp_path)
    assert memory.recall("k") is None
    memory.keep("k", "tool")
    assert memory.recall("k") == "tool"
