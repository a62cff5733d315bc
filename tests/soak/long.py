"""What runs as long as the soak does: a slow conversation, an endless stream, a large job, a reader of the ledger."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import threading
import time
from pathlib import Path

from llmcli.errors import ExitCode

from .setting import LONG, SPARED
from .world import World

# What they ask takes longer than any of it may usually take.
_PATIENT = {"LLMCLI_TIMEOUT_S": "36000", "LLMCLI_IDLE_TIMEOUT_S": "600"}
BATCH_PER_MINUTE = 600
LINE_EVERY_S = 2.0


class SlowChat:
    """`chat` in a pipe that brings a line now and then."""

    mark = "slow-chat"

    def __init__(self, world: World) -> None:
        self._world = world
        flags = ("--json", "--session", "slow", "--window-turns", "6", "--tag", f"mark={self.mark}")
        self.process = world.start(
            self.mark, "chat", "-m", "claude-haiku-5-5", *flags, environ={"LLMCLI_TIMEOUT_S": "8"}
        )
        self._asked = 0
        self._out = b""
        self._over = threading.Event()
        self._threads = [threading.Thread(target=work) for work in (self._feed, self._read)]
        for thread in self._threads:
            thread.start()

    def _feed(self) -> None:
        stdin = self.process.stdin
        assert stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it has died, which the soak finds out by itself
            while not self._over.wait(LINE_EVERY_S):
                self._asked += 1
                stdin.write(f"sim:echo answer {self._asked}\n".encode())
                stdin.flush()
            stdin.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self._out = self.process.stdout.read()

    def end(self) -> str:
        """Every line was answered, in order, or said why not."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        code = self._world.reaped(self.process)
        results = [json.loads(line) for line in self._out.splitlines()]
        assert len(results) == self._asked, f"{len(results)} results for {self._asked} lines"
        for number, result in enumerate(results, 1):
            assert not result["ok"] or result["text"] == f"answer {number}", result
        failed = sum(not result["ok"] for result in results)
        assert (code == 0) == (failed == 0), f"exit {code} with {failed} failures"
        return f"{len(results)} turns, {failed} failed"


class EndlessStream:
    """`stream` of an answer that is never over; somebody reads it."""

    mark = "endless-stream"

    def __init__(self, world: World) -> None:
        self._world = world
        prompt = f"{SPARED} sim:tokens=50000000"
        flags = ("--max-tokens", "50000000", "--tag", f"mark={self.mark}", "-n")
        self.process = world.start(self.mark, "stream", "-m", LONG, *flags, prompt, environ=_PATIENT)
        self._read = 0
        self._thread = threading.Thread(target=self._drain)
        self._thread.start()

    def _drain(self) -> None:
        assert self.process.stdout is not None
        while data := self.process.stdout.read1(1 << 16):  # type: ignore[attr-defined]
            self._read += len(data)

    def end(self) -> str:
        """SIGTERM ends it as such."""
        assert self.process.poll() is None, self._world.said(self.mark)
        self.process.send_signal(signal.SIGTERM)
        code = self._world.reaped(self.process)
        self._thread.join()
        assert code == ExitCode.SIGTERM, self._world.said(self.mark)
        return f"{self._read:,} bytes"


class LargeJob:
    """`batch` of more rows than there is time for."""

    mark = "large-job"

    def __init__(self, world: World, minutes: float) -> None:
        self._world = world
        self._rows = int(BATCH_PER_MINUTE * (minutes + 2) * 2)
        file = world.work / "large.jsonl"
        with file.open("w", encoding="utf-8") as rows:
            for number in range(self._rows):
                rows.write(json.dumps({"id": number, "prompt": f"sim:echo {number}"}) + "\n")
        flags = ("-c", "8", "--rpm", str(BATCH_PER_MINUTE), "--id-field", "id", "--progress", "none")
        arguments = ("batch", "large.jsonl", "-o", "large.out", "-m", "gpt-6-luna", *flags)
        self.process = world.start(
            self.mark, *arguments, "--tag", f"mark={self.mark}", environ={"LLMCLI_TIMEOUT_S": "8"}
        )

    def end(self) -> str:
        """Ctrl-C lets what is under way finish; what is settled is in the output, once."""
        assert self.process.poll() is None, self._world.said(self.mark)
        self.process.send_signal(signal.SIGINT)
        code = self._world.reaped(self.process)
        said = self._world.said(self.mark)
        assert code == ExitCode.SIGINT, f"exit {code}: {said}"
        lines = [json.loads(line) for line in (self._world.work / "large.out").read_text().splitlines()]
        ids = [int(line["id"]) for line in lines]
        assert ids == sorted(set(ids))
        assert all(line["text"] == str(line["id"]) for line in lines if line["ok"])
        return f"{len(lines):,} rows, {sum(not line['ok'] for line in lines)} failed"


class Follower:
    """`cost log --follow` into a file."""

    mark = "follower"

    def __init__(self, world: World) -> None:
        self._world = world
        self._file: Path = world.folder / "followed.jsonl"
        with self._file.open("wb") as out:
            self.process: subprocess.Popen[bytes] = world.start(self.mark, "cost", "log", "--follow", stdout=out)

    def followed(self) -> list[int]:
        """The attempts that it has told so far."""
        whole = self._file.read_bytes().rpartition(b"\n")[0]
        return [json.loads(line)["id"] for line in whole.splitlines()]

    def end(self, over: set[int], patience_s: float) -> str:
        """It has told every attempt that is over once."""
        deadline = time.monotonic() + patience_s
        while not over <= set(self.followed()) and time.monotonic() < deadline:
            time.sleep(0.5)
        assert self.process.poll() is None, self._world.said(self.mark)
        self.process.send_signal(signal.SIGINT)
        code = self._world.reaped(self.process)
        told = self.followed()
        assert code == ExitCode.SIGINT, self._world.said(self.mark)
        assert sorted(told) == sorted(over), f"{len(told)} told, {len(over)} over"
        return f"{len(told):,} attempts"
