"""100 MB of attachments take at most three copies in memory."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from llmcli.errors import ExitCode

from ..contract.answers import whole_of
from ..contract.bench import Bench, check_stderr
from ..contract.servers import RawServer, http_answer
from ..contract.vendors import LOCAL, Vendor
from ..helpers import ROOT
from .files import PDF, base64_of, png, written
from .servers import Listener, scripted

MB = 1 << 20
SIZE_MB = 100
MOST_COPIES = 3
# What the allocator and the socket buffers may take on top.
SLACK_MB = 40
WAIT_S = 60


def peak_mb(bench: Bench, *flags: str) -> float:
    """Peak memory of `ask` with these flags, which must succeed."""
    with RawServer(http_answer(200, whole_of(LOCAL, "fine"))) as server:
        bench.point(LOCAL, server.root)
        command = [sys.executable, str(Path(__file__).with_name("peak.py")), "ask", "-n", "-m", LOCAL.model]
        environ = {**os.environ, "PYTHONPATH": str(ROOT)}
        done = subprocess.run([*command, *flags, "x"], capture_output=True, timeout=WAIT_S, env=environ)
        assert done.returncode == 0, done.stderr
        sent = len(server.received[0].body)
    found = re.search(rb"peak (\d+)", done.stderr)
    assert found is not None
    names = flags[1::2]
    assert sent > sum((bench.work / name).stat().st_size for name in names) * 4 // 3
    return int(found[1]) / 1024


@pytest.mark.parametrize("pieces", [1, 5], ids=["one file", "five files"])
def test_attachments_take_three_copies(bench: Bench, pieces: int) -> None:
    """To a server whose limits nobody knows: the peak grows by at most three times what is attached."""
    head = PDF if pieces == 1 else png()
    names = [written(bench.work, f"{number}.bin", head + bytes(SIZE_MB // pieces * MB)) for number in range(pieces)]
    before = peak_mb(bench, "-f", written(bench.work, "small", head))
    after = peak_mb(bench, *[word for name in names for word in ("-f", name)])
    assert after - before <= MOST_COPIES * SIZE_MB + SLACK_MB


def test_large_attachments_arrive_whole(bench: Bench, tap: Listener, vendor: Vendor, command: str) -> None:
    """Two of them, in their order, though they are put into the body only as it is sent."""
    first, second = (png() + bytes([number]) * MB for number in (1, 2))
    flags = ("-f", written(bench.work, "a.png", first), "-f", written(bench.work, "b.png", second))
    check_stderr(bench.run(command, vendor, "Sum it up.", *flags), ExitCode.OK)
    [body] = tap.bodies
    assert 0 < json.dumps(body).index(base64_of(first)) < json.dumps(body).index(base64_of(second))
    shown = bench.run(command, vendor, "Sum it up.", "--print-request", "json", *flags)
    assert shown.json["body"] == body


def test_large_attachments_are_sent_again(bench: Bench, vendor: Vendor) -> None:
    """A second attempt has them as well."""
    busy = b"HTTP/1.1 503 Busy\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
    with scripted([busy, http_answer(200, whole_of(vendor, "fine"))]) as server:
        bench.point(vendor, server.root)
        check_stderr(
            bench.run("ask", vendor, "x", "-f", written(bench.work, "a.pdf", PDF + bytes(2 * MB))), ExitCode.OK
        )
    first, second = server.bodies
    assert first == second
    assert base64_of(PDF + bytes(2 * MB)) in json.dumps(first)
