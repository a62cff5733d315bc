"""Server-sent events: whatever comes over the wire, the stream ends with what there was or with an error of ours.

However the bytes are cut into pieces, what comes of them is the same; and an answer that was cut before it said that
it was over is never taken for a complete one.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from llmcli.errors import ExitCode

from ...contract.servers import RawServer
from ...contract.vendors import OPENAI, Vendor
from .. import corpus, mutate, trees
from ..campaign import Target
from ..program import Ended, Program, check, check_envelope, check_events
from ..wire import VENDORS, Answer, Headers, Wires, check_error, configured, keys, wired

_WHOLE, _SOCKET = 0.04, 0.002
_MOST_BYTES = 2_000_000
_CODES = (
    ExitCode.AUTH,
    ExitCode.RATE_LIMITED,
    ExitCode.UNAVAILABLE,
    ExitCode.REJECTED,
    ExitCode.REFUSED,
    ExitCode.TRUNCATED,
)
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("stream", "--json"),
    ("stream", "--json", "--show-reasoning"),
    ("stream",),
    ("ask", "--json", "--idle-timeout", "20"),
    ("extract", "--many", "--schema", "a int", "--mode", "prompt"),
    ("extract", "--many", "--schema", "a int", "--json", "--repair", "0"),
)
_STREAM_HEADERS: Headers = ((b"content-type", b"text/event-stream"), (b"request-id", b"req_1"))


@dataclass(frozen=True)
class Case:
    """An answer of `vendor`; `unharmed` if nothing was done to it, `cut` if it ends before it is complete."""

    vendor: Vendor
    answer: Answer
    unharmed: bool = False
    cut: bool = False
    command: tuple[str, ...] | None = None
    socket: bool = False


class Sse(Target):
    """Streams of the three APIs through the real SDKs."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._wires = Wires()

    def close(self) -> None:
        self._wires.close()

    def case(self, random: Random) -> Case:
        vendor = random.choice(VENDORS)
        whole = random.random() < _WHOLE
        command = random.choice(_COMMANDS) if whole else None
        case = self._answer(random, vendor)
        # The SDKs put a long event together piece by piece, which takes its square in time.
        headers, body = _STREAM_HEADERS, b"".join(case.answer.chunks)[:_MOST_BYTES]
        if random.random() < 0.05:
            headers, body = _encoded(random, body)
            case = replace(case, unharmed=False)
        answer = replace(case.answer, headers=headers, chunks=pieces(random, body))
        return replace(case, answer=answer, command=command, socket=whole and random.random() < _SOCKET / _WHOLE)

    def _answer(self, random: Random, vendor: Vendor) -> Case:
        stream = random.choice(corpus.streams(vendor))
        events = [event_bytes(vendor, each) for each in stream.events]
        done = b"data: [DONE]\n\n" if vendor is OPENAI else b""
        right = b"".join(events) + done
        kind = random.random()
        if kind < 0.08:
            return Case(vendor, _ok(right), unharmed=True)
        if kind < 0.2:
            at = random.randrange(len(b"".join(events[: stream.complete_at])) - 1)
            return Case(vendor, _ok(right[:at], breaks=random.random() < 0.5), cut=True)
        if kind < 0.65:
            return Case(vendor, _ok(_structured(random, vendor, stream.events) + done))
        if kind < 0.75:
            return Case(vendor, _ok(reframed(random, events)))
        return Case(vendor, _ok(mutate.changed(random, right, events), breaks=random.random() < 0.1))

    def check(self, case: Case) -> None:
        if case.command is not None:
            self._run(case, case.command)
            return
        heard = self._wires.stream(case.vendor, case.answer)
        assert (heard.reply is None) != (heard.error is None)
        if heard.error is not None:
            check_error(heard.error, _CODES)
        if case.unharmed:
            assert heard.error is None, heard.error
            assert heard.text == corpus.TEXT
            assert heard.reply is not None
            assert heard.reply.stop_reason.complete
        if case.cut:
            assert corpus.TEXT.startswith(heard.text)
            assert heard.reply is None or not heard.reply.stop_reason.complete, "an answer that was cut is complete"
        if any(name == b"content-encoding" for name, _ in case.answer.headers):
            return  # how much of what is compressed is read before it proves wrong is a matter of its pieces
        again = self._wires.stream(case.vendor, case.answer.as_one())
        assert heard.end == again.end, f"{heard.end} in pieces, {again.end} in one"

    def _run(self, case: Case, command: tuple[str, ...]) -> None:
        arguments = (*command, "-n", "-m", case.vendor.model, "hi")
        if case.socket:
            with RawServer(case.answer.over_http()) as server:
                done = self._done(arguments, server.root)
        else:
            self._wires.transport.answer = case.answer
            with wired(self._wires.transport):
                done = self._done(arguments)
        extracting = command[0] == "extract"
        more = (ExitCode.INVALID_OUTPUT, ExitCode.PARTIAL) if extracting else ()
        check(done, (ExitCode.OK, *_CODES, *more), notes=extracting or "--show-reasoning" in command)
        if command[:2] == ("stream", "--json"):
            check_events(done)
        elif command[:2] == ("ask", "--json"):
            check_envelope(done)
        elif extracting:
            for line in done.out.decode().splitlines():
                json.loads(line)
        if case.unharmed and not extracting and b"--max-rounds" not in done.err:
            assert done.code is ExitCode.OK, done.err
        assert not case.cut or done.code is not ExitCode.OK

    def _done(self, arguments: tuple[str, ...], root: str = "http://127.0.0.1:9") -> Ended:
        self._program.config.write_text(configured(root))
        return self._program.run(*arguments, env=keys())


def event_bytes(vendor: Vendor, data: Any) -> bytes:
    """One event; Anthropic's and Responses' have their type as a name, too."""
    name = data.get("type") if isinstance(data, dict) and vendor is not OPENAI else None
    head = f"event: {name}\n".encode("utf-8", "surrogatepass") if isinstance(name, str) else b""
    return head + b"data: " + trees.text(data).encode("utf-8", "surrogatepass") + b"\n\n"


def pieces(random: Random, body: bytes) -> tuple[bytes, ...]:
    """The bytes as they may arrive: at once, event by event, cut anywhere, or a few at a time."""
    match random.randrange(4):
        case 0:
            return (body,)
        case 1:
            *parts, last = body.split(b"\n\n")
            return (*(part + b"\n\n" for part in parts), last)
        case 2:
            cuts = sorted(random.randint(0, len(body)) for _ in range(random.randint(1, 12)))
            return tuple(body[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(body)], strict=True))
        case _:
            size = max(random.choice((1, 2, 7, 64)), len(body) // 5000)
            return tuple(body[at : at + size] for at in range(0, len(body), size))


def _structured(random: Random, vendor: Vendor, events: tuple[corpus.Event, ...]) -> bytes:
    """The events with something in one or a few of them changed, or with one that does not belong."""
    found: list[Any] = list(events)
    foreign = (event for each in VENDORS for event in corpus.streams(each)[1].events)
    others = (*corpus.errors(vendor), *corpus.bodies(vendor), *foreign)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(found))
        match random.randrange(6):
            case 0 | 1 | 2:
                found[at] = trees.changed(random, found[at], others)
            case 3:
                found.insert(at, random.choice(others))
            case 4:
                found.insert(at, random.choice(corpus.errors(vendor)))
            case _:
                found[at] = random.choice(trees.LEAVES)
    return b"".join(event_bytes(vendor, each) for each in found)


_LINES = (b": comment\n", b"\n", b"id: 1\n", b"id: \x00\n", b"retry: 5\n", b"retry: x\n", b"data\n", b"data:\n",
          b"event\n",
          b"event: error\n", b"event: ping\n", b"data: [DONE]\n\n", b"\xef\xbb\xbf", b"foo: bar\n", b"data: {}\n\n",
          b"event: message_stop\ndata: {}\n\n", b'data: {"error": 5}\n\n', b'data: {"error": {"message": []}}\n\n',
          b"data: " + b"x" * 200_000 + b"\n\n", b": " + b"x" * 200_000 + b"\n", b"\r", b"\r\n")  # fmt: skip


def reframed(random: Random, events: list[bytes]) -> bytes:
    """The same events in another frame: other line ends, comments, data in several lines, some twice or missing."""
    found = list(events)
    for _ in range(random.choice((1, 1, 2, 4))):
        at = random.randrange(len(found)) if found else 0
        match random.randrange(6):
            case 0:
                found.insert(at, random.choice(_LINES))
            case 1 if found:
                found[at] = found[at].replace(b"data: ", random.choice((b"data:", b"data:  ", b"Data: ", b" data: ")))
            case 2 if found:
                found[at] = found[at].replace(b",", b",\ndata: ", random.randint(1, 9))
            case 3 if found:
                del found[at]
            case 4 if found:
                found.insert(at, found[random.randrange(len(found))])
            case _:
                found = [each.replace(b"\n", random.choice((b"\r\n", b"\r", b"\n"))) for each in found]
    return b"".join(found)


def _ok(body: bytes, *, breaks: bool = False) -> Answer:
    return Answer(200, _STREAM_HEADERS, (body,), breaks)


def _encoded(random: Random, body: bytes) -> tuple[Headers, bytes]:
    """Other headers: compressed, said to be so, of another type or without one."""
    match random.randrange(5):
        case 0:
            return (*_STREAM_HEADERS, (b"content-encoding", b"gzip")), gzip.compress(body)
        case 1:
            encoding = random.choice((b"gzip", b"deflate", b"br", b"zstd", b"x", b"gzip, gzip", b""))
            return (*_STREAM_HEADERS, (b"content-encoding", encoding)), body
        case 2:
            return (*_STREAM_HEADERS, (b"content-encoding", b"gzip")), mutate.changed(random, gzip.compress(body))
        case 3:
            kind = random.choice((b"application/json", b"text/html; charset=utf-16", b"a/b; charset=x", b"\xff", b""))
            return ((b"content-type", kind), (b"request-id", b"\xff\x00\x1b[0m")), body
        case _:
            return (), body
