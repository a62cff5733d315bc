"""`llmcli batch --schema`: data that fits for each row, or a failed row that says why; and rows of a bounded length."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ..carry.servers import Listener, listening
from ..contract.answers import whole_of
from ..contract.servers import Received, http_answer, serving
from ..contract.vendors import ANTHROPIC
from ..helpers import Completed, RunLlmcli, closed_port
from .batches import QUICK, VENDORS, lines_of, numbered, read_lines, to, write_rows
from .extract.script import PERSON, mode_of, refused

SIM = ("-m", "sim", "--progress", "none")
ADA: dict[str, Any] = {"name": "Ada", "age": 36}


def says(value: object) -> dict[str, str]:
    """A row that the simulator answers so."""
    return {"prompt": f"sim:say={json.dumps(value)}"}


@pytest.mark.parametrize("model", VENDORS)
def test_each_row_becomes_data(run_here: RunLlmcli, isolated: Path, model: str) -> None:
    """With the originals of what was hidden on the way."""
    rows = [says({"name": f"p{number}@example.org", "age": number}) for number in range(9)]
    write_rows(isolated / "in.jsonl", rows)
    with serving(isolated) as sim:
        options = ("--schema", PERSON, "--redact", "email", "-o", "out")
        done = run_here("batch", "in.jsonl", *options, *to(sim, model), env=QUICK)
        assert "example.org" not in sim.log.read_text()
    lines = read_lines(isolated / "out")
    assert (done.code, done.err) == (0, "")
    assert [line["data"] for line in lines] == [{"name": f"p{n}@example.org", "age": n} for n in range(9)]
    assert all(line["ok"] and "text" not in line and line["attempts"] == 1 for line in lines)
    assert set(lines[0]) >= {"id", "ok", "usage", "cost", "model", "stop_reason", "attempts", "latency_ms", "error"}


def test_what_does_not_fit_is_asked_for_again_and_then_the_row_has_failed(run_here: RunLlmcli, isolated: Path) -> None:
    """The rows beside it are not troubled, and what was paid for is kept."""
    write_rows(isolated / "in.jsonl", [says(ADA), says({"name": "A", "age": -1}), says("no object")])
    done = run_here("batch", "in.jsonl", "--schema", PERSON, "--mode", "native", "--repair", "1", *SIM)
    fine, wrong, other = lines_of(done.out)
    assert (done.code, fine["ok"], fine["data"], fine["attempts"]) == (12, True, ADA, 1)
    assert (wrong["ok"], wrong["data"], wrong["attempts"]) == (False, None, 2)
    assert json.loads(wrong["text"]) == {"name": "A", "age": -1}
    assert wrong["error"]["class"] == "invalid_output"
    assert "/name" in wrong["error"]["message"]
    assert "/age" in wrong["error"]["message"]
    assert wrong["usage"]["output_tokens"] > fine["usage"]["output_tokens"]
    assert (other["ok"], other["data"], other["text"]) == (False, None, '"no object"')


def test_a_row_that_was_never_sent_has_no_data_and_no_text(run_here: RunLlmcli, isolated: Path) -> None:
    (isolated / "in.jsonl").write_text('{"prompt": "a"}\nnonsense\n')
    _, line = lines_of(run_here("batch", "in.jsonl", "--schema", "name", "--skip-bad-rows", *SIM).out)
    assert (line["data"], "text" in line) == (None, False)


@pytest.mark.parametrize(
    ("options", "value"),
    [
        (("--schema-from-example", "example.json"), {"name": "Bo"}),
        (("--schema", "shape.py:Shape"), {"name": "Bo"}),
        (("--choice", "red,blue"), "blue"),
        (("--choices", "red,blue"), ["blue"]),
    ],
)
def test_schemas_come_from_wherever_extract_has_them(
    run_here: RunLlmcli, isolated: Path, options: tuple[str, ...], value: object
) -> None:
    (isolated / "example.json").write_text('{"name": "Ada"}')
    (isolated / "shape.py").write_text("import pydantic\nclass Shape(pydantic.BaseModel):\n    name: str\n")
    write_rows(isolated / "in.jsonl", [says(value)])
    done = run_here("batch", "in.jsonl", *options, "--mode", "prompt", *SIM)
    assert (done.code, [line["data"] for line in lines_of(done.out)]) == (0, [value])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--schema", "name", "--choice", "a,b"), "--schema and --choice at once"),
        (("--schema", "nothing.json"), "cannot read nothing.json"),
        (("--schema", '{"type": "text"}'), "/type"),
        (("--mode", "tool"), "--mode without --schema"),
        (("--schema", '{"not": {}}', "--mode", "native"), "cannot hold"),
    ],
)
def test_a_schema_that_makes_no_sense_is_said_before_anything_is_made(
    run_here: RunLlmcli, isolated: Path, options: tuple[str, ...], words: str
) -> None:
    write_rows(isolated / "in.jsonl", numbered(1))
    done = run_here("batch", "in.jsonl", "-o", "out", "-m", "sim", *options)
    assert (done.code, done.out, words in done.err) == (2, "", True), done.err
    assert [each.name for each in isolated.glob("out*")] == []


def test_another_schema_is_another_job(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [says({"name": "Ada"})])
    arguments = ("batch", "in.jsonl", "-o", "out", *SIM, "--schema")
    assert run_here(*arguments, "name").code == 0
    changed = run_here(*arguments, "name, age int?")
    assert (changed.code, "schema was" in changed.err) == (2, True)
    assert run_here(*arguments, "name, age int?", "--rerun-changed").code == 0
    status = run_here("batch", "status", "out", "--json").json
    assert (status["done"], status["attempts"]) == (1, 2)


# The way that works


def batch(run: RunLlmcli, server: Listener, *options: str) -> Completed:
    base = ("--base-url", server.root, "-m", "claude-haiku-5-5", "--progress", "none", "-c", "1")
    return run("batch", "in.jsonl", "--schema", "name", *base, *options, env=QUICK)


def answering(received: Received, works: str) -> Iterator[bytes]:
    """A server that knows one way of asking, and refuses rows with `bad` in them however they ask."""
    body: dict[str, Any] = received.json
    if mode_of(body) != works or "bad" in json.dumps(body["messages"]):
        yield refused(ANTHROPIC)
        return
    reply = whole_of(ANTHROPIC, '{"name": "Ada"}')
    if works == "tool":
        reply["content"] = [{"type": "tool_use", "id": "1", "name": "record", "input": {"name": "Ada"}}]
        reply["stop_reason"] = "tool_use"
    yield http_answer(200, reply)


def test_all_rows_ask_in_the_way_that_worked_for_the_first(run_here: RunLlmcli, isolated: Path) -> None:
    """And those of the next run, too."""
    write_rows(isolated / "in.jsonl", numbered(5))
    with listening(lambda received: answering(received, "tool")) as server:
        assert [line["ok"] for line in lines_of(batch(run_here, server).out)] == [True] * 5
        assert [mode_of(body) for body in server.bodies] == ["native", *["tool"] * 5]
        server.received.clear()
        assert batch(run_here, server).code == 0
        assert [mode_of(body) for body in server.bodies] == ["tool"] * 5


def test_a_row_that_is_refused_by_itself_does_not_change_how_the_others_ask(
    run_here: RunLlmcli, isolated: Path
) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": "bad"}, *numbered(3)])
    with listening(lambda received: answering(received, "native")) as server:
        lines = lines_of(batch(run_here, server).out)
    assert [line["ok"] for line in lines] == [False, True, True, True]
    assert lines[0]["error"]["class"] == "rejected"
    assert [mode_of(body) for body in server.bodies][-3:] == ["native"] * 3


def test_another_vendor_is_asked_in_its_own_way(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [says({"name": "Ada"})])
    nobody = ("-m", "claude-haiku-5-5", "--base-url", f"http://127.0.0.1:{closed_port()}")
    options = ("--schema", "name", "--fallback", "sim", "--retries", "0", "--progress", "none")
    [line] = lines_of(run_here("batch", "in.jsonl", *nobody, *options, env=QUICK).out)
    assert (line["model"], line["data"], line["attempts"]) == ("sim", {"name": "Ada"}, 2)


# Length

LONG = "word " * 400


def attempts(run: RunLlmcli) -> int:
    return int(run("batch", "status", "out", "--json").json["attempts"])


def test_a_row_that_is_too_long_fails_unsent(run_here: RunLlmcli, isolated: Path) -> None:
    """Raising the limit is no other job: the rest is sent, and what is done is kept."""
    write_rows(isolated / "in.jsonl", [{"prompt": "short"}, {"prompt": LONG}])
    arguments = ("batch", "in.jsonl", "-o", "out", *SIM, "--max-input-tokens")
    assert (run_here(*arguments, "200").code, attempts(run_here)) == (12, 1)
    short, long = read_lines(isolated / "out")
    assert (short["ok"], long["ok"], long["error"]["class"], long["attempts"]) == (True, False, "budget", 0)
    assert "more than --max-input-tokens 200" in long["error"]["message"]
    assert (run_here(*arguments, "2000").code, attempts(run_here)) == (0, 2)


def test_a_row_that_is_too_long_can_be_cut(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": "short"}, {"prompt": f"head {LONG} tail"}])
    arguments = ("batch", "in.jsonl", "-o", "out", *SIM, "--max-input-tokens", "200", "--on-overflow")
    done = run_here(*arguments, "head")
    assert (done.code, "the input of 1 rows was cut" in done.err) == (0, True)
    _, long = read_lines(isolated / "out")
    assert '"head word' in long["text"]
    assert long["usage"]["input_tokens"] < 250
    changed = run_here(*arguments, "tail")
    assert (changed.code, 'on_overflow was "head", is now "tail"' in changed.err) == (2, True)


def test_a_row_that_no_minute_has_room_for_is_refused_at_the_start(run_here: RunLlmcli, isolated: Path) -> None:
    """With its line, its size and the limit, and nothing is left behind; or it is one that fails."""
    write_rows(isolated / "in.jsonl", [{"prompt": "short"}, {"prompt": LONG}])
    arguments = ("batch", "in.jsonl", "-o", "out", *SIM, "--max-tokens", "100", "--tpm", "400")
    done = run_here(*arguments)
    assert (done.code, [each.name for each in isolated.glob("out*")]) == (2, [])
    assert "in.jsonl, line 2: it takes at most" in done.err
    assert "more than the 400 a minute" in done.err
    assert run_here(*arguments, "--dry-run").err == done.err
    assert (run_here(*arguments, "--skip-bad-rows").code, attempts(run_here)) == (12, 1)
    assert [line["ok"] for line in read_lines(isolated / "out")] == [True, False]


def test_a_dry_run_counts_the_schema_and_what_is_too_long(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": "short"}, {"prompt": LONG}])
    arguments = ("batch", "in.jsonl", "--dry-run", "-m", "claude-haiku-5-5", "--max-input-tokens", "250", "--json")
    plain = run_here(*arguments).json
    formed = run_here(*arguments, "--schema", PERSON).json
    assert (plain["requests"], plain["too_long_rows"]) == (1, 1)
    assert formed["input_tokens"] > plain["input_tokens"] + 50
