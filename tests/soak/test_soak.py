"""Everything at once, for half an hour, against a provider that is often in trouble. Not in the default run:

    pytest -m soak -s

SOAK_MINUTES says how long (30), SOAK_SEED repeats the same choices. After each minute: no descriptor and
no process has leaked, the memory of what runs all the time is flat, and the ledger adds up to what the server counted.
"""

from __future__ import annotations

import json
import os
import random
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ..helpers import ledger_rows
from .balance import TOKENS, Balance, compare
from .long import EndlessStream, Follower, LargeJob, SlowChat
from .scenarios import ALL
from .setting import PATIENCE_S
from .turn import Turn
from .watch import Watched, held_by, strays, zombies_of
from .world import World, wait_for, world

AT_ONCE = 3
LOOK_EVERY_S = 3.0
# A job makes cycles of objects, which are seldom looked for: after some 6,000 rows there are as many as there get.
MOST_WARMING_MIB = 24.0
MOST_GROWTH_MIB = 8.0
MOST_MORE_FILES = 2
MOST_SOCKETS = 40  # of a client: as many connections as are used at once, and some that are kept

Say = Callable[[str], None]


class Soak:
    """One soak: who works, who watches, and what went wrong so far."""

    def __init__(self, world: World, minutes: float, seed: int, say: Say) -> None:
        self.world = world
        self.minutes = minutes
        self.seed = seed
        self.say = say
        self.problems: list[str] = []
        self.over = threading.Event()
        self.warm = max(1, round(minutes / 3))
        """The minute from which on memory is flat."""
        server = world.serve()
        self.server = server
        self.idle = held_by(server.pid)
        self.follower = Follower(world)
        self.jobs: tuple[SlowChat | EndlessStream | LargeJob, ...] = (
            SlowChat(world),
            EndlessStream(world),
            LargeJob(world, minutes),
        )
        self.watched = [Watched("sim serve", server.pid)]
        self.watched += [Watched(job.mark, job.process.pid) for job in (self.follower, *self.jobs)]
        self.turns = Counter[str]()
        self._deck: list[Callable[[Turn], None]] = []
        self._dealing = threading.Lock()

    def run(self) -> None:
        """All of it. Fails as soon as a minute has ended badly."""
        workers = [threading.Thread(target=self._work, args=(number,)) for number in range(AT_ONCE)]
        for worker in workers:
            worker.start()
        try:
            for minute in range(1, max(1, round(self.minutes)) + 1):
                self._watch_for(60.0, minute)
                self._check(minute)
        finally:
            self.over.set()
            for worker in workers:
                worker.join()
        self._end()

    def _work(self, number: int) -> None:
        """One scenario after the other."""
        draw = random.Random(f"{self.seed}-{number}")
        while not self.over.is_set():
            scenario = self._next(draw)
            self.turns[scenario.__name__] += 1
            mark = f"{scenario.__name__}-{number}-{self.turns.total()}"
            try:
                scenario(Turn(self.world, mark, draw))
            except Exception:  # noqa: BLE001 - told by the thread that can fail the test
                self.problems.append(f"{mark}: {traceback.format_exc()}")
                self.over.set()
            self.world.over(mark)

    def _next(self, draw: random.Random) -> Callable[[Turn], None]:
        """Dealt like cards, so that all of them come soon."""
        with self._dealing:
            if not self._deck:
                self._deck = [scenario for scenario, times in ALL.items() for _ in range(times)]
                draw.shuffle(self._deck)
            return self._deck.pop()

    def _watch_for(self, seconds: float, minute: int) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.problems:
            for each in self.watched:
                each.look(minute)
            self.over.wait(LOOK_EVERY_S)

    def _check(self, minute: int) -> None:
        """Assert what has to hold after every minute."""
        assert not self.problems, "\n".join(self.problems)
        for job in (self.follower, *self.jobs):
            assert job.process.poll() is None, f"{job.mark} has ended: {self.world.said(job.mark)}"
        leaks = [*self._held_too_much(minute), *wait_for(self._left_behind)]
        assert not leaks, "\n".join(leaks)
        balance = self._balanced()
        self._tell(minute, balance)

    def _held_too_much(self, minute: int) -> list[str]:
        found = []
        for each in self.watched:
            files = each.most(minute, "files"), each.most(min(each.seen), "files")
            if files[0] > files[1] + MOST_MORE_FILES:
                found.append(f"{each.name} has {files[0]} files open, {files[1]} in the beginning")
            if each.name != "sim serve" and each.most(minute, "sockets") > MOST_SOCKETS:
                found.append(f"{each.name} has {each.most(minute, 'sockets')} sockets")
            if minute > 1 and (stale := each.stale_ever_since(minute - 1) & each.stale_ever_since(minute)):
                found.append(f"{each.name} has {len(stale)} sockets that lead nowhere")
            since, most = (self.warm, MOST_GROWTH_MIB) if minute > self.warm else (1, MOST_WARMING_MIB)
            grown = each.memory_mib(minute) - each.memory_mib(since)
            if grown > most:
                found.append(f"{each.name} has grown by {grown:.1f} MiB since minute {since}")
        return found

    def _left_behind(self) -> list[str]:
        dead = [f"{each.name} has not waited for {pid}" for each in self.watched for pid in zombies_of(each.pid)]
        return [f"left behind: {each}" for each in strays(self.world.name, lambda: set(self.world.running))] + dead

    def _still_held(self) -> list[str]:
        """What the server holds on to for nobody."""
        held = held_by(self.server.pid)
        more = held.files - self.idle.files, held.sockets - self.idle.sockets
        return [f"the server has {more[0]} files and {more[1]} sockets too many"] if max(more) > 0 else []

    def _balanced(self) -> Balance:
        """The ledger and the server's log, once they agree; what a server has under way comes into its log late."""
        found: list[Balance] = []

        def problems() -> list[str]:
            over = set(self.world.ended)
            rows = ledger_rows(self.world.state)
            found.append(compare(self._entries(), rows, over))
            return found[-1].problems

        problems_left = wait_for(problems)
        assert not problems_left, "\n".join(problems_left)
        return found[-1]

    def _entries(self) -> list[dict[str, Any]]:
        whole = self.world.requests.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line) for line in whole.splitlines()]

    def _end(self) -> None:
        """Have everything end, in order, and hold all books against each other."""
        for job in self.jobs:
            self.say(f"{job.mark}: {job.end()}")
        self.world.run("closing", "cost", "report", "--json")  # attempts of processes that were killed are lost now
        over = {row["id"] for row in ledger_rows(self.world.state)}
        self.say(f"{self.follower.mark}: {self.follower.end(over, PATIENCE_S)}")
        assert not (still := wait_for(self._still_held)), still
        self.server.terminate()
        assert self.world.reaped(self.server) == 143
        assert not (left := wait_for(self._left_behind)), "\n".join(left)
        rows = ledger_rows(self.world.state)
        balance = compare(self._entries(), rows)
        assert not balance.problems, "\n".join(balance.problems)
        self._check_report(rows)
        self._check_usage_log(rows)
        self._tell(0, balance)
        for (command, code), times in sorted(self.world.endings.items()):
            self.say(f"{command:<14} exit {code:>4} {times:>6}")

    def _check_report(self, rows: list[dict[str, Any]]) -> None:
        """`cost report` says the same as the rows it is of."""
        [report] = self.world.run("closing", "cost", "report", "--json").lines
        for name in TOKENS:
            assert report["total"][name] == sum(row[name] or 0 for row in rows), name
        assert report["total"]["attempts"] == len(rows)

    def _check_usage_log(self, rows: list[dict[str, Any]]) -> None:
        """A line for every attempt that its process saw the end of."""
        lines = [json.loads(line) for line in self.world.usage_log.read_text().splitlines()]
        logged = {(line["call_id"], line["attempt"]): line for line in lines}
        assert len(logged) == len(lines)
        for row in rows:
            line = logged.pop((row["call_id"], row["attempt"]), None)
            if line is None:
                assert row["status"] == "lost" or row["pid"] in self.world.shot, row
            else:
                assert [line[name] for name in TOKENS] == [row[name] for name in TOKENS]
        assert not logged

    def _tell(self, minute: int, balance: Balance) -> None:
        counts, tokens = balance.counts, balance.measured
        held = ", ".join(
            f"{each.name} {each.memory_mib(minute or max(each.seen)):.0f} MiB"
            f" {each.most(minute or max(each.seen), 'files')}+{each.most(minute or max(each.seen), 'sockets')} fd"
            for each in self.watched
        )
        self.say(
            f"{f'minute {minute}' if minute else 'the end'}: {sum(self.turns.values())} scenarios,"
            f" {counts['measured']:,} answers measured: {tokens['input_tokens']:,} tokens in,"
            f" {tokens['output_tokens']:,} out, {tokens['cache_read_tokens']:,} cached, as the server counted;"
            f" {', '.join(f'{number:,} {what}' for what, number in sorted(counts.items()) if what != 'measured')}"
            f" ({balance.unheard['input_tokens']:,} in, {balance.unheard['output_tokens']:,} out); {held}"
        )


@pytest.mark.soak
def test_soak(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing leaks, nothing grows, nothing is lost, nothing is booked wrongly."""
    minutes = float(os.environ.get("SOAK_MINUTES", "30"))
    seed = int(os.environ.get("SOAK_SEED") or random.randrange(10**6))

    def say(text: str) -> None:
        with capsys.disabled():
            print(text, flush=True)

    say(f"\nsoak of {minutes:g} minutes, SOAK_SEED={seed}")
    with world(tmp_path) as made:
        Soak(made, minutes, seed, say).run()
