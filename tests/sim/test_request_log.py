"""The request log: one line a request, with what a vendor would bill."""

from __future__ import annotations

from typing import Any

import pytest

from .helpers import StartSim, ask, chat, respond, run

ANTHROPIC, CHAT = "/v1/messages", "/v1/chat/completions"


def test_log_of_a_whole_answer(start_sim: StartSim) -> None:
    """One line has who, what, the outcome and what was billed, and no more of the prompt than its start."""
    sim = start_sim()
    prompt = "sim:tokens=20 " + "word " * 100
    answer = sim.send(CHAT, chat(prompt))
    [entry] = sim.entries()
    usage = answer.json["usage"]
    assert (entry["vendor"], entry["path"], entry["model"]) == ("openai", CHAT, "gpt-4o")
    assert (entry["status"], entry["fault"], entry["stream"], entry["complete"]) == (200, None, False, True)
    assert (entry["input_tokens"], entry["output_tokens"]) == (usage["prompt_tokens"], 20)
    assert entry["request_id"] == answer.headers["x-request-id"]
    assert entry["prompt_start"] == prompt[:200]
    assert len(entry["prompt_hash"]) == 16
    assert entry["time"].endswith("+00:00")


def test_log_of_failures(start_sim: StartSim) -> None:
    """Refusals and errors cost nothing; a stream that broke costs what was sent; a fault is named as written."""
    sim = start_sim("529,times=1", "early-close,after=5,times=1", "drop-before")
    sim.send(ANTHROPIC, {"model": "sim"})
    sim.send(ANTHROPIC, ask("sim:tokens=9"))
    sim.send(ANTHROPIC, ask("sim:tokens=9", stream=True))
    with pytest.raises(ConnectionError):
        sim.send(ANTHROPIC, ask("sim:tokens=9"))
    invalid, overloaded, closed, dropped = sim.entries(at_least=4)
    assert [entry["status"] for entry in (invalid, overloaded, closed, dropped)] == [400, 529, 200, None]
    assert [entry["output_tokens"] for entry in (invalid, overloaded, closed, dropped)] == [0, 0, 5, 0]
    assert closed["input_tokens"] > 0
    assert closed["complete"] is False
    assert [entry["fault"] for entry in (overloaded, closed, dropped)] == [
        "529,times=1",
        "early-close,after=5,times=1",
        "drop-before",
    ]


def test_a_client_that_leaves_ends_the_generation(start_sim: StartSim) -> None:
    """The log tells what was sent until then, right away, and not what would have come."""
    sim = start_sim(tokens_per_second=50)

    async def work() -> None:
        async with (
            sim.anthropic() as client,
            client.messages.stream(
                model="sim", max_tokens=10**6, messages=[{"role": "user", "content": "sim:tokens=100000"}]
            ) as stream,
        ):
            async for _ in stream.text_stream:
                break

    run(work())
    [entry] = sim.entries()
    assert 1 <= entry["output_tokens"] < 100
    assert (entry["status"], entry["complete"]) == (200, False)


CACHED = [{"type": "text", "text": "word " * 5000, "cache_control": {"type": "ephemeral"}}]


@pytest.mark.parametrize("stream", [False, True])
def test_the_log_counts_what_was_cached_and_thought(start_sim: StartSim, stream: bool) -> None:
    """They have prices of their own; what is written to the cache first is read from it then."""
    sim = start_sim()
    body = ask("sim:think=12 sim:tokens=9", system=CACHED, thinking={"type": "adaptive"}, stream=stream)
    sim.send(ANTHROPIC, body)
    sim.send(ANTHROPIC, body)
    first, second = sim.entries(at_least=2)
    assert first["cache_write_tokens"] == second["cache_read_tokens"] > 4000
    assert first["cache_read_tokens"] == second["cache_write_tokens"] == 0
    assert [entry["reasoning_tokens"] for entry in (first, second)] == [12, 12]
    assert [entry["output_tokens"] for entry in (first, second)] == [21, 21]
    assert first["input_tokens"] > first["cache_write_tokens"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (ANTHROPIC, ask(metadata={"user_id": "u-1"})),
        (CHAT, chat(user="u-1")),
        (CHAT, chat(safety_identifier="u-1")),
        ("/v1/responses", respond(safety_identifier="u-1")),
    ],
)
def test_the_log_tells_whose_request_it_was(start_sim: StartSim, path: str, body: dict[str, Any]) -> None:
    """By whatever name the vendor has for the user."""
    sim = start_sim()
    sim.send(path, body)
    [entry] = sim.entries()
    assert (entry["status"], entry["user_id"]) == (200, "u-1")
