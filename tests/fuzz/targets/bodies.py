"""Whole answers, errors and token counts: the status decides what an error is, whatever stands in its body."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Literal

from llmcli.errors import ExitCode

from ...contract.servers import RawServer
from ...contract.vendors import ANTHROPIC, Vendor
from .. import corpus, mutate, trees
from ..campaign import Target
from ..program import Program, check, check_envelope, strict_json
from ..wire import VENDORS, Answer, Headers, Heard, Wires, check_error, configured, keys, wired

_WHOLE = 0.04
_MOST_BYTES = 2_000_000
Call = Literal["complete", "count"]

_STATUSES = (200, 200, 200, 201, 204, 206, 299, 300, 302, 304, 400, 401, 402, 403, 404, 405, 408, 409, 413, 418, 422,
             423, 429, 429, 451, 499, 500, 501, 502, 503, 504, 520, 529, 599, 600, 999)  # fmt: skip
_HEADERS = (
    *((b"retry-after", value) for value in (b"1", b"0", b"-1", b"nan", b"inf", b"1e999", b"x", b"", b"9" * 400)),
    *((b"retry-after", value) for value in (
        b"Wed, 21 Oct 2026 07:28:00 GMT", b"Wed, 21 Oct 0001 07:28:00 GMT", b"Wed, 21 Oct 9999 23:59:59 -2359",
        b"Wed, 32 Oct 2026 07:28:00 GMT", b"21 Oct 99999 07:28:00", b"2026-10-21", b"Mon, 1 Jan 1 0:0:0 +9999")),
    *((b"retry-after-ms", value) for value in (b"5", b"-5", b"1e400", b"nan", b"", b"5,5")),
    *((b"x-should-retry", value) for value in (b"true", b"false", b"TRUE", b"maybe", b"\xff")),
    *((name, value) for name in (b"request-id", b"x-request-id") for value in (
        b"req_1", b"", b"\x1b[31m", b"a" * 5000, b"\xff\xfe", b"a b")),
    *((b"content-type", value) for value in (
        b"application/json", b"text/html", b"text/event-stream", b"application/json; charset=utf-16",
        b"application/json; charset=nonsense", b"application/json; charset=idna", b"text/plain; charset=\xff", b"")),
    *((b"content-encoding", value) for value in (b"gzip", b"br", b"deflate", b"x", b"identity")),
    (b"anthropic-ratelimit-tokens-remaining", b"x"),
)  # fmt: skip
# What a command makes of an answer that is one, right or wrong.
_ANSWERED = (ExitCode.OK, ExitCode.UNAVAILABLE, ExitCode.REFUSED, ExitCode.TRUNCATED)
_FAILED_RESPONSE = (ExitCode.AUTH, ExitCode.RATE_LIMITED, ExitCode.REJECTED)
# It sends through a client of its own, which reads from sockets alone.
_BATCH = ("batch", "run", "--lines", "--progress", "none", "--retries", "1", "--deadline", "5")
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("ask", "--json", "-n", "hi"),
    ("ask", "--json", "-n", "-v", "hi"),
    ("ask", "-n", "hi"),
    ("ask", "--json", "-n", "--json-object", "hi"),
    ("ask", "--json", "-n", "-x", "hi"),
    ("ask", "--json", "-n", "--redact", "all", "hi ada@example.org"),
    ("extract", "--json", "-n", "--schema", "a int", "hi"),
    ("extract", "--json", "-n", "--choice", "alpha,beta", "--confidence", "hi"),
    ("chat", "-n", "--session", "s", "--json", "hi"),
    _BATCH,
)
_COUNTING: tuple[tuple[str, ...], ...] = (
    ("count-tokens", "-n", "--exact", "hi"),
    ("count-tokens", "-n", "--json", "hi"),
)


@dataclass(frozen=True)
class Case:
    """An answer to a call; `unharmed` if nothing was done to a right one."""

    vendor: Vendor
    call: Call
    answer: Answer
    unharmed: bool
    command: tuple[str, ...] | None


class Bodies(Target):
    """Bodies of the three APIs and of their token counters, through the real SDKs."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._wires = Wires()

    def close(self) -> None:
        self._wires.close()

    def case(self, random: Random) -> Case:
        vendor = random.choice(VENDORS)
        call: Call = "count" if random.random() < 0.15 and vendor is not VENDORS[1] else "complete"
        status = random.choice(_STATUSES) if random.random() < 0.5 else 200
        body, unharmed = self._body(random, vendor, call, status)
        headers: Headers = ((b"content-type", b"application/json"),)
        if random.random() < 0.3:
            more = (random.choice(_HEADERS) for _ in range(random.randint(1, 3)))
            headers = (*headers[: random.randint(0, 1)], *more)
            unharmed = False
        answer = Answer(status, headers, (body[:_MOST_BYTES],), breaks=random.random() < 0.02)
        command = random.choice(_COUNTING if call == "count" else _COMMANDS) if random.random() < _WHOLE else None
        return Case(vendor, call, answer, unharmed and not answer.breaks, command)

    def _body(self, random: Random, vendor: Vendor, call: Call, status: int) -> tuple[bytes, bool]:
        good = status < 300
        right = (corpus.counts(vendor) if call == "count" else corpus.bodies(vendor)) if good else corpus.errors(vendor)
        others = (*corpus.bodies(vendor), *corpus.errors(vendor), *corpus.counts(vendor))
        chosen = random.choice(right if random.random() < 0.95 else others)
        kind = random.random()
        if kind < 0.1:
            return json.dumps(chosen).encode(), status == 200 and chosen in right
        if kind < 0.75:
            return trees.data(random, trees.changed(random, chosen, others)), False
        return mutate.changed(random, json.dumps(chosen).encode()), False

    def check(self, case: Case) -> None:
        if case.command is not None:
            self._run(case, case.command)
            return
        wires = self._wires
        heard = (wires.count if case.call == "count" else wires.complete)(case.vendor, case.answer)
        codes = expected(case)
        if heard.error is not None:
            check_error(heard.error, codes)
        elif heard.reply is not None:
            self._check_reply(heard, codes)
        else:
            assert ExitCode.OK in codes
            assert heard.counted is None or heard.counted >= 0, heard.counted
        if case.unharmed:
            assert heard.error is None, heard.error
            assert heard.counted == 9 if case.call == "count" else heard.text == corpus.TEXT

    def _check_reply(self, heard: Heard, codes: tuple[ExitCode, ...]) -> None:
        assert ExitCode.OK in codes, "an error status gave an answer"
        assert heard.reply is not None
        usage = heard.reply.usage
        counts = (usage.input_tokens, usage.output_tokens, usage.cache_read_tokens, usage.reasoning_tokens)
        assert all(count is None or (type(count) is int and count >= 0) for count in counts)
        json.dumps([call.arguments for call in heard.reply.tool_calls], allow_nan=False)

    def _run_batch(self, case: Case) -> None:
        with RawServer(case.answer.over_http()) as server:
            self._program.config.write_text(configured(server.root))
            done = self._program.run(*_BATCH, "-m", case.vendor.model, env=keys(), stdin=b"hi\n")
        # An address or model that is not there is one of the settings.
        check(done, (*_ANSWERED, *_FAILED_RESPONSE, ExitCode.PARTIAL, ExitCode.CONFIG), notes=True)
        for line in done.out.decode().splitlines():
            strict_json(line)

    def _run(self, case: Case, command: tuple[str, ...]) -> None:
        if command is _BATCH:
            self._run_batch(case)
            return
        self._program.config.write_text(configured())
        self._wires.transport.answer = case.answer
        with wired(self._wires.transport):
            done = self._program.run(*command, "-m", case.vendor.model, env=keys())
        # A session goes on with what it has got, and the whole of it is in the next request.
        counting = command[0] == "count-tokens"
        more = () if counting else (ExitCode.INVALID_OUTPUT,)
        # A token count that nobody gives is estimated, or unavailable if it has to be exact.
        check(done, (*expected(case), *more, *((ExitCode.OK, ExitCode.UNAVAILABLE) if counting else ())), notes=True)
        if "--json" in command and counting:
            json.loads(done.out)
        elif "--json" in command:
            check_envelope(done)
        if command[0] == "chat" and (self._program.state / "sessions" / "s.json").exists():
            shown = self._program.run("chat", "--show", "s", "--json")
            check(shown, (ExitCode.OK,))
            self._program.run("chat", "--rm", "s")


def expected(case: Case) -> tuple[ExitCode, ...]:
    """What may come of the answer, by its status alone."""
    status = case.answer.status
    if case.answer.breaks:
        return (*_ANSWERED, *_FAILED_RESPONSE)
    if 200 <= status < 300:
        more = _FAILED_RESPONSE if case.vendor is not ANTHROPIC else ()
        return (*_ANSWERED, *more)
    if status == 401 or status == 403:
        return (ExitCode.AUTH, ExitCode.UNAVAILABLE) if _encoded(case) else (ExitCode.AUTH,)
    if status in (402, 429):
        code = ExitCode.RATE_LIMITED
    elif status in (408, 409) or status >= 500:
        code = ExitCode.UNAVAILABLE
    else:
        code = ExitCode.REJECTED
    # What is said to be compressed and is not breaks off the connection.
    return (code, ExitCode.UNAVAILABLE) if _encoded(case) else (code,)


def _encoded(case: Case) -> bool:
    return any(name == b"content-encoding" for name, _ in case.answer.headers)
