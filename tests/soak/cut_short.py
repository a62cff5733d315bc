"""What does not come to its end by itself: nobody listens any more, Ctrl-C, a signal at any moment."""

from __future__ import annotations

import contextlib
import json
import signal

from llmcli.errors import ExitCode

from .setting import PATIENCE_S
from .turn import Turn

KILLS = (signal.SIGKILL, signal.SIGTERM)
KILLED_GOES, MOST_GOES = 3, 12


def stream_to_head(turn: Turn) -> None:
    """Nobody listens any more after the first bytes."""
    process = turn.world.start(
        turn.mark, "stream", *turn.model(), "-n", "sim:tokens=4000", environ={"LLMCLI_TIMEOUT_S": "20"}
    )
    assert process.stdout is not None
    process.stdout.read(1)
    process.stdout.close()
    assert process.stdin is not None
    process.stdin.close()
    code = turn.world.reaped(process)
    turn.world.count("stream", code)
    said = turn.world.said(turn.mark)
    assert "Traceback" not in said, said
    assert code in (ExitCode.SIGPIPE, 0, 5, 6, 8, 9), f"exit {code}: {said}"


def stream_interrupted(turn: Turn) -> None:
    """Ctrl-C amid the answer: what arrived stays, and is accounted for."""
    process = turn.world.start(
        turn.mark, "stream", *turn.model(), "-n", "sim:tokens=4000", environ={"LLMCLI_TIMEOUT_S": "20"}
    )
    assert process.stdout is not None
    process.stdout.read(1)
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)
    code = turn.world.reaped(process)
    turn.world.count("stream", code)
    said = turn.world.said(turn.mark)
    assert "Traceback" not in said, said
    assert code in (ExitCode.SIGINT, 0, 5, 6, 8, 9), f"exit {code}: {said}"


def killed(turn: Turn) -> None:
    """Ended at any moment."""
    command = turn.draw.choice([("ask",), ("ask", "--json"), ("stream",), ("extract", "--schema", "name, age int?")])
    kill, after_s = turn.draw.choice(KILLS), turn.draw.uniform(0.2, 4.0)
    words = ("-n", 'sim:tokens=900 {"name": "Ada"}')
    turn.world.run(turn.mark, command[0], *turn.model(), *command[1:], *words, kill=kill, after_s=after_s)


def batch(turn: Turn) -> None:
    """A job that is killed, and gone on with until it is through: every row once, and none lost."""
    rows, out = turn.world.work / f"{turn.mark}.jsonl", turn.world.work / f"{turn.mark}.result"
    rows.write_text(
        "".join(json.dumps({"id": f"r{number}", "prompt": f"sim:echo {number}"}) + "\n" for number in range(60))
    )
    model, flags = turn.model(), ("-c", "8", "--id-field", "id", "--progress", "none")
    for go in range(MOST_GOES):
        kill = turn.draw.choice(KILLS) if go < KILLED_GOES else None
        after_s = turn.draw.uniform(1.0, 5.0)
        done = turn.world.run(turn.mark, "batch", rows.name, "-o", out.name, *model, *flags, kill=kill, after_s=after_s)
        if done.code == 0:
            break
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert [line["id"] for line in lines] == [f"r{number}" for number in range(60)]
    assert all(line["text"] == line["id"][1:] for line in lines if line["ok"])
    assert done.code == 0, f"still exit {done.code} after {go + 1} runs: {done.err}"
    for left in turn.world.work.glob(f"{turn.mark}.*"):
        left.unlink()


def second_server(turn: Turn) -> None:
    """A simulator of one's own for one question, and Ctrl-C."""
    process = turn.world.start(turn.mark, "sim", "serve")
    assert process.stdout is not None
    port = int(process.stdout.readline())
    url = f"http://127.0.0.1:{port}"
    done = turn.world.run(turn.mark, "count-tokens", "-m", "claude-haiku-5-5", "--base-url", url, "-n", "hi", "--exact")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=PATIENCE_S)
    code = turn.world.reaped(process)
    turn.world.count("sim", code)
    assert (done.code, code) == (0, ExitCode.SIGINT)
