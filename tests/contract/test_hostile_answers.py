"""Answers with status 200 that are none, or wrong in part, never crash: exit 6 once, or what can be made of them."""

from __future__ import annotations

from typing import Any

import pytest

from llmcli.errors import ExitCode

from .answers import event, head_events, sse_answer, stream_of, tail_events, whole_of
from .bench import Bench, check_stderr, result_of
from .servers import RawServer, http_answer
from .vendors import ANTHROPIC, Vendor

# JSON that is not an answer of either API.
NO_ANSWER: dict[str, object] = {
    "list": [],
    "null": None,
    "number": 5,
    "text": "hello",
    "true": True,
    "empty": {},
    "content-number": {"content": 5},
    "content-null": {"content": None},
    "content-text": {"content": "hello"},
    "content-of-numbers": {"content": [5]},
    "content-of-number-text": {"content": [{"type": "text", "text": 5}]},
    "choices-number": {"choices": 5},
    "choices-object": {"choices": {}},
    "choices-empty": {"choices": []},
    "choices-of-null": {"choices": [None]},
    "choice-empty": {"choices": [{}]},
    "message-null": {"choices": [{"message": None}]},
    "message-text": {"choices": [{"message": "hello"}]},
    "message-number-content": {"choices": [{"message": {"content": 5}, "finish_reason": "stop"}]},
    "message-list-content": {"choices": [{"message": {"content": [[]]}, "finish_reason": "stop"}]},
    "deep": {"content": [[[[[[]]]]]], "choices": [[[[[]]]]]},
}


@pytest.mark.parametrize("name", NO_ANSWER)
def test_json_that_is_no_answer(bench: Bench, vendor: Vendor, name: str) -> None:
    """Exit 6 at once, since trying again would pay again for the same."""
    with RawServer(http_answer(200, NO_ANSWER[name])) as server:
        bench.point(vendor, server.root)
        done = bench.run("ask", vendor, "hello", "--json")
    check_stderr(done, ExitCode.UNAVAILABLE)
    assert len(server.received) == 1
    assert result_of("ask", done)["error"]["retryable"] is False
    assert [row["status"] for row in bench.rows()] == ["unavailable"]


# JSON that no reader of it takes.
UNREADABLE = (b'{"a":' * 20_000, b'{"a":' + b"9" * 5000 + b"}")


def test_json_that_cannot_be_read(bench: Bench, vendor: Vendor, command: str) -> None:
    """It is no answer either, whole or as an event."""
    for body in UNREADABLE:
        event_of = b"event: message_start\ndata: " + body + b"\n\n"
        with RawServer(sse_answer([event_of]) if command == "stream" else http_answer(200, body)) as server:
            bench.point(vendor, server.root)
            done = bench.run(command, vendor, "hello", "--json")
        check_stderr(done, ExitCode.UNAVAILABLE)
        assert len(server.received) == 1
        assert result_of(command, done)["error"]["retryable"] is False


# Events that are no piece of an answer. What has a finish reason is left out: it ends an answer that was empty.
NO_EVENT = {name: json for name, json in NO_ANSWER.items() if not name.endswith("-content")} | {
    "delta-number": {"choices": [{"delta": 5}]},
    "delta-number-content": {"choices": [{"delta": {"content": 5}}]},
    "delta-list-content": {"choices": [{"delta": {"content": [5]}}]},
    "delta-wrong-calls": {"choices": [{"delta": {"tool_calls": 5}}]},
    "delta-wrong-call": {"choices": [{"delta": {"tool_calls": [{"index": "x", "function": {"name": 5}}]}}]},
    "start-alone": {"type": "message_start"},
    "start-number": {"type": "message_start", "message": 5},
    "block-alone": {"type": "content_block_start"},
    "block-number": {"type": "content_block_start", "index": "x", "content_block": 5},
    "piece-alone": {"type": "content_block_delta"},
    "piece-number": {"type": "content_block_delta", "index": [], "delta": {"type": "text_delta", "text": 5}},
    "piece-of-nothing": {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta"}},
    "end-alone": {"type": "message_delta"},
    "end-number": {"type": "message_delta", "delta": 5, "usage": 5},
    "stop-alone": {"type": "message_stop"},
}


@pytest.mark.parametrize("name", NO_EVENT)
def test_events_that_are_no_answer(bench: Bench, vendor: Vendor, name: str) -> None:
    """The same as events of a stream: an error or a truncated answer, never a crash or a success."""
    with RawServer(sse_answer([event(NO_EVENT[name])])) as server:
        bench.point(vendor, server.root)
        done = bench.run("stream", vendor, "hello", "--json")
    assert done.code in (ExitCode.UNAVAILABLE, ExitCode.TRUNCATED), done.err
    assert len(server.received) == 1
    assert result_of("stream", done)["error"]["class"] == ExitCode(done.code).name.lower()


def wrong_in_part(vendor: Vendor) -> dict[str, dict[str, Any]]:
    """Whole answers whose text is there, but around it something is not as it should be."""
    good = whole_of(vendor, "hi")
    counts = good["usage"]
    return {
        "counts-as-text": good | {"usage": {name: str(count) for name, count in counts.items()}},
        "counts-as-fractions": good | {"usage": {name: count + 0.5 for name, count in counts.items()}},
        "counts-negative": good | {"usage": {name: -count for name, count in counts.items()}},
        "counts-too-large": good | {"usage": dict.fromkeys(counts, 10**30)},
        "counts-null": good | {"usage": dict.fromkeys(counts)},
        "counts-of-lists": good | {"usage": {name: [count] for name, count in counts.items()}},
        "counts-true": good | {"usage": dict.fromkeys(counts, True)},
        "usage-list": good | {"usage": [1, 2]},
        "usage-text": good | {"usage": "many"},
        "usage-null": good | {"usage": None},
        "model-number": good | {"model": 5},
        "model-null": good | {"model": None},
        "model-list": good | {"model": ["m"]},
        "id-number": good | {"id": 5},
        "unknown-fields": good | {"extra": {"deep": [1]}, "type": "message"},
    }


@pytest.mark.parametrize("name", wrong_in_part(ANTHROPIC))
def test_what_arrived_is_kept(bench: Bench, vendor: Vendor, name: str) -> None:
    """An answer that was paid for is not lost because of a count or name beside it; what is not known is null."""
    with RawServer(http_answer(200, wrong_in_part(vendor)[name])) as server:
        bench.point(vendor, server.root)
        done = bench.run("ask", vendor, "hello", "--json")
    check_stderr(done, ExitCode.OK)
    result = result_of("ask", done)
    assert result["text"] == "hi"
    if name.startswith(("counts", "usage")):
        # What the SDKs take for the number 1, we may too; all else is no count.
        likely = (1, None) if name in ("counts-as-text", "counts-true") else (None,)
        assert result["usage"]["output_tokens"] in likely
    assert len(bench.rows()) == 1


@pytest.mark.parametrize("name", [name for name in wrong_in_part(ANTHROPIC) if name.startswith(("counts", "usage"))])
def test_a_stream_with_senseless_counts_is_kept(bench: Bench, vendor: Vendor, name: str) -> None:
    """The same for a stream, whose text is already on the screen when its counts come."""
    usage = wrong_in_part(vendor)[name]["usage"]
    with RawServer(sse_answer([*head_events(vendor, ["hi"]), *tail_events(vendor, usage=usage)])) as server:
        bench.point(vendor, server.root)
        done = bench.run("stream", vendor, "hello", "--json")
    check_stderr(done, ExitCode.OK)
    assert result_of("stream", done)["text"] == "hi"


@pytest.mark.parametrize("stop", [5, ["end"], {}, True], ids=["number", "list", "object", "true"])
def test_a_stop_reason_that_is_no_word(bench: Bench, vendor: Vendor, stop: Any) -> None:
    """It does not say that the answer is complete, so the answer counts as truncated, and is printed."""
    with RawServer(http_answer(200, whole_of(vendor, "hi", stop=stop))) as server:
        bench.point(vendor, server.root)
        done = bench.run("ask", vendor, "hello", "--json")
    check_stderr(done, ExitCode.TRUNCATED)
    assert result_of("ask", done)["text"] == "hi"


GARBAGE_EVENTS = {
    "not-json": (b"data: {not json\n\n", ExitCode.UNAVAILABLE),
    "html": (b"data: <html>502</html>\n\n", ExitCode.UNAVAILABLE),
    "not-utf-8": (b'data: {"type": "\xff\xfe"}\n\n', ExitCode.UNAVAILABLE),
    "list": (b"data: [1, 2]\n\n", ExitCode.TRUNCATED),
}


@pytest.mark.parametrize("name", GARBAGE_EVENTS)
def test_a_garbage_event_amid_a_stream(bench: Bench, vendor: Vendor, name: str) -> None:
    """What was shown stays, nothing is tried again, and the run fails."""
    garbage, code = GARBAGE_EVENTS[name]
    if vendor is ANTHROPIC:
        garbage = b"event: content_block_delta\n" + garbage  # events without a name are none of this API's
    events = [*head_events(vendor, ["one ", "two"]), garbage]
    with RawServer(sse_answer(events)) as server:
        bench.point(vendor, server.root)
        done = bench.run("stream", vendor, "hello", "--json")
    check_stderr(done, code)
    result = result_of("stream", done)
    assert (result["text"], result["stop_reason"], result["attempts"]) == ("one two", "incomplete", 1)
    assert len(server.received) == 1
    assert [(row["status"], row["cost_basis"]) for row in bench.rows()] == [
        (code.name.lower(), "estimated" if vendor.priced else "unknown")
    ]


def test_comments_and_unknown_events_are_passed_over(bench: Bench, vendor: Vendor) -> None:
    """Keep-alive comments, blank lines, pings and events of a later API do not disturb a stream."""
    noise = [b": keep-alive\n\n", b"\n\n\n", b"retry: 3000\n\n", b"id: 7\n\n"]
    if vendor is ANTHROPIC:
        noise += [event({"type": "ping"}), event({"type": "brand_new_event", "deep": {"a": 1}})]
    start, *pieces = head_events(vendor, ["one ", "two"])
    with RawServer(sse_answer([*noise, start, *noise, *pieces, *noise, *tail_events(vendor)])) as server:
        bench.point(vendor, server.root)
        done = bench.run("stream", vendor, "hello", "--json")
    check_stderr(done, ExitCode.OK)
    assert result_of("stream", done)["text"] == "one two"


def framing(vendor: Vendor, command: str) -> dict[str, bytes]:
    """Answers that break HTTP itself."""
    whole = http_answer(200, whole_of(vendor, "hi")) if command == "ask" else stream_of(vendor, ["hi"])
    _, _, body = whole.partition(b"\r\n\r\n")
    bare = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
    return {
        "length-too-long": bare + b"content-length: %d\r\n\r\n" % (len(body) + 50) + body[:20],
        "length-no-number": bare + b"content-length: many\r\n\r\n" + body,
        "chunk-size-garbage": bare + b"transfer-encoding: chunked\r\n\r\nzzz\r\n" + body,
        "chunks-without-end": bare + b"transfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n",
        "huge-header": bare + b"x-huge: " + b"a" * 300_000 + b"\r\n\r\n" + body,
        "endless-status-line": b"HTTP/1.1 200 " + b"O" * 300_000,
        "gzip-that-is-none": bare + b"content-encoding: gzip\r\ncontent-length: 4\r\n\r\nabcd",
        "binary": bytes(range(256)) * 10,
        "nothing": b"",
    }


@pytest.mark.parametrize("name", framing(ANTHROPIC, "ask"))
def test_broken_http(bench: Bench, vendor: Vendor, command: str, name: str) -> None:
    """What is not HTTP is a server that is not available: exit 6, one line, no crash."""
    with RawServer(framing(vendor, command)[name]) as server:
        bench.point(vendor, server.root)
        done = bench.run(command, vendor, "hello", "--json", "--timeout", "5")
    line = check_stderr(done, ExitCode.UNAVAILABLE)
    assert len(line) < 700
    assert result_of(command, done)["attempts"] == len(server.received) == len(bench.rows())


def test_a_length_that_is_too_short(bench: Bench, vendor: Vendor) -> None:
    """A body that is cut by its own length is not JSON: exit 6, not tried again."""
    body = http_answer(200, whole_of(vendor, "hi")).partition(b"\r\n\r\n")[2]
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 20\r\n\r\n"
    with RawServer(head + body) as server:
        bench.point(vendor, server.root)
        done = bench.run("ask", vendor, "hello", "--json")
    check_stderr(done, ExitCode.UNAVAILABLE)
    assert len(server.received) == 1
