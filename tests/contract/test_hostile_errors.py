"""A server that answers with malice or by mistake gets no key, no terminal and no crash out of us."""

from __future__ import annotations

import json

import pytest

from llmcli.errors import ExitCode

from ..helpers import SECRET, Trap
from .answers import event, sse_answer, stream_of, whole_of
from .bench import Bench, check_stderr, result_of
from .servers import RawServer, http_answer
from .vendors import KEY, LOCAL, Vendor


def error_body(message: str, kind: str = "some_error") -> object:
    """An error as both vendors' SDKs read it."""
    return {"type": "error", "error": {"type": kind, "message": message, "code": None, "param": None}}


ECHOES = {
    "json-401": (http_answer(401, error_body(f"Incorrect API key provided: {KEY}.")), ExitCode.AUTH),
    "json-400": (http_answer(400, error_body(f"bad header Authorization: Bearer {KEY}")), ExitCode.REJECTED),
    "html-500": (http_answer(500, f"<h1>{KEY}</h1>".encode(), content_type="text/html"), ExitCode.UNAVAILABLE),
    "list-500": (http_answer(500, [KEY]), ExitCode.UNAVAILABLE),
    "type-429": (http_answer(429, error_body("slow down", kind=KEY)), ExitCode.RATE_LIMITED),
    "broken-up": (http_answer(401, error_body(f"{KEY[:12]}\x00{KEY[12:]}")), ExitCode.AUTH),
    "html-200": (http_answer(200, KEY.encode(), content_type="text/html"), ExitCode.UNAVAILABLE),
    "bad-json-200": (http_answer(200, f'{{"{KEY}'.encode()), ExitCode.UNAVAILABLE),
    "not-http": (f"{KEY}\r\n\r\n".encode(), ExitCode.UNAVAILABLE),
    "bad-header": (f"HTTP/1.1 200 OK\r\n{KEY}\r\n\r\n".encode(), ExitCode.UNAVAILABLE),
    "bad-chunk": (f"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{KEY}\r\n".encode(), ExitCode.UNAVAILABLE),
    "request-id": (
        http_answer(400, error_body("no"), {"request-id": KEY, "x-request-id": KEY}),
        ExitCode.REJECTED,
    ),
}


@pytest.mark.parametrize("name", ECHOES)
def test_an_echoed_key_is_masked(bench: Bench, vendor: Vendor, command: str, name: str) -> None:
    """Wherever in an error a server puts our key, it comes neither to the screen nor to a file."""
    answer, code = ECHOES[name]
    with RawServer(answer) as server:
        bench.point(vendor, server.root)
        done = bench.run(command, vendor, "hello", "--json")
    assert KEY in server.received[0].headers["authorization"]
    check_stderr(done, code)
    result_of(command, done)
    loud = bench.run_unchecked(command, vendor, "hello", "--retries", "0", "-vv")
    assert KEY.lower() not in loud.err.lower()


@pytest.mark.parametrize("where", ["model", "stop", "id"])
def test_a_key_echoed_by_an_answer_is_masked(bench: Bench, vendor: Vendor, command: str, where: str) -> None:
    """An answer's model, stop reason and request id are shown and recorded: they may not carry the key either."""
    parts = {"model": "m", "stop": None, "id": "r"} | {where: KEY}
    headers = {"request-id": str(parts["id"]), "x-request-id": str(parts["id"])}
    if command == "ask":
        answer = http_answer(200, whole_of(vendor, "hi", str(parts["model"]), parts["stop"]), headers)
    else:
        answer = stream_of(vendor, ["hi"], str(parts["model"]), parts["stop"], headers)
    with RawServer(answer) as server:
        bench.point(vendor, server.root)
        done = bench.run(command, vendor, "hello", "--json")
    check_stderr(done, ExitCode.OK if where != "stop" else ExitCode.TRUNCATED)
    assert result_of(command, done)["text"] == "hi"


def test_a_configured_header_is_masked(bench: Bench, vendor: Vendor, command: str) -> None:
    """Headers may be keys too: an error that echoes one, or cannot send it, does not show it."""
    with RawServer(http_answer(400, error_body(f"what is {SECRET}?"))) as server:
        bench.point(vendor, server.root, f'headers = {{ "X-Gateway" = "{SECRET}" }}\n')
        done = bench.run(command, vendor, "hello", "--json")
    assert server.received[0].headers["x-gateway"] == SECRET
    check_stderr(done, ExitCode.REJECTED)
    assert SECRET not in done.out + done.err


def test_a_header_that_cannot_be_sent_is_not_shown(bench: Bench, vendor: Vendor, command: str) -> None:
    """A configured header with a line break is not sent, and the error does not show its value."""
    with RawServer(http_answer(400, error_body("no"))) as server:
        bench.point(vendor, server.root, f'headers = {{ "X-Gateway" = "{SECRET}\\nInjected: 1" }}\n')
        done = bench.run(command, vendor, "hello", "--json", "--retries", "0")
    assert server.received == []
    assert done.code not in (ExitCode.OK, ExitCode.BUG)
    assert SECRET not in done.out.lower() + done.err.lower()


NASTY = "\x1b[31mred\x1b[0m\nsecond line\r\x07\x00\x9b2J\u202eevil\u2028next " + "long " * 300


@pytest.mark.parametrize("status", [400, 429, 500])
def test_control_characters_do_not_reach_the_terminal(bench: Bench, vendor: Vendor, command: str, status: int) -> None:
    """Line breaks, terminal escapes and endless text in an error become one readable line."""
    code = {400: ExitCode.REJECTED, 429: ExitCode.RATE_LIMITED, 500: ExitCode.UNAVAILABLE}[status]
    with RawServer(http_answer(status, error_body(NASTY))) as server:
        bench.point(vendor, server.root)
        done = bench.run(command, vendor, "hello", "--json")
    line = check_stderr(done, code)
    assert "second line" in line
    assert len(line) < 700
    assert result_of(command, done)["error"]["status"] == status


def test_control_characters_in_an_event(bench: Bench, vendor: Vendor) -> None:
    """The same holds for an error inside a stream."""
    event = b"event: error\ndata: " + json.dumps(error_body(NASTY, "overloaded_error")).encode() + b"\n\n"
    with RawServer(sse_answer([event])) as server:
        bench.point(vendor, server.root)
        done = bench.run("stream", vendor, "hello", "--json")
    assert "second line" in check_stderr(done, ExitCode.UNAVAILABLE)
    assert result_of("stream", done)["attempts"] == len(server.received) == 4


NO_WORDS: tuple[object, ...] = (None, 5, 0.5, ["quota"], {"quota": 1})


@pytest.mark.parametrize("status", [400, 429])
def test_words_and_types_that_are_none(bench: Bench, vendor: Vendor, status: int) -> None:
    """The status says what it is, whatever stands where the words for it should be; some servers have numbers there."""
    code = ExitCode.REJECTED if status == 400 else ExitCode.RATE_LIMITED
    for odd in NO_WORDS:
        error = {"type": odd, "message": odd, "code": odd, "details": odd}
        with RawServer(http_answer(status, {"type": "error", "error": error})) as server:
            bench.point(vendor, server.root)
            done = bench.run("ask", vendor, "hello", "--json", "--retries", "0")
        check_stderr(done, code)
        assert result_of("ask", done)["error"]["status"] == status


ODD_BODIES: tuple[object, ...] = (
    *(b"no such model", {"error": "no such model"}, {"message": "no such model"}, {"detail": "no such model"}),
    *([{"loc": ["body"], "msg": "no such model"}], {"detail": [{"msg": "no such model"}]}),
)


def test_an_error_of_another_form_is_shown_in_the_servers_words(bench: Bench, vendor: Vendor) -> None:
    """Compatible servers and the proxies before them say in a form of their own, or in none, what is wrong."""
    for body in ODD_BODIES:
        with RawServer(http_answer(404, body)) as server:
            bench.point(vendor, server.root)
            done = bench.run("ask", vendor, "hello")
        line = check_stderr(done, ExitCode.REJECTED)
        assert "no such model" in line
        assert "Error code" not in line


def test_an_error_without_a_body_has_no_words(bench: Bench, vendor: Vendor) -> None:
    """The status is said once, and nothing is made up."""
    with RawServer(http_answer(404, b"")) as server:
        bench.point(vendor, server.root)
        done = bench.run("ask", vendor, "hello")
    assert "(404): check -m" in check_stderr(done, ExitCode.REJECTED)


@pytest.mark.parametrize("charset", ["hex", "rot13", "idna"])
def test_an_error_in_an_encoding_of_no_text(bench: Bench, vendor: Vendor, charset: str) -> None:
    """All of these APIs speak UTF-8, whatever a header says."""
    answer = http_answer(429, error_body("slow down"), content_type=f"application/json; charset={charset}")
    with RawServer(answer) as server:
        bench.point(vendor, server.root)
        done = bench.run("ask", vendor, "hello", "--json", "--retries", "0")
    assert "slow down" in check_stderr(done, ExitCode.RATE_LIMITED)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(bench: Bench, vendor: Vendor, command: str, status: int, trap: Trap) -> None:
    """Neither the key nor the request goes where an answer points: exit 7, at once."""
    with RawServer(http_answer(status, b"", {"location": f"{trap.url}/v1/messages"})) as server:
        bench.point(vendor, server.root)
        done = bench.run(command, vendor, "hello", "--json")
    assert "redirect" in check_stderr(done, ExitCode.REJECTED)
    assert len(server.received) == 1
    assert trap.received == []
    assert result_of(command, done)["error"]["status"] == status


@pytest.mark.parametrize("value", ["soon", "-5", "nan", "inf", "1e999", "", "Thu, 99 Foo 2026", "9" * 400])
@pytest.mark.parametrize("header", ["retry-after", "retry-after-ms"])
def test_a_senseless_wait_is_ignored(bench: Bench, vendor: Vendor, header: str, value: str) -> None:
    """A wait that is no length of time is as if none was asked for; the usual attempts are made."""
    with RawServer(http_answer(503, error_body("busy"), {header: value})) as server:
        bench.point(vendor, server.root)
        done = bench.run("ask", vendor, "hello", "--json")
    check_stderr(done, ExitCode.UNAVAILABLE)
    assert len(server.received) == result_of("ask", done)["attempts"] == 4


@pytest.mark.parametrize(
    ("code", "exit_code", "attempts"),
    [(429, ExitCode.RATE_LIMITED, 2), (402, ExitCode.RATE_LIMITED, 1), ("down", ExitCode.UNAVAILABLE, 2)],
)
def test_an_error_in_place_of_a_completion(
    bench: Bench, command: str, code: object, exit_code: ExitCode, attempts: int
) -> None:
    """Some servers answer so with status 200, whole or as an event, and the code is the status that they mean."""
    body = {"error": {"code": code, "message": "the model is busy"}}
    with RawServer(sse_answer([event(body)]) if command == "stream" else http_answer(200, body)) as server:
        bench.point(LOCAL, server.root)
        done = bench.run(command, LOCAL, "hello", "--json", "--retries", "1")
    assert "the model is busy" in check_stderr(done, exit_code)
    assert len(server.received) == attempts
