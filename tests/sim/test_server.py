"""The server around the APIs: keys, bodies, paths, headers and limits."""

from __future__ import annotations

import pytest

from llmcli.sim.limiter import Limiter

from .helpers import KEY, Sim, StartSim, ask, chat, respond

ANTHROPIC, CHAT, RESPONSES = "/v1/messages", "/v1/chat/completions", "/v1/responses"
NO_KEY: dict[str, str | None] = {"Authorization": None}


def with_key(key: str) -> dict[str, str | None]:
    return {"Authorization": f"Bearer {key}"}


def test_missing_and_wrong_keys(sim: Sim) -> None:
    """Each vendor refuses with its own body; `wrong…` is 401 and `forbidden…` 403."""
    for headers, status, kind in (
        (NO_KEY, 401, "authentication_error"),
        (with_key("wrong"), 401, "authentication_error"),
        (with_key("forbidden-1"), 403, "permission_error"),
        ({**NO_KEY, "x-api-key": "wrong"}, 401, "authentication_error"),
    ):
        answer = sim.send(ANTHROPIC, ask(), headers)
        assert (answer.status, answer.error["type"]) == (status, kind)
        assert answer.json["request_id"] == answer.headers["request-id"]
    for headers, status, code in (
        (NO_KEY, 401, None),
        (with_key("wrong"), 401, "invalid_api_key"),
        (with_key("forbidden"), 403, "missing_scope"),
        ({**NO_KEY, "x-api-key": KEY}, 401, None),
    ):
        answer = sim.send(CHAT, chat(), headers)
        assert (answer.status, answer.error["code"]) == (status, code)


def test_anthropic_takes_either_header(sim: Sim) -> None:
    """Bearer and x-api-key both work; if both are sent, x-api-key counts."""
    assert sim.send(ANTHROPIC, ask()).status == 200
    assert sim.send(ANTHROPIC, ask(), {**NO_KEY, "x-api-key": KEY}).status == 200
    assert sim.send(ANTHROPIC, ask(), {"x-api-key": "wrong"}).status == 401


def test_one_right_key(start_sim: StartSim) -> None:
    """With --api-key no other key is right, and the right one may look like anything."""
    sim = start_sim(api_key="wrong-but-right")
    assert sim.send(ANTHROPIC, ask(), with_key("wrong-but-right")).status == 200
    assert sim.send(ANTHROPIC, ask()).status == 401
    assert sim.send(CHAT, chat()).status == 401


def test_a_refused_key_is_never_repeated(start_sim: StartSim) -> None:
    """Neither the answer nor the log holds a key."""
    sim = start_sim()
    for path, body in ((ANTHROPIC, ask()), (CHAT, chat())):
        for key in ("wrong-s3cret", "right-s3cret"):
            assert b"s3cret" not in sim.send(path, body, with_key(key)).body
    sim.entries(at_least=4)
    assert sim.log is not None
    assert "s3cret" not in sim.log.read_text()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b'{"model": NaN}',
        b"[1]",
        b'"text"',
        b"\xff\xfe",
        b'{"model": "\\ud800"}',
        b"[" * 100_000,
    ],
)
def test_a_body_that_is_no_json_object(sim: Sim, raw: bytes) -> None:
    """It is a 400 in the vendor's words, whatever is wrong with it."""
    claude, gpt = sim.send(ANTHROPIC, raw=raw), sim.send(CHAT, raw=raw)
    assert (claude.status, gpt.status) == (400, 400)
    assert claude.error["message"].startswith("The request body is not valid JSON")
    assert gpt.error["message"].startswith("We could not parse the JSON body of your request.")


def test_a_body_that_is_not_as_it_is_encoded(sim: Sim, caplog: pytest.LogCaptureFixture) -> None:
    """A body that claims gzip and is not, or what nobody here can read, is a 400; nothing is said of it on stderr."""
    assert sim.send(CHAT, chat(), {"Content-Encoding": "gzip"}).status == 400
    assert sim.send(CHAT, chat(), {"Content-Encoding": "br"}).status == 400
    assert sim.send(CHAT, chat()).status == 200  # so that all is over that may be said
    assert caplog.records == []


def test_wrong_content_type(sim: Sim) -> None:
    """Only application/json is read; a charset is fine."""
    as_text: dict[str, str | None] = {"Content-Type": "text/plain"}
    assert sim.send(CHAT, chat(), as_text).error["code"] == "unsupported_content_type"
    assert sim.send(ANTHROPIC, ask(), as_text).error["type"] == "invalid_request_error"
    assert sim.send(CHAT, chat(), {"Content-Type": "application/json; charset=utf-8"}).status == 200


def test_too_large(sim: Sim) -> None:
    """A body over 32 MB is 413."""
    answer = sim.send(ANTHROPIC, raw=b" " * (32 * 1024 * 1024 + 1))
    assert (answer.status, answer.error["type"]) == (413, "request_too_large")


def test_wrong_paths_and_methods(sim: Sim) -> None:
    """404 and 405 come in the words of the vendor that was meant."""
    assert sim.send("/v1/nope", chat()).error["message"] == "Invalid URL (POST /v1/nope)"
    assert sim.send("/", method="GET").status == 404
    claude = sim.send("/v1/messages/nope", ask())
    assert (claude.status, claude.error["type"]) == (404, "not_found_error")
    assert sim.send(CHAT, method="GET").status == 405
    assert sim.send(CHAT, method="GET").error["message"].startswith("Not allowed to GET on /v1/chat/completions.")
    wrong = sim.send(ANTHROPIC, method="GET")
    assert (wrong.status, wrong.error["message"]) == (405, "Method Not Allowed")
    assert sim.send("/v1/models", {}, method="POST").status == 405


def test_headers_of_every_answer(sim: Sim) -> None:
    """Request ids are unique, and both families of rate-limit headers are complete."""
    claude, gpt = sim.send(ANTHROPIC, ask()), sim.send(RESPONSES, respond())
    for family in ("requests", "tokens", "input-tokens", "output-tokens"):
        for what in ("limit", "remaining", "reset"):
            assert f"anthropic-ratelimit-{family}-{what}" in claude.headers
    assert claude.headers["anthropic-ratelimit-requests-reset"].endswith("Z")
    assert claude.headers["anthropic-organization-id"]
    for family in ("requests", "tokens"):
        for what in ("limit", "remaining", "reset"):
            assert f"x-ratelimit-{what}-{family}" in gpt.headers
    assert gpt.headers["openai-processing-ms"].isdigit()
    assert sim.send(ANTHROPIC, ask()).headers["request-id"] != claude.headers["request-id"]


def test_rate_limit_over_http(start_sim: StartSim) -> None:
    """After a minute's worth of requests comes 429 with the wait, and headers count down to it."""
    sim = start_sim(rate_limit_rpm=2)
    answers = [sim.send(ANTHROPIC, ask()) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert [answer.headers["anthropic-ratelimit-requests-remaining"] for answer in answers] == ["1", "0", "0"]
    assert answers[2].error["type"] == "rate_limit_error"
    assert 25 <= int(answers[2].headers["retry-after"]) <= 30
    limited = sim.send(CHAT, chat())
    assert limited.error["code"] == "rate_limit_exceeded"
    assert limited.headers["x-ratelimit-remaining-requests"] == "0"
    assert 25_000 <= int(limited.headers["retry-after-ms"]) <= 30_000


def test_the_bucket_refills_all_the_time() -> None:
    """Waiting as long as was said lets exactly one more request through."""
    now = 0.0
    limiter = Limiter(60, clock=lambda: now)
    assert all(limiter.take().allowed for _ in range(60))
    refused = limiter.take()
    assert (refused.allowed, refused.retry_after_s) == (False, 1.0)
    now += refused.retry_after_s
    assert limiter.take().allowed
    assert not limiter.take().allowed
