"""Whoever stops a run, however and whenever: files stay whole, what was spent is known, the exit code says why."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from typing import Any

import pytest

from llmcli.errors import ExitCode

from .bench import Bench
from .envelope import checked, results
from .processes import old_file, started, untouched, wait_until
from .servers import Sim
from .vendors import LOCAL, OPENAI, Vendor

LONG = "sim:tokens=2000"  # 100 seconds of text at the pace of `plain_sim`
SIGNALS = {signal.SIGINT: ExitCode.SIGINT, signal.SIGTERM: ExitCode.SIGTERM}
WORDS = {ExitCode.SIGINT: "llmcli: interrupted\n", ExitCode.SIGTERM: "llmcli: terminated\n"}
each_signal = pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)


def first_text(line: bytes) -> str:
    event: dict[str, Any] = json.loads(line)
    return str(event["text"]) if event["type"] == "delta" else ""


@each_signal
def test_signal_amid_a_stream(bench: Bench, plain_sim: Sim, vendor: Vendor, number: signal.Signals) -> None:
    """Exit 130 or 143 at once, one result line with what came, the connection closed, the tokens in the ledger."""
    bench.point(vendor, plain_sim.root)
    file = old_file(bench.work)
    with started("stream", "-n", "--json", "-o", str(file), "-m", vendor.model, bench.prompt(LONG)) as run:
        while not first_text(run.line()):
            pass
        run.send(number)
        sent_at = time.monotonic()
        done = run.end()
    took_s = time.monotonic() - sent_at
    code = SIGNALS[number]
    assert (done.code, done.err) == (code, WORDS[code])
    assert took_s < 1
    events = results(done.out)
    text = "".join(event["text"] for event in events[:-1] if event["type"] == "delta")
    result = events[-1]
    assert (result["text"], result["stop_reason"], result["attempts"]) == (text, "incomplete", 1)
    assert result["error"]["class"] == code.name.lower()
    assert untouched(file)
    check_partial_row(bench, vendor, "interrupted")
    check_connection_closed(bench, plain_sim)
    bench.check_no_leak(done.out + done.err)


def check_partial_row(bench: Bench, vendor: Vendor, status: str) -> None:
    """The ledger has what came so far, and says that we counted it."""
    [row] = bench.rows()
    assert row["status"] == status
    assert row["stop_reason"] == "incomplete"
    assert row["input_tokens"] > 0
    assert 0 < row["output_tokens"] < 100
    assert row["cost_basis"] == ("estimated" if vendor.priced else "unknown")


def check_connection_closed(bench: Bench, server: Sim) -> None:
    """The server noticed that nobody listens any more: it is not writing, and billing, to the end."""
    [entry] = server.entries(bench.mark, 1)
    assert entry["complete"] is False
    assert 0 < entry["output_tokens"] < 200


@each_signal
def test_signal_while_waiting_for_an_answer(bench: Bench, vendor: Vendor, number: signal.Signals) -> None:
    """An `ask` that waits for an answer ends at once with its envelope; the attempt is recorded as interrupted."""
    file = old_file(bench.work)
    with started("ask", "-n", "--json", "-m", vendor.model, "--meta-file", "meta.json", bench.prompt("<hang>")) as run:
        wait_until(bench.rows)
        time.sleep(0.1)
        run.send(number)
        done = run.end()
    code = SIGNALS[number]
    assert (done.code, done.err) == (code, WORDS[code])
    result = checked(done.out)
    assert (result["text"], result["attempts"]) == (None, 1)
    assert result["error"]["class"] == code.name.lower()
    assert json.loads((bench.work / "meta.json").read_text())["error"]["class"] == code.name.lower()
    assert [row["status"] for row in bench.rows()] == ["interrupted"]
    assert untouched(file)


@each_signal
def test_signal_amid_the_checks_of_doctor(bench: Bench, number: signal.Signals) -> None:
    """There is no report then, but JSON all the same."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        bench.point(LOCAL, f"http://127.0.0.1:{silent.getsockname()[1]}")
        with started("doctor", "--json", "-m", LOCAL.model) as run:
            asked, _ = silent.accept()
            with asked:
                run.send(number)
                done = run.end()
    assert (done.code, done.err) == (SIGNALS[number], WORDS[SIGNALS[number]])
    assert checked(done.out)["error"]["class"] == SIGNALS[number].name.lower()


@each_signal
@pytest.mark.parametrize("command", ["ask", "stream"])
def test_signal_between_attempts(bench: Bench, command: str, number: signal.Signals) -> None:
    """A run that waits to try again does not wait on; the failed attempt keeps its own status."""
    file = old_file(bench.work)
    arguments = ("-n", "-o", str(file), "-m", LOCAL.model, "--json", bench.prompt("<wait-long>"))
    with started(command, *arguments) as run:
        wait_until(lambda: [row for row in bench.rows() if row["status"] != "sent"])
        run.send(number)
        done = run.end()
    assert done.code == SIGNALS[number]
    events = [json.loads(line) for line in done.out.splitlines()]
    assert [event["type"] for event in events].count("result") == 1
    assert [row["status"] for row in bench.rows()] == ["unavailable"]
    assert untouched(file)


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_signal_while_waiting_for_stdin(bench: Bench, command: str) -> None:
    """A run that waits for its input ends at once; nothing was sent, nothing is recorded."""
    file = old_file(bench.work)
    with started(command, "-o", str(file), "-m", "sim") as run:
        assert b"stdin" in run.notice()
        run.send(signal.SIGINT)
        done = run.end()
    assert (done.code, done.out, done.err) == (ExitCode.SIGINT, "", WORDS[ExitCode.SIGINT])
    assert bench.rows() == []
    assert untouched(file)


@pytest.mark.parametrize("command", ["ask", "stream"])
def test_kill(bench: Bench, plain_sim: Sim, command: str) -> None:
    """`kill -9` amid an answer leaves the file as it was, and a row that says something was sent."""
    bench.point(OPENAI, plain_sim.root)
    file = old_file(bench.work)
    with started(command, "-n", "-o", str(file), "-m", OPENAI.model, bench.prompt(LONG)) as run:
        if command == "stream":
            run.read_some()
        wait_until(bench.rows)
        run.send(signal.SIGKILL)
        assert run.end().code == -signal.SIGKILL
    assert [row["status"] for row in bench.rows()] == ["sent"]
    assert untouched(file)
    # The ledger works on for the next run.
    assert bench.run("ask", LOCAL, "hello").code == ExitCode.OK
    assert [row["status"] for row in bench.rows()] == ["sent", "ok"]


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
def test_closed_stdout_amid_a_stream(bench: Bench, plain_sim: Sim, vendor: Vendor, flags: tuple[str, ...]) -> None:
    """`| head -1`: exit 141 without a word, the connection closed, what came so far in the ledger."""
    bench.point(vendor, plain_sim.root)
    file = old_file(bench.work)
    with started("stream", "-n", "-o", str(file), "-m", vendor.model, *flags, bench.prompt(LONG)) as run:
        while b"quick" not in run.seen:
            run.read_some()
        run.stop_listening()
        done = run.end()
    assert (done.code, done.err) == (ExitCode.SIGPIPE, "")
    assert untouched(file)
    check_partial_row(bench, vendor, "sigpipe")
    check_connection_closed(bench, plain_sim)


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["text", "json"])
def test_closed_stdout_before_an_answer(bench: Bench, flags: tuple[str, ...]) -> None:
    """An answer that nobody reads was paid for all the same: exit 141, and the ledger has its tokens."""
    with started("ask", "-n", "-m", LOCAL.model, *flags, bench.prompt("sim:tokens=50")) as run:
        run.stop_listening()
        done = run.end()
    assert (done.code, done.err) == (ExitCode.SIGPIPE, "")
    [row] = bench.rows()
    assert (row["status"], row["output_tokens"]) == ("ok", 50)


def test_no_stdout_at_all(bench: Bench) -> None:
    """`>&-`: the same as a reader that went away; with `-o` nobody needs stdout, and the file is written."""
    shell = f'exec "$@" "{bench.prompt("sim:tokens=50")}" >&-'
    command = [sys.executable, "-m", "llmcli", "ask", "-n", "-m", LOCAL.model]
    done = subprocess.run(["sh", "-c", shell, "sh", *command], capture_output=True, timeout=10)
    assert (done.returncode, done.stderr) == (ExitCode.SIGPIPE, b"")
    done = subprocess.run(["sh", "-c", shell, "sh", *command, "-o", "out.txt"], capture_output=True, timeout=10)
    assert (done.returncode, done.stderr) == (ExitCode.OK, b"")
    assert (bench.work / "out.txt").read_text().startswith("The quick")
    assert [row["status"] for row in bench.rows()] == ["ok", "ok"]


def test_an_ignored_signal_stays_ignored(bench: Bench, plain_sim: Sim) -> None:
    """A run that was started with Ctrl-C ignored, as by `nohup` or `&` in a script, goes on to its end."""
    bench.point(LOCAL, plain_sim.root)
    shell = 'trap "" INT; exec "$@"'
    command = [sys.executable, "-m", "llmcli", "stream", "-n", "-m", LOCAL.model, bench.prompt("sim:tokens=10")]
    with subprocess.Popen(["sh", "-c", shell, "sh", *command], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.read(3)
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
    assert process.returncode == ExitCode.OK
    assert rest.endswith(b"dog.\n")
