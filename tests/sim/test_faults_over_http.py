"""Faults as clients meet them: raw HTTP and the real SDKs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from .helpers import StartSim, ask, chat, respond, run

BODIES = {"/v1/messages": ask, "/v1/chat/completions": chat, "/v1/responses": respond}
PATHS = sorted(BODIES)
LONG = "sim:tokens=50"

both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])
every_api = pytest.mark.parametrize("path", PATHS)


def body_for(path: str, stream: bool = False) -> dict[str, Any]:
    return BODIES[path](LONG, stream=stream)


@every_api
@both_ways
@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 429, 500, 503, 504, 529])
def test_any_status(start_sim: StartSim, path: str, stream: bool, status: int) -> None:
    """A status fault is that status with the vendor's error body, streamed or not."""
    answer = start_sim(str(status)).send(path, body_for(path, stream))
    assert answer.status == status
    assert answer.error["message"]
    assert answer.error["type"]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, "invalid_request_error"),
        (401, "authentication_error"),
        (402, "billing_error"),
        (403, "permission_error"),
        (404, "not_found_error"),
        (409, "conflict_error"),
        (413, "request_too_large"),
        (429, "rate_limit_error"),
        (500, "api_error"),
        (504, "timeout_error"),
        (529, "overloaded_error"),
    ],
)
def test_anthropic_type_of_each_status(start_sim: StartSim, status: int, kind: str) -> None:
    """Each status has the type that Anthropic documents for it."""
    assert start_sim(str(status)).send("/v1/messages", ask()).error["type"] == kind


def test_retry_headers(start_sim: StartSim) -> None:
    """The headers of a fault are those that were written."""
    sim = start_sim("429,retry-after=7,retry-after-ms=6500,x-should-retry=true,times=1", "529,retry-after=day")
    first, second = sim.send("/v1/messages", ask()), sim.send("/v1/messages", ask())
    named = ("retry-after", "retry-after-ms", "x-should-retry")
    assert [first.headers.get(name) for name in named] == ["7", "6500", "true"]
    assert [second.headers.get(name) for name in named] == ["86400", None, None]


def test_quota_is_not_a_rate_limit(start_sim: StartSim) -> None:
    """A quota 429 has the vendor's code for it and no retry-after."""
    sim = start_sim("quota,times=2", "quota=project_spend_limit_exceeded")
    claude, gpt, project = (sim.send("/v1/messages", ask()), *(sim.send(PATHS[0], chat()) for _ in range(2)))
    assert (claude.status, gpt.status, project.status) == (429, 429, 429)
    assert claude.error["details"] == {"error_code": "enforced_spend_limit_reached"}
    assert (gpt.error["type"], gpt.error["code"]) == ("insufficient_quota", "credit_balance_exhausted")
    assert project.error["code"] == "project_spend_limit_exceeded"
    assert not {"retry-after", "retry-after-ms"} & (set(claude.headers) | set(gpt.headers))


@every_api
def test_early_close_is_clean_and_has_no_end(start_sim: StartSim, path: str) -> None:
    """The stream ends as HTTP should, with three tokens and without any terminal event."""
    text = start_sim("early-close").send(path, body_for(path, stream=True)).body.decode()
    assert text.count(" quick") == 1
    assert " fox" not in text  # ids and padding are random letters, without spaces
    for terminal in ("message_stop", "message_delta", "[DONE]", '"finish_reason":"', "response.completed"):
        assert terminal not in text


@every_api
def test_early_close_after_all_of_the_text(start_sim: StartSim, path: str) -> None:
    """`after` beyond the answer's length loses nothing but the terminal event."""
    text = start_sim("early-close,after=999").send(path, body_for(path, stream=True)).body.decode()
    assert "lazy" in text
    for terminal in ("message_stop", "[DONE]", "response.completed"):
        assert terminal not in text


def test_error_event_as_the_sdks_see_it(start_sim: StartSim) -> None:
    """Amid a stream the SDKs raise the vendor's error, after the text that came before it."""
    import anthropic
    import openai

    sim = start_sim("error-event,times=1", "error-event=rate_limit_exceeded,times=1")

    async def claude() -> None:
        async with (
            sim.anthropic() as client,
            client.messages.stream(model="sim", max_tokens=99, messages=[{"role": "user", "content": LONG}]) as stream,
        ):
            async for _ in stream.text_stream:
                pass

    async def gpt() -> None:
        async with sim.openai() as client:
            stream = await client.chat.completions.create(
                model="sim", messages=[{"role": "user", "content": LONG}], stream=True
            )
            async for _ in stream:
                pass

    with pytest.raises(anthropic.APIStatusError) as overloaded:
        run(claude())
    assert overloaded.value.type == "overloaded_error"
    with pytest.raises(openai.APIError) as limited:
        run(gpt())
    assert limited.value.code == "rate_limit_exceeded"


def test_error_event_of_responses(start_sim: StartSim) -> None:
    """The Responses API's error event is numbered like the others, and is the last one."""
    blocks = start_sim("error-event").send(PATHS[2], body_for(PATHS[2], stream=True)).body.decode().split("\n\n")
    events = [json.loads(block.split("data: ")[1]) for block in blocks if block]
    assert events[-1]["type"] == "error"
    assert [event["sequence_number"] for event in events] == list(range(len(events)))


def test_error_event_without_a_stream_is_its_status(start_sim: StartSim) -> None:
    """A plain call gets the HTTP status that the event stands for."""
    sim = start_sim("error-event,times=2", "error-event=api_error")
    assert sim.send(PATHS[1], ask()).status == 529
    assert sim.send(PATHS[0], chat()).status == 503
    assert sim.send(PATHS[1], ask()).status == 500


@every_api
@both_ways
def test_bodies_that_are_no_answer(start_sim: StartSim, path: str, stream: bool) -> None:
    """Empty, HTML, garbage and half JSON come with status 200 and cannot be parsed."""
    sim = start_sim("empty,times=1", "html,times=1", "garbage,times=1", "truncated-json,times=1")
    empty, html, garbage, half = (sim.send(path, body_for(path, stream)) for _ in range(4))
    assert [answer.status for answer in (empty, html, garbage, half)] == [200] * 4
    assert empty.body == b""
    assert html.headers["content-type"].startswith("text/html")
    for answer in (garbage, half):
        last = answer.body.decode().rsplit("data: ", 1)[-1]
        with pytest.raises(json.JSONDecodeError):
            json.loads(last)


@every_api
@both_ways
def test_no_usage(start_sim: StartSim, path: str, stream: bool) -> None:
    """The answer is whole but never says what it cost."""
    text = start_sim("no-usage").send(path, body_for(path, stream)).body.decode()
    assert "lazy" in text
    assert '"usage":{' not in text


def test_stop_faults(start_sim: StartSim) -> None:
    """Stop reasons can be ordered: any word, a refusal, and a real cut at `after` tokens."""
    sim = start_sim("stop=pause_turn,times=1", "refusal,times=2", "max-tokens,after=2,times=1", "stop=brand_new")
    paused = sim.send(PATHS[1], ask(LONG)).json
    refused, also_refused = sim.send(PATHS[1], ask(LONG)).json, sim.send(PATHS[0], chat(LONG)).json
    cut = sim.send(PATHS[0], chat(LONG)).json
    new = sim.send(PATHS[1], ask(LONG)).json
    assert (paused["stop_reason"], refused["stop_reason"], new["stop_reason"]) == ("pause_turn", "refusal", "brand_new")
    assert also_refused["choices"][0]["message"]["refusal"]
    assert cut["choices"][0]["finish_reason"] == "length"
    assert cut["usage"]["completion_tokens"] == 2


def test_slow_waits_before_answering(start_sim: StartSim) -> None:
    """`slow` delays an answer that is otherwise normal."""
    sim = start_sim("slow=300ms")
    started = time.monotonic()
    assert sim.send(PATHS[1], ask()).status == 200
    assert 0.3 <= time.monotonic() - started < 2


def test_faults_from_a_file_come_first(start_sim: StartSim, tmp_path: Any) -> None:
    """A prompt that the file names meets the file's fault, others the flag's."""
    from llmcli.sim.faults_file import load_faults

    path = tmp_path / "faults.toml"
    path.write_text('[[fault]]\nmatch = "seven"\nkind = "529"\n')
    sim = start_sim("500", faults_from_file=load_faults(path))
    assert sim.send(PATHS[1], ask("row seven")).status == 529
    assert sim.send(PATHS[1], ask("row eight")).status == 500


def test_an_invalid_request_meets_no_fault(start_sim: StartSim) -> None:
    """What a vendor would refuse is refused, and does not use up a fault."""
    sim = start_sim("529,times=1")
    assert sim.send(PATHS[1], {"model": "sim"}).status == 400
    assert sim.send(PATHS[1], ask()).status == 529
    assert sim.send(PATHS[1], ask()).status == 200
