"""Sessions under many processes, and under `kill -9`."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from llmcli.chat.sessions import read

from ..helpers import RunLlmcli

KILLS = 20
SAVE_FOREVER = """
import sys
from pathlib import Path
from llmcli.chat.sessions import SessionFile, SessionStore
from tests.chat.helpers import conversation, said

store = SessionStore(Path(sys.argv[1]), print)
session = store.load("s") or SessionFile(conversation(50, length=2000))
with store.locked("s"):
    store.save("s", session)
    print("saving", flush=True)
    while True:
        session.conversation.turns.append(said(len(session.conversation.turns)))
        store.save("s", session)
"""
ONE_TURN = """
import os
import sys
from io import BytesIO
from llmcli.app import App
from llmcli.cli import run
from llmcli.streams import Streams

warm = App(Streams(BytesIO(), BytesIO(), BytesIO()))
run(["chat", "-m", "sim", "--session", "warm", "warm up"], warm)
warm.close()
for number in range(int(sys.argv[1])):
    if os.fork() == 0:
        out, err = BytesIO(), BytesIO()
        app = App(Streams(BytesIO(), out, err))
        code = run(["chat", "-m", "sim", "--session", "s", f"sim:echo turn {os.getpid()}"], app)
        os.write(1, b"%d %s\\n" % (code, out.getvalue().strip()))
        os._exit(code)
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
"""


def test_a_killed_save_never_leaves_a_file_that_does_not_load(isolated: Path) -> None:
    """And never loses a turn that an earlier save had kept."""
    draw, turns = random.Random(1), 0
    for _ in range(KILLS):
        command = [sys.executable, "-c", SAVE_FOREVER, str(isolated)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"saving\n"
            time.sleep(draw.uniform(0.0, 0.05))
            process.send_signal(signal.SIGKILL)
            process.wait(10)
        now = len(read(isolated / "s.json").conversation.turns)
        assert now >= turns
        turns = now
    assert turns > 50 + KILLS, "hardly anything was saved: this test has tested nothing"


def test_50_processes_taking_one_turn_each_are_50_turns_all_there(isolated: Path, run_llmcli: RunLlmcli) -> None:
    """Processes are forked after the imports, so that all of them want the session at once."""
    done = subprocess.run([sys.executable, "-c", ONE_TURN, "50"], capture_output=True, timeout=60)
    assert done.stderr == b""
    answers = sorted(done.stdout.decode().splitlines())
    shown = run_llmcli("chat", "--show", "s", "--json").json["conversation"]
    assert len(answers) == len(set(answers)) == len(shown["turns"]) == 50
    assert sorted(f"0 {turn['answer']}" for turn in shown["turns"]) == answers
    assert all(turn["user"]["role"] == "user" for turn in shown["turns"])
    assert shown["totals"]["sim"]["calls"] == 50


def test_processes_that_are_started_by_a_shell_take_turns_too(isolated: Path, run_llmcli: RunLlmcli) -> None:
    """Each is sent what the ones before it said: the last has the whole history."""

    def turn(number: int) -> int:
        return int(
            run_llmcli("chat", "-m", "sim", "--session", "s", "--json", f"turn {number}").json["usage"]["input_tokens"]
        )

    with ThreadPoolExecutor(4) as pool:
        sent = sorted(pool.map(turn, range(6)))
    assert len(set(sent)) == 6, "two processes sent the same history"
    assert len(run_llmcli("chat", "--show", "s", "--json").json["conversation"]["turns"]) == 6
