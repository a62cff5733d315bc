"""How fast answers come, and that many clients can be served at once."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time

from .helpers import KEY, StartSim, ask, run

ANTHROPIC = "/v1/messages"
TRIES = 3


def test_latency_and_token_rate(start_sim: StartSim) -> None:
    """A stream's first text comes after the latency and its last after tokens / rate; a plain call takes as long."""
    sim = start_sim(latency_s=0.2, tokens_per_second=100)

    async def streamed() -> tuple[float, float]:
        async with sim.anthropic() as client:
            started = time.monotonic()
            async with client.messages.stream(
                model="sim", max_tokens=99, messages=[{"role": "user", "content": "sim:tokens=40"}]
            ) as stream:
                at = [time.monotonic() - started async for _ in stream.text_stream]
            return at[0], at[-1]

    def whole() -> float:
        started = time.monotonic()
        sim.send(ANTHROPIC, ask("sim:tokens=40"))
        return time.monotonic() - started

    # A busy machine can make any of them late, and none early.
    firsts, lasts = zip(*[run(streamed()) for _ in range(TRIES)], strict=True)
    assert 0.2 <= min(firsts) < 0.4
    assert 0.55 <= min(lasts) < 0.9
    assert 0.6 <= min(whole() for _ in range(TRIES)) < 0.9


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


# In a process of its own, so that it reads faster than the simulator writes and never makes it wait.
GREEDY = """
import json, socket, sys
port, request = int(sys.argv[1]), sys.argv[2].encode()
with socket.create_connection(("127.0.0.1", port)) as connection:
    connection.sendall(request)
    print(connection.recv(100)[:15].decode(), flush=True)
    while connection.recv(1 << 20):
        pass
"""


def test_an_endless_stream_starves_no_one(start_sim: StartSim) -> None:
    """While a client reads a hundred million tokens as fast as it can, others get their answers soon."""
    sim = start_sim()
    body = json.dumps({**ask("sim:tokens=100000000", stream=True), "model": "sim", "max_tokens": 10**8})
    request = (
        f"POST {ANTHROPIC} HTTP/1.1\r\nHost: x\r\nx-api-key: {KEY}\r\nanthropic-version: 2026-10-21\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )
    greedy = subprocess.Popen([sys.executable, "-c", GREEDY, str(sim.port), request], stdout=subprocess.PIPE, text=True)
    try:
        assert greedy.stdout is not None
        assert greedy.stdout.readline().startswith("HTTP/1.1 200")
        started = time.monotonic()
        answers = [sim.send(ANTHROPIC, ask()) for _ in range(3)]
        took_s = time.monotonic() - started
        assert greedy.poll() is None
    finally:
        greedy.kill()
        greedy.communicate()
    assert [answer.status for answer in answers] == [200] * 3
    assert took_s < 5
