"""Whether hundreds of processes at once keep the ledger, a budget, a session and a batch journal right. Run by hand:

    python -m tests.benchmarks.crowd [PROCESSES]

They are forked from a process that has imported everything, wait at a gate, and are let go all at once: so they fight
over the files and not over the start of Python. Each runs the program as a shell would, with the simulator.
"""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from io import BytesIO
from pathlib import Path
from threading import Timer
from typing import Any

from llmcli.app import App
from llmcli.cli import run
from llmcli.streams import Streams

from ..helpers import ledger_rows

CALLS_EACH = 2
JOB_ROWS = 3000
KILLED_EACH = 5  # one process in so many
MOST_TOKENS = 40  # of an answer, under a budget
ASK = ("ask", "-n", "-m", "sim", "sim:echo x")


def program(*arguments: str) -> tuple[int, str, str]:
    """One command line: exit code, stdout, stderr."""
    out, err = BytesIO(), BytesIO()
    app = App(Streams(BytesIO(b""), out, err))
    code = int(run(arguments, app))
    app.close()
    return code, out.getvalue().decode(), err.getvalue().decode()


def crowd(count: int, work: Callable[[int], object]) -> tuple[dict[int, Any], float]:
    """What `work(number)` gave in each process that came to its end, and the seconds that it took them all."""
    gate, opener = os.pipe()
    results, told = os.pipe()
    pids = []
    for number in range(count):
        if (pid := os.fork()) == 0:
            os.close(opener)
            os.read(gate, 1)  # until it is closed
            os.write(told, f"{json.dumps([number, work(number)])}\n".encode())
            os._exit(0)
        pids.append(pid)
    os.close(told)
    os.close(gate)
    began = time.monotonic()
    os.close(opener)
    with os.fdopen(results) as lines:  # ends when all have
        found = dict(map(json.loads, lines))
    took_s = time.monotonic() - began
    for pid in pids:
        os.waitpid(pid, 0)
    return found, took_s


def check(claim: str, holds: bool, shown: object = "") -> None:
    if not holds:
        raise SystemExit(f"MISSED: {claim} {shown}")


def state(home: Path) -> Path:
    return home / "state" / "llmcli"


def sound(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA integrity_check").fetchone()[0])


def in_sums(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT sum(attempts) FROM sums").fetchone()[0])


def ledger(home: Path, count: int) -> None:
    """Every process makes the ledger, as it is not there yet, and writes some calls."""

    def work(number: int) -> object:
        return [program(*ASK, "--tag", f"p={number}") for _ in range(CALLS_EACH)]

    found, took_s = crowd(count, work)
    ended = Counter((code, out, err) for calls in found.values() for code, out, err in calls)
    check("every call is answered, without a word", ended == {(0, "x\n", ""): count * CALLS_EACH}, ended)
    rows = ledger_rows(state(home))
    path = state(home) / "ledger.db"
    check("every call is in the ledger", Counter(row["status"] for row in rows) == {"ok": count * CALLS_EACH})
    check("every process has all of its own", set(Counter(row["tags"] for row in rows).values()) == {CALLS_EACH})
    check("the sums are those of the rows, in a sound file", (in_sums(path), sound(path)) == (len(rows), "ok"))
    print(f"ledger: {count} processes, {len(rows)} calls, all recorded, in {took_s:.1f} s")


def killed(home: Path, count: int) -> None:
    """One in some processes is killed amid its calls: what they had begun is found, charged, and reported."""

    victims = range(count // KILLED_EACH)

    def work(number: int) -> object:
        calls = [program(*ASK)[0] for _ in range(CALLS_EACH)]
        if number in victims:
            Timer(random.uniform(0, 4), os.kill, (os.getpid(), signal.SIGKILL)).start()
        while number in victims:
            program(*ASK)
        return calls

    found, took_s = crowd(count, work)
    check("the others are answered", list(found.values()) == [[0] * CALLS_EACH] * (count - len(victims)))
    code, out, _ = program("cost", "report", "--json")
    report = json.loads(out)["total"]
    rows = ledger_rows(state(home))
    statuses = Counter(row["status"] for row in rows)
    check("none is left open", set(statuses) <= {"ok", "lost"}, statuses)
    check("none that was answered is missing", statuses["ok"] >= count * CALLS_EACH, statuses)
    check("the report has them all", (code, report["attempts"], report["open"]) == (0, len(rows), 0), report)
    check("the file is sound", sound(state(home) / "ledger.db") == "ok")
    print(f"killed: {len(victims)} of {count} processes killed, {dict(statuses)}, in {took_s:.1f} s")


def budget(home: Path, count: int) -> None:
    """A cap that is enough for half of the calls is used, and not passed."""
    program(*ASK)
    [first] = ledger_rows(state(home))
    cap = first["charge_tokens"] * (1 + count // 2)
    (home / "config" / "llmcli" / "config.toml").write_text(f"[budget]\ndaily_tokens = {cap}\n")

    def work(number: int) -> object:
        return program(*ASK, "--max-tokens", str(MOST_TOKENS))

    found, took_s = crowd(count, work)
    codes = Counter(code for code, _, _ in found.values())
    rows = ledger_rows(state(home))
    taken = sum(row["charge_tokens"] for row in rows)
    check("all is either answered or refused", set(codes) == {0, 11} and len(rows) == 1 + codes[0], codes)
    check("the cap holds", taken <= cap, (taken, cap))
    check("the cap is used, but for what one call might have taken", taken > cap - 3 * MOST_TOKENS, (taken, cap))
    said = f"{codes[0]} answered, {codes[11]} refused, {taken} of {cap} tokens"
    print(f"budget: {count} processes, {said}, in {took_s:.1f} s")


def session(home: Path, count: int) -> None:
    """All take a turn in one session."""

    def work(number: int) -> object:
        return program("chat", "-n", "-m", "sim", "--session", "s", f"sim:echo turn {number}")

    found, took_s = crowd(count, work)
    codes = Counter(code for code, _, _ in found.values())
    kept = json.loads(program("chat", "--show", "s", "--json")[1])["conversation"]
    answers = sorted(out for _, out, _ in found.values())
    check("every turn is answered", codes == {0: count}, codes)
    check("every turn is kept", sorted(f"{turn['answer']}\n" for turn in kept["turns"]) == answers)
    check("every turn is accounted", kept["totals"]["sim"]["calls"] == count)
    print(f"session: {count} processes, {len(kept['turns'])} turns, in {took_s:.1f} s")


def journal(home: Path, count: int) -> None:
    """All want to run the same job: one does, and the others are told who has it."""
    source, out = home / "in.jsonl", home / "out.jsonl"
    source.write_text("".join(json.dumps({"prompt": f"row {number}"}) + "\n" for number in range(JOB_ROWS)))

    def work(number: int) -> object:
        return program("batch", str(source), "-m", "sim", "-o", str(out), "--progress", "none")

    found, took_s = crowd(count, work)
    codes = Counter(code for code, _, _ in found.values())
    refusals = [err for code, _, err in found.values() if code]
    check("one runs it, or finds it done; the others are refused", set(codes) <= {0, 2} and codes[0] >= 1, codes)
    check("who is refused is told why", all("is in use by process" in err for err in refusals), refusals[:3])
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    check("every row is there once", len({line["id"] for line in lines}) == len(lines) == JOB_ROWS)
    check("every row is ok", all(line["ok"] for line in lines))
    rows = ledger_rows(state(home))
    check("every row was sent once", len(rows) == JOB_ROWS, len(rows))
    check("the journal is sound", sound(home / "out.jsonl.journal") == "ok")
    print(f"journal: {count} processes, {codes[0]} ran the job or found it done, {codes[2]} refused, {took_s:.1f} s")


def at_home(scene: Callable[[Path, int], None], count: int) -> None:
    """In a home of its own, so that one scene does not see what another has left."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        (home / "config" / "llmcli").mkdir(parents=True)
        os.environ |= {"HOME": folder, "XDG_STATE_HOME": f"{folder}/state", "XDG_CONFIG_HOME": f"{folder}/config"}
        os.chdir(folder)
        scene(home, count)
        os.chdir("/")


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    for name in list(os.environ):
        if name.startswith("LLMCLI_") or name.endswith("_API_KEY"):
            del os.environ[name]
    at_home(lambda home, _: warm_up(), 1)
    for scene in (ledger, killed, budget, session, journal):
        at_home(scene, count)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{children.ru_utime + children.ru_stime:.0f} s of processor time in all")


def warm_up() -> None:
    """Import what the processes need, so that they share it."""
    Path("in.jsonl").write_text('{"prompt": "x"}\n')
    for arguments in (
        ("ask", "-n", "-m", "sim", "hi"),
        ("chat", "-n", "-m", "sim", "--session", "s", "hi"),
        ("batch", "in.jsonl", "-m", "sim", "-o", "out", "--progress", "none"),
    ):
        code, _, err = program(*arguments)
        check("it works at all", code == 0, err)


if __name__ == "__main__":
    main()
