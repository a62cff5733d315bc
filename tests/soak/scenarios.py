"""What scripts do all day. Each scenario runs a few commands and asserts what may be relied upon whatever happens."""

from __future__ import annotations

import json
from collections.abc import Callable

from llmcli.errors import ExitCode

from .cut_short import batch, killed, second_server, stream_interrupted, stream_to_head
from .setting import KEY, MODELS
from .turn import Turn

# Chat Completions takes no tools from a model that reasons.
_TOOLS_TO = ("claude-haiku-5-5", "local/gpt-4o", "responses/gpt-6-luna")


def ask(turn: Turn) -> None:
    """In a pipe: the answer and nothing else, or nothing."""
    done = turn.world.run(turn.mark, "ask", *turn.model(), "What is this?", given=b"sim:echo alpha  beta")
    if done.code == 0:
        assert done.out == "alpha  beta\n"
    elif done.code not in (ExitCode.TRUNCATED, ExitCode.REFUSED):
        assert done.out == ""


def ask_json(turn: Turn) -> None:
    """The envelope, whether it went well or not, with a fallback."""
    flags = ("--json", "--fallback", "claude-haiku-5-5", "--effort", "low", "--redact", "email")
    models = ("gpt-6-luna", "responses/gpt-6-luna")
    done = turn.world.run(turn.mark, "ask", *turn.model(models), *flags, "-n", "sim:think=7 sim:echo a@example.com")
    [envelope] = done.lines
    assert envelope["ok"] == (done.code == 0)
    if envelope["ok"]:
        assert envelope["text"] == "a@example.com"
    else:
        assert envelope["error"]["class"] == ExitCode(done.code).name.lower()


def ask_into_a_file(turn: Turn) -> None:
    """The file is replaced by a whole answer or not at all; the text that is sent along is cached."""
    notes, out = turn.world.work / f"{turn.mark}.txt", turn.world.work / f"{turn.mark}.out"
    notes.write_text("Some notes. " * 2000)
    out.write_text("old\n")
    for _ in range(2):
        done = turn.world.run(
            turn.mark, "ask", *turn.model(), "-n", "-f", notes.name, "-o", out.name, "--cache", "5m", "sim:echo new"
        )
        assert done.out == ""
        assert out.read_text() in (("new\n",) if done.code == 0 else ("old\n", "new\n"))
    out.unlink()
    notes.unlink()


def ask_with_a_tool(turn: Turn) -> None:
    """Several requests for one answer, with a process of its own in between."""
    tool = turn.world.work / f"{turn.mark}.json"
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    command = ["/bin/sh", "-c", "cat; echo rain"]
    tool.write_text(
        json.dumps({"name": "weather", "description": "Tells it.", "input_schema": schema, "command": command})
    )
    call = 'sim:call=weather{"city": "Oslo"}'
    done = turn.world.run(turn.mark, "ask", *turn.model(_TOOLS_TO), "-n", "--tool", tool.name, "--yes", call)
    if done.code == 0:
        assert "rain" in done.out
    tool.unlink()


def stream(turn: Turn) -> None:
    """Token by token: what arrives is the beginning of the answer."""
    words = " ".join(f"word{number}" for number in range(150))
    done = turn.world.run(turn.mark, "stream", *turn.model(), "-n", f"sim:echo {words}")
    assert (words + "\n").startswith(done.out.removesuffix("\n"))
    if done.code == 0:
        assert done.out == words + "\n"


def stream_json(turn: Turn) -> None:
    """One event a line, and exactly one result at the end."""
    done = turn.world.run(turn.mark, "stream", *turn.model(), "--json", "-n", "sim:tokens=60")
    *events, result = done.lines
    assert result["type"] == "result"
    assert "result" not in [event["type"] for event in events]
    assert result["ok"] == (done.code == 0)
    if result["ok"]:
        assert result["text"] == "".join(event["text"] for event in events if event["type"] == "delta")


def chat(turn: Turn) -> None:
    """A turn a line, in a session that others have, too."""
    session = f"shared-{turn.draw.randrange(3)}"
    lines = "".join(f"sim:echo answer {number}\n" for number in range(3))
    flags = ("--json", "--session", session, "--window-turns", "4")
    done = turn.world.run(turn.mark, "chat", *turn.model(), *flags, given=lines.encode())
    results = done.lines
    assert len(results) == 3
    for number, result in enumerate(results):
        assert not result["ok"] or result["text"] == f"answer {number}"
    assert (done.code == 0) == all(result["ok"] for result in results)


def extract(turn: Turn) -> None:
    """Records as they come; with exit 0 all of them, each once."""
    records = [{"name": f"n{number}", "age": number} for number in range(40)]
    text = "".join(json.dumps(record) + "\n" for record in records)
    done = turn.world.run(
        turn.mark, "extract", *turn.model(), "--many", "--schema", "name, age int?", given=text.encode()
    )
    if done.code == 0:
        assert done.lines == records
    else:
        assert all(record in records for record in done.lines)


def classify(turn: Turn) -> None:
    """One of the labels, or nothing."""
    done = turn.world.run(turn.mark, "extract", *turn.model(), "-n", "--choice", "good,bad", "I like it.")
    assert done.out == ("good\n" if done.code == 0 else "")


def count_tokens(turn: Turn) -> None:
    """As the provider counts, or estimated."""
    offline = turn.draw.choice([(), ("--offline",)])
    model = turn.draw.choice(MODELS)
    done = turn.world.run(turn.mark, "count-tokens", "-m", model, *offline, "--json", "-n", "How many tokens is this?")
    [counted] = done.lines
    assert counted["ok"] == (done.code == 0)


def cost(turn: Turn) -> None:
    """The books can be read while everybody writes them."""
    turn.world.run(turn.mark, "cost")
    [report] = turn.world.run(turn.mark, "cost", "report", "--by", "model,command", "--json").lines
    assert report["total"]["attempts"] == sum(row["attempts"] for row in report["rows"])
    log = turn.world.run(turn.mark, "cost", "log", "--limit", "50").lines
    assert len(log) <= 50
    turn.world.run(turn.mark, "cost", "estimate", "-m", "claude-haiku-5-5", "--input-tokens", "9", "--json")


def look_around(turn: Turn) -> None:
    """Commands that send no prompt."""
    turn.world.run(turn.mark, "models", "--json")
    done = turn.world.run(turn.mark, "config", "show", "--origin")
    assert KEY not in done.out
    turn.world.run(turn.mark, "ask", *turn.model(), "-n", "--print-request", "json", "hi")
    turn.world.run(turn.mark, "chat", "--list")
    assert turn.world.run(turn.mark, "completion", "show", "--shell", "bash").code == 0
    [health] = turn.world.run(turn.mark, "doctor", "-m", "claude-haiku-5-5", "--json").lines
    assert all(check["status"] != "problem" for check in health["checks"] if not check["name"].startswith("endpoint"))


ALL: dict[Callable[[Turn], None], int] = {
    ask: 4,
    ask_json: 3,
    ask_into_a_file: 2,
    ask_with_a_tool: 2,
    stream: 3,
    stream_json: 2,
    stream_to_head: 1,
    stream_interrupted: 2,
    killed: 4,
    chat: 3,
    extract: 3,
    classify: 2,
    batch: 1,
    count_tokens: 2,
    cost: 2,
    look_around: 1,
    second_server: 1,
}
"""Each scenario, and how often it is drawn."""
