"""How fast answers come, and that many clients can be served at once."""

from __future__ import annotations

import asyncio
import time

from .helpers import StartSim, ask, run

ANTHROPIC = "/v1/messages"


def test_latency_and_token_rate(start_sim: StartSim) -> None:
    """A stream's first text comes after the latency and its last after tokens / rate; a plain call takes as long."""
    sim = start_sim(latency_s=0.2, tokens_per_second=100)

    async def work() -> tuple[float, float]:
        async with sim.anthropic() as client:
            started = time.monotonic()
            async with client.messages.stream(
                model="sim", max_tokens=99, messages=[{"role": "user", "content": "sim:tokens=40"}]
            ) as stream:
                at = [time.monotonic() - started async for _ in stream.text_stream]
            return at[0], at[-1]

    first, last = run(work())
    assert 0.2 <= first < 0.5
    assert 0.55 <= last < 1.2
    started = time.monotonic()
    sim.send(ANTHROPIC, ask("sim:tokens=40"))
    assert 0.6 <= time.monotonic() - started < 1.2


def test_many_connections_at_once(start_sim: StartSim) -> None:
    """A hundred slow answers take as long as one."""
    sim = start_sim(latency_s=0.3)

    async def work() -> float:
        async with sim.openai() as client:

            async def one() -> None:
                await client.chat.completions.create(model="sim", messages=[{"role": "user", "content": "hi"}])

            started = time.monotonic()
            await asyncio.gather(*[one() for _ in range(100)])
            return time.monotonic() - started

    assert run(work()) < 5


def test_an_endless_stream_starves_no_one(start_sim: StartSim) -> None:
    """While one client reads two million tokens, another gets its answer soon."""
    sim = start_sim()

    async def work() -> tuple[int, list[float]]:
        async with sim.anthropic() as client:
            started = time.monotonic()
            waits: list[float] = []

            async def asks() -> None:
                for _ in range(3):
                    asked = time.monotonic()
                    await client.messages.create(model="sim", max_tokens=9, messages=[{"role": "user", "content": "x"}])
                    waits.append(time.monotonic() - asked)

            seen = 0
            async with client.messages.stream(
                model="sim", max_tokens=10**9, messages=[{"role": "user", "content": "sim:tokens=2000000"}]
            ) as stream:
                other = asyncio.create_task(asks())
                async for _ in stream.text_stream:
                    seen += 1
                    if other.done() or time.monotonic() - started > 8:
                        break
            await other
            return seen, waits

    seen, waits = run(work())
    assert seen > 10
    assert max(waits) < 2
