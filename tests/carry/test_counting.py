"""`llmcli count-tokens` asks the provider through its SDK: what it says is the count, and exact."""

from __future__ import annotations

import json

import pytest

from llmcli.errors import ExitCode

from ..contract.bench import Bench, check_stderr
from ..contract.vendors import ANTHROPIC, LOCAL, OPENAI, RESPONSES, Vendor
from .files import png, written
from .servers import Listener, listening

COUNTING = pytest.mark.parametrize("which", [ANTHROPIC, OPENAI, RESPONSES], ids=lambda vendor: vendor.name)
TOOL = {"name": "f", "description": "Finds it.", "input_schema": {"type": "object", "properties": {}}}


def answering(status: int, body: object = None) -> bytes:
    """One answer to whatever is asked."""
    data = json.dumps(body if body is not None else {"error": {"message": "no such page", "type": "x"}}).encode()
    head = f"HTTP/1.1 {status} No\r\ncontent-type: application/json\r\ncontent-length: {len(data)}\r\n"
    return head.encode() + b"connection: close\r\n\r\n" + data


@COUNTING
def test_the_providers_count_is_printed(bench: Bench, tap: Listener, which: Vendor) -> None:
    """Files, system text and tools are in it; nothing is sent to be answered, nothing recorded."""
    written(bench.work, "a.txt", "mind the gap")
    written(bench.work, "a.png", png(300, 300))
    written(bench.work, "tool.json", json.dumps(TOOL))
    flags = ("-f", "a.txt", "-f", "a.png", "-s", "Be brief.", "--tool", "tool.json")
    found = bench.run("count-tokens", which, "What is it?", "--json", *flags).json
    assert (found["exact"], found["method"], found["provider"]) == (True, which.name, which.name)
    wanted = "/v1/messages/count_tokens" if which is ANTHROPIC else "/v1/responses/input_tokens"
    assert [request.path for request in tap.received] == [wanted]
    sent = json.dumps(tap.received[0].json)
    assert all(text in sent for text in ("mind the gap", "Be brief.", "Finds it.", "What is it?"))
    assert bench.rows() == []


@COUNTING
def test_exact_files_are_what_the_provider_counts(bench: Bench, tap: Listener, which: Vendor) -> None:
    """Each is what the request would be less without it, which the provider is asked, too."""
    texts = {"a.txt": "mind the gap " * 30, "b.txt": "übersee " * 7}
    both = [flag for name, text in texts.items() for flag in ("-f", written(bench.work, name, text))]
    found = bench.run("count-tokens", which, "What is it?", "--exact", "--json", *both).json
    assert [(file["exact"], file["method"]) for file in found["files"]] == [(True, which.name)] * 2
    for file, other in (found["files"], found["files"][::-1]):
        less = bench.run("count-tokens", which, "What is it?", "--exact", "-f", other["file"]).out
        assert found["input_tokens"] - int(less) == file["tokens"]


@pytest.mark.parametrize("which", [ANTHROPIC, RESPONSES], ids=lambda vendor: vendor.name)
def test_the_count_is_what_is_billed(bench: Bench, tap: Listener, which: Vendor) -> None:
    flags = ("-s", "Be brief.", "-f", written(bench.work, "a.txt", "mind the gap " * 30))
    billed = bench.run("ask", which, "What is it?", "--json", *flags).json["usage"]["input_tokens"]
    done = bench.run("count-tokens", which, "What is it?", *flags)
    assert (done.code, done.out, done.err) == (0, f"{billed}\n", "")


def test_a_server_that_imitates_openai_counts_nothing(bench: Bench, tap: Listener) -> None:
    """So nobody is asked, and `--exact` is exit 6."""
    found = bench.run("count-tokens", LOCAL, "What is it?", "--json").json
    assert (found["exact"], tap.received) == (False, [])
    line = check_stderr(bench.run("count-tokens", LOCAL, "What is it?", "--exact"), ExitCode.UNAVAILABLE)
    assert "local does not count tokens" in line


@COUNTING
@pytest.mark.parametrize(
    ("status", "exact_code"),
    [
        (401, ExitCode.AUTH),
        (403, ExitCode.AUTH),
        (404, ExitCode.UNAVAILABLE),
        (400, ExitCode.UNAVAILABLE),
        (429, ExitCode.RATE_LIMITED),
        (500, ExitCode.UNAVAILABLE),
    ],
)
def test_where_counting_fails_it_is_estimated_unless_it_must_be_exact(
    bench: Bench, which: Vendor, status: int, exact_code: ExitCode
) -> None:
    """Estimated after one attempt, with a line that says why. `--exact` tries again where that may help."""
    with listening(lambda _: [answering(status)]) as server:
        bench.point(which, server.root)
        done = bench.run("count-tokens", which, "What is it?", "--json")
        assert (done.code, done.json["exact"], len(server.received)) == (0, False, 1)
        assert done.err.count("\n") == done.err.count("tokens are estimated") == 1
        failed = bench.run("count-tokens", which, "What is it?", "--exact", "--json")
        assert len(server.received) - 1 == (4 if status in (429, 500) else 1)
    assert (failed.code, failed.json["ok"], failed.json["error"]["status"]) == (exact_code, False, status)


@COUNTING
@pytest.mark.parametrize("body", [{"hello": "world"}, {"input_tokens": -5}, {"input_tokens": True}], ids=str)
def test_a_count_that_is_none_is_not_believed(bench: Bench, which: Vendor, body: object) -> None:
    with listening(lambda _: [answering(200, body)]) as server:
        bench.point(which, server.root)
        assert bench.run("count-tokens", which, "What is it?", "--json").json["exact"] is False
        assert bench.run("count-tokens", which, "What is it?", "--exact").code == ExitCode.UNAVAILABLE


def test_a_server_that_says_nothing_is_not_waited_for(bench: Bench) -> None:
    """Longer than `--timeout`; then it is estimated."""

    def silence(_: object) -> list[bytes]:
        released.wait(20)
        return []

    import threading

    released = threading.Event()
    with listening(silence) as server:
        bench.point(ANTHROPIC, server.root)
        done = bench.run("count-tokens", ANTHROPIC, "What is it?", "--timeout", "300ms")
        released.set()
    assert done.code == 0
    assert "within 0.3 s" in done.err
