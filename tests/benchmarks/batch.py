"""What `llmcli batch` manages against `llmcli sim serve` on this machine, beside what it is held to.

    python -m tests.benchmarks.batch [throughput] [latency] [memory] [resume] [kill] [limit]

The server has a process of its own: on a machine with less than two idle cores the figures say little.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..contract.servers import Sim, serving
from ..helpers import ROOT

ENVIRON = {"ANTHROPIC_API_KEY": "sk-benchmark", "LLMCLI_RETRY_BASE_S": "0.2", "PYTHONPATH": str(ROOT)}


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """An empty directory that is also the home of whatever is started."""
    with tempfile.TemporaryDirectory() as name:
        os.environ.update(ENVIRON, HOME=name, XDG_CONFIG_HOME=f"{name}/config", XDG_STATE_HOME=f"{name}/state")
        before = Path.cwd()
        os.chdir(name)
        try:
            yield Path(name)
        finally:
            os.chdir(before)


def write_input(path: Path, rows: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        for number in range(rows):
            file.write(json.dumps({"id": f"r{number}", "prompt": f"number <{number}>"}) + "\n")


def command(model: Sequence[str], *options: str) -> list[str]:
    head = [sys.executable, "-m", "llmcli", "batch", "in.jsonl", "-o", "out", "--id-field", "id", "--max-tokens", "64"]
    return [*head, "--progress", "json", *model, *options]


def claude(sim: Sim) -> list[str]:
    return ["-m", "claude-haiku-5-5", "--base-url", sim.root]


@dataclass(frozen=True)
class Ran:
    """How a job ended: exit code, peak memory, processor time, and its progress events."""

    code: int
    peak_mib: float
    cpu_s: float
    events: list[dict[str, Any]]

    @property
    def rows_per_s(self) -> float:
        """From the moment at which the rows were loaded to the end."""
        last = self.events[-1]
        return float((last["done"] + last["failed"]) / last["elapsed_s"])


def run(arguments: Sequence[str]) -> Ran:
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(arguments, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        events = [json.loads(line) for line in said if line.startswith(b"{")]
    return Ran(process.returncode, usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime, events)


def report(what: str, found: str, target: str) -> None:
    print(f"{what:<44} {found:>24}   held to {target}", flush=True)


async def bare_rows_per_s(sim: Sim, rows: int, at_once: int) -> float:
    """What the server and the event loop allow: requests without SDK, retries, ledger or journal."""
    import aiohttp

    headers = {"x-api-key": "sk-benchmark", "anthropic-version": "2023-06-01"}
    turn = asyncio.Semaphore(at_once)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), headers=headers) as session:

        async def one(number: int) -> None:
            messages = [{"role": "user", "content": f"number <{number}>"}]
            body = {"model": "claude-haiku-5-5", "max_tokens": 64, "messages": messages}
            async with turn, session.post(f"{sim.root}/v1/messages", json=body) as answer:
                answer.raise_for_status()
                await answer.json()

        began = time.monotonic()
        await asyncio.gather(*map(one, range(rows)))
        return rows / (time.monotonic() - began)


def throughput() -> None:
    with folder() as here, serving(here, "--latency", "200ms") as sim:
        write_input(here / "in.jsonl", 10_000)
        ran = run(command(claude(sim), "-c", "256"))
        ceiling = asyncio.run(bare_rows_per_s(sim, 10_000, 256))
        report("256 at once, 0.2 s, 10,000 rows", f"{ran.rows_per_s:.0f} rows/s", "850, where a bare client has 1,280")
        report("  a bare aiohttp client, right after", f"{ceiling:.0f} rows/s", "nothing; it has no journal")
        report("  processor time, start included", f"{ran.cpu_s / 10:.2f} ms a row", "1.18 ms for 850 rows/s")
        report("  memory, exit code", f"{ran.peak_mib:.0f} MiB, {ran.code}", "180 MiB, 0")


def latency() -> None:
    with folder() as here, serving(here, "--latency", "1s") as sim:
        write_input(here / "in.jsonl", 3_000)
        ran = run(command(claude(sim), "-c", "64"))
        report("64 at once, 1 s", f"{ran.rows_per_s / 64:.1%} of 64 rows/s", "95 %")


def memory() -> None:
    peaks = []
    for rows in (10_000, 200_000):
        with folder() as here:
            write_input(here / "in.jsonl", rows)
            ran = run(command(["-m", "sim"], "-c", "64"))
            peaks.append(ran.peak_mib)
            report(f"memory for {rows:,} rows", f"{ran.peak_mib:.0f} MiB at {ran.rows_per_s:.0f} rows/s", "180 MiB")
    report("  the larger by", f"{peaks[1] / peaks[0] - 1:+.0%}", "15 %")


def resume() -> None:
    def attempts() -> int:
        with contextlib.closing(sqlite3.connect("out.journal", timeout=30)) as connection:
            return int(connection.execute("SELECT max(attempt) FROM attempts").fetchone()[0])

    with folder() as here:
        write_input(here / "in.jsonl", 200_000)
        run(command(["-m", "sim"], "-c", "64"))
        before = attempts()
        with (here / "in.jsonl").open("a") as file:
            file.write(json.dumps({"id": "new", "prompt": "the new one"}) + "\n")
        began = time.time()
        process = subprocess.Popen(command(["-m", "sim"]), stderr=subprocess.DEVNULL)
        while attempts() == before:
            time.sleep(0.02)
        report("first request after 200,000 finished rows", f"{time.time() - began:.1f} s", "5 s")
        process.wait()


def kill() -> None:
    """Twenty kills at random moments of one job of 5,000 rows with 5 % faults."""
    draw = random.Random()
    with folder() as here, serving(here, "--latency", "100ms", "--fault", "503:0.05") as sim:
        write_input(here / "in.jsonl", 5_000)
        for _ in range(20):
            process = subprocess.Popen(command(claude(sim), "-c", "24"), stderr=subprocess.DEVNULL)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(draw.uniform(1.0, 4.0))
            process.send_signal(signal.SIGKILL)
            process.wait()
        code = run(command(claude(sim), "-c", "24")).code
        ids = Counter(json.loads(line)["id"] for line in (here / "out").read_text().splitlines())
        log = [json.loads(line) for line in sim.log.read_text().splitlines()]
        answers = Counter(entry["prompt_start"] for entry in log if entry["status"] == 200)
    report("ids in the output after 20 kills", f"{len(ids):,}, at most {max(ids.values())} each", "5,000, 1")
    again = sum(count - 1 for count in answers.values())
    report("  answered in vain, exit code", f"{again:,}, {code}", f"at most {20 * 24} under way, 0")


def limit() -> None:
    with folder() as here, serving(here, "--rate-limit", "600") as sim:
        write_input(here / "in.jsonl", 2_400)
        ran = run(command(claude(sim)))
        log = [json.loads(line) for line in sim.log.read_text().splitlines()]
        refused = sum(entry["status"] == 429 for entry in log)
        per_minute = ran.rows_per_s * 60
        report("a limit of 600 a minute", f"{per_minute:.0f} a minute", f"{0.92 * 600:.0f}")
        report("  answered 429", f"{refused / len(log):.1%}", "3 %")


ALL = {each.__name__: each for each in (throughput, latency, memory, resume, kill, limit)}

if __name__ == "__main__":
    for name in sys.argv[1:] or ALL:
        ALL[name]()
