"""The request log: one line a request, with what a vendor would bill."""

from __future__ import annotations

import pytest

from .helpers import StartSim, ask, chat, run

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
