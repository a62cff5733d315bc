"""`stream` takes the same memory for an answer of any length."""

from __future__ import annotations

import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from ..carry.servers import listening
from ..contract.answers import event, head_events, sse_answer, tail_events, whole_of
from ..contract.servers import Received
from ..contract.vendors import ANTHROPIC, LOCAL, RESPONSES, Vendor
from ..helpers import ROOT

Send = Callable[[Iterator[bytes]], Iterator[bytes]]

# A small parent that asks for its child's peak: a child of the tests' own process would begin with the peak of that.
PEAK = ROOT / "tests" / "carry" / "peak.py"

FEW, MANY = 1_000, 50_000
TOKEN = "word " * 40  # so long that keeping the text shows, and few enough that the test is quick
AT_ONCE = 500
MOST_GROWTH_MIB = 20.0
WAIT_S = 120
TABLES = {
    ANTHROPIC: 'kind = "anthropic"\n',
    LOCAL: 'kind = "openai"\n',
    RESPONSES: 'kind = "openai"\napi = "responses"\n',
}


def answer(vendor: Vendor, tokens: int) -> Iterator[bytes]:
    """The body of a stream; that of the Responses API ends with its whole text, several times."""
    *start, delta = head_events(vendor, [TOKEN])
    yield from start
    for _ in range(tokens // AT_ONCE):
        yield delta * AT_ONCE
    if vendor is RESPONSES:
        response = whole_of(vendor, TOKEN * tokens)
        [item] = response["output"]
        yield event({"type": "response.output_text.done", "text": TOKEN * tokens})
        yield event({"type": "response.content_part.done", "part": item["content"][0]})
        yield event({"type": "response.output_item.done", "item": item})
        yield event({"type": "response.completed", "response": response})
    else:
        yield from tail_events(vendor)


def plain(pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield sse_answer([])
    yield from pieces


def compressed(pieces: Iterator[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(1)
    yield sse_answer([], {"content-encoding": "deflate"})
    yield from (packed for piece in pieces if (packed := packer.compress(piece)))
    yield packer.flush()


def peak_mib(config: Path, vendor: Vendor, send: Send, tokens: int) -> float:
    """Peak memory of a `stream` of so many tokens, which must arrive whole."""

    def respond(_: Received) -> Iterator[bytes]:
        return send(answer(vendor, tokens))

    with listening(respond) as server:
        config.write_text(f'[providers.here]\nbase_url = "{server.root}{vendor.base_path}"\n{TABLES[vendor]}')
        command = [sys.executable, str(PEAK), "stream", "-n", "-m", "here/m", "--timeout", str(WAIT_S), "hi"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            size = sum(map(len, iter(partial(process.stdout.read, 1 << 16), b"")))
            err = process.stderr.read()
    assert (process.returncode, size) == (0, len(TOKEN) * tokens + 1), err
    found = re.fullmatch(rb"peak (\d+)\n", err)
    assert found is not None, err
    return int(found[1]) / 1024


@pytest.mark.parametrize(
    ("vendor", "send"),
    [(ANTHROPIC, plain), (LOCAL, plain), (RESPONSES, plain), (RESPONSES, compressed)],
    ids=["messages", "completions", "responses", "responses, compressed"],
)
def test_memory_does_not_grow_with_the_answer(user_config: Path, vendor: Vendor, send: Send) -> None:
    growth = peak_mib(user_config, vendor, send, MANY) - peak_mib(user_config, vendor, send, FEW)
    assert growth <= MOST_GROWTH_MIB
