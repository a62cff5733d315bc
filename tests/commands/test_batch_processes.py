"""`llmcli batch` as a process: killed, told to stop, started twice, slowed down, no longer listened to."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from ..contract.processes import Running, started
from ..contract.servers import Sim, serving
from ..helpers import RunLlmcli, ledger_rows
from .batches import QUICK, numbered, read_lines, requests, to, write_rows


@pytest.fixture(autouse=True)
def quick(isolated: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in QUICK.items():
        monkeypatch.setenv(name, value)


def command(sim: Sim, *options: str) -> tuple[str, ...]:
    return ("batch", "in.jsonl", "-o", "out", "--id-field", "custom", *to(sim), *options)


def settled(journal: Path) -> set[str]:
    """The prompts whose answers are in the journal."""
    with contextlib.closing(sqlite3.connect(journal)) as connection:
        ids = [name for (name,) in connection.execute("SELECT id FROM rows WHERE state = 1")]
    return {f"number <{name.partition('-')[2]}>" for name in ids}


def answered(sim: Sim) -> int:
    return sum(entry["status"] == 200 for entry in requests(sim))


def wait_for_long(condition: Callable[[], bool]) -> None:
    """A process that imports an SDK on a busy machine takes its time."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def moved_on(sim: Sim, run: Running, than: int) -> bool:
    return answered(sim) > than or run.process.poll() is not None


def test_a_job_that_is_killed_again_and_again_loses_nothing_and_asks_nothing_twice(
    isolated: Path, state_dir: Path
) -> None:
    """What is committed is never asked for again, whatever the moment at which the process dies."""
    write_rows(isolated / "in.jsonl", numbered(400))
    draw = random.Random()
    with serving(isolated, "--latency", "30ms", "--fault", "503:0.05") as sim:
        deaths = []
        for _ in range(4):
            before = answered(sim)
            with started(*command(sim, "-c", "16")) as run:
                wait_for_long(partial(moved_on, sim, run, before + 5))
                time.sleep(draw.uniform(0.0, 0.3))
                run.send(signal.SIGKILL)
                run.process.wait()
            time.sleep(0.5)  # until what the server had under way is in its log
            deaths.append((settled(isolated / "out.journal"), len(requests(sim))))
        with started(*command(sim, "-c", "16")) as run:
            assert run.end().code == 0
        log = requests(sim)
    assert any(0 < len(done) < 400 for done, _ in deaths)
    for done, asked in deaths:
        assert not done & {entry["prompt_start"] for entry in log[asked:]}
    lines = read_lines(isolated / "out")
    assert [line["id"] for line in lines] == [f"row-{number}" for number in range(400)]
    assert all(line["ok"] for line in lines)
    twice = Counter(entry["prompt_start"] for entry in log if entry["status"] == 200)
    assert sum(count - 1 for count in twice.values()) <= 4 * 16  # what was under way
    lost = [row for row in ledger_rows(state_dir) if row["status"] in ("sent", "lost")]
    assert lost and {row["charge_usd"] for row in lost} == {None}, "what it has cost is unknown, not 0"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_lets_finish_what_is_under_way(isolated: Path, number: signal.Signals, code: int) -> None:
    write_rows(isolated / "in.jsonl", numbered(50))
    with serving(isolated, "--latency", "700ms") as sim:
        with started(*command(sim, "-c", "5")) as run:
            wait_for_long(lambda: answered(sim) >= 5)
            time.sleep(0.3)
            run.send(number)
            done = run.end()
        asked = len(requests(sim))
        assert (done.code, asked < 50) == (code, True), done.err
        assert len(read_lines(isolated / "out")) == asked
        with contextlib.closing(sqlite3.connect(isolated / "out.journal")) as connection:
            assert {row for (row,) in connection.execute("SELECT outcome FROM attempts")} == {"ok"}
        with started(*command(sim, "-c", "50")) as run:
            assert run.end().code == 0
        assert len(requests(sim)) == 50
    assert len(read_lines(isolated / "out")) == 50


def test_the_second_signal_ends_it_at_once(isolated: Path, run_here: RunLlmcli) -> None:
    """What was under way is of unknown outcome: it is sent again, or not, as is asked for."""
    write_rows(isolated / "in.jsonl", numbered(20))
    (isolated / "faults.toml").write_text('[[fault]]\nkind = "hang"\nmatch = "<1"\n')
    with serving(isolated, "--faults", "faults.toml") as sim:
        with started(*command(sim, "-c", "20")) as run:
            wait_for_long(lambda: answered(sim) >= 9)
            time.sleep(0.2)
            run.send(signal.SIGINT)
            assert b"no new rows" in run.notice()
            began = time.monotonic()
            run.send(signal.SIGINT)
            done = run.end()
        assert (done.code, time.monotonic() - began < 5) == (130, True), done.err
    with serving(isolated) as sim:
        sent = len(requests(sim))
        skipped = run_here(*command(sim, "--on-unknown", "skip"))
        assert (skipped.code, "11 attempts were cut off" in skipped.err, len(requests(sim))) == (12, True, sent)
        failed = [line for line in read_lines(isolated / "out") if not line["ok"]]
        assert {line["error"]["hint"] for line in failed} == {"--on-unknown retry sends it again"}
        assert (len(failed), run_here(*command(sim)).code, len(requests(sim))) == (11, 0, sent + 11)
    assert len(read_lines(isolated / "out")) == 20


def test_the_drain_does_not_last_for_ever(isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(3))
    with serving(isolated, "--fault", "hang") as sim, started(*command(sim, "--drain-timeout", "200ms")) as run:
        wait_for_long(lambda: (isolated / "out.journal").exists())
        time.sleep(1.5)
        run.send(signal.SIGTERM)
        assert run.end().code == 143


def test_two_runs_cannot_share_a_journal(isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(10))
    (isolated / "faults.toml").write_text('[[fault]]\nkind = "hang"\nmatch = "<9>"\n')
    with serving(isolated, "--faults", "faults.toml") as sim:
        with started(*command(sim, "--drain-timeout", "100ms")) as first:
            wait_for_long(lambda: answered(sim) == 9)
            with started("batch", "status", "out") as status:
                assert f"running as process {first.process.pid}" in status.end().out
            with started(*command(sim)) as second:
                refused = second.end()
            assert (refused.code, f"process {first.process.pid}" in refused.err) == (2, True)
            first.send(signal.SIGTERM)
            assert first.end().code == 143
        assert answered(sim) == 9
        with started("batch", "status", "out") as status:
            assert "job       stopped" in status.end().out


def test_a_limit_of_the_server_is_kept_without_being_told(isolated: Path) -> None:
    """At 600 a minute, rows go out as fast as that, hardly one is refused, and none fails."""
    write_rows(isolated / "in.jsonl", numbered(720))
    with serving(isolated, "--rate-limit", "600") as sim:
        began = time.monotonic()
        with started(*command(sim)) as run:
            assert run.end().code == 0
        took_s = time.monotonic() - began
        log = requests(sim)
    refused = sum(entry["status"] == 429 for entry in log)
    assert refused <= 0.03 * len(log)
    # A minute's worth may go at once; the rest comes at ten a second, after what starting takes.
    assert took_s < 5 + 720 / (600 / 60) / 0.92


def test_a_reader_that_has_seen_enough_ends_the_job_quietly(isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(300))
    with serving(isolated, "--latency", "50ms") as sim:
        arguments = ("batch", "in.jsonl", "--journal", "kept", "-c", "4", *to(sim))
        with started(*arguments) as run:
            assert json.loads(run.line())["ok"]
            run.stop_listening()
            assert (run.end().code, run.end().err) == (141, "")
        assert len(requests(sim)) < 300


def test_a_full_disk_is_told_and_the_job_goes_on_later(isolated: Path) -> None:
    """The journal cannot grow any more: a limit on the size of files is as good as a full disk."""
    import resource

    write_rows(isolated / "in.jsonl", numbered(600))
    with serving(isolated) as sim:
        old = resource.getrlimit(resource.RLIMIT_FSIZE)
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, old[1]))
        try:
            with started(*command(sim)) as run:
                done = run.end()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, old)
        assert (done.code, "same command again" in done.err) == (2, True), done
        with started(*command(sim)) as run:
            assert run.end().code == 0
    assert len(read_lines(isolated / "out")) == 600
    assert os.path.getsize(isolated / "out") > 300_000
