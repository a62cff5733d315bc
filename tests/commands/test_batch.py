"""`llmcli batch`: rows in, lines out, in both vendors' words, and what is refused before anything is sent."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from ..contract.servers import serving
from ..helpers import RunLlmcli, ledger_rows
from .batches import QUICK, VENDORS, lines_of, numbered, read_lines, requests, to, write_rows

SIM = ("-m", "sim", "--progress", "none")


def test_every_row_has_its_line_in_the_inputs_order(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(150))
    done = run_here("batch", "in.jsonl", "-o", "out.jsonl", "--id-field", "custom", *SIM)
    assert (done.code, done.out, done.err) == (0, "", "")
    lines = read_lines(isolated / "out.jsonl")
    assert [line["id"] for line in lines] == [f"row-{number}" for number in range(150)]
    assert all(f"number <{number}>" in line["text"] for number, line in enumerate(lines))
    assert not (isolated / "out.jsonl.failed.jsonl").exists()


def test_a_line_says_what_the_envelope_says(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": "hello"}])
    [line] = lines_of(run_here("batch", "in.jsonl", *SIM).out)
    envelope = run_here("ask", "-n", "hello", "-m", "sim", "--json").json
    own = {"id", "latency_ms"}
    assert set(line) - own <= set(envelope)
    assert {name: line[name] for name in set(line) - own} == {name: envelope[name] for name in set(line) - own}


@pytest.mark.parametrize("model", VENDORS)
def test_rows_are_answered_by_both_vendors(run_here: RunLlmcli, isolated: Path, state_dir: Path, model: str) -> None:
    write_rows(isolated / "in.jsonl", numbered(30))
    with serving(isolated) as sim:
        done = run_here("batch", "in.jsonl", "-o", "out.jsonl", *to(sim, model), env=QUICK)
        asked = requests(sim)
    lines = read_lines(isolated / "out.jsonl")
    assert (done.code, done.err) == (0, "")
    assert sorted(entry["prompt_start"] for entry in asked) == sorted(row["prompt"] for row in numbered(30))
    assert all(line["ok"] and line["cost"]["basis"] == "measured" for line in lines)
    ledger = ledger_rows(state_dir)
    assert {row["status"] for row in ledger} == {"ok"}
    assert sum(row["output_tokens"] for row in ledger) == sum(line["usage"]["output_tokens"] for line in lines)


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("in.csv", "word,n\nred,1\nblue,2\n", ("-p", "{n}: {word}")),
        ("in.txt", "1: red\n2: blue\n", ("--lines",)),
        ("in.jsonl", '{"w": {"x": "red"}, "n": 1}\n{"w": {"x": "blue"}, "n": 2}\n', ("-p", "{n}: {w.x}")),
    ],
)
def test_tables_lines_and_fields_become_prompts(
    run_here: RunLlmcli, isolated: Path, name: str, text: str, options: tuple[str, ...]
) -> None:
    (isolated / name).write_text(text)
    packed = isolated / f"{name}.gz"
    packed.write_bytes(gzip.compress(text.encode()))
    plain = lines_of(run_here("batch", name, *options, *SIM).out)
    assert ['"1: red"' in line["text"] or '"2: blue"' in line["text"] for line in plain] == [True, True]
    unpacked = lines_of(run_here("batch", packed.name, *options, *SIM).out)
    assert [line["text"] for line in unpacked] == [line["text"] for line in plain]


def test_stdin_is_an_input(run_here: RunLlmcli) -> None:
    done = run_here("batch", *SIM, input=b'{"prompt": "a"}\n{"prompt": "b"}\n')
    assert ['"a"' in line["text"] or '"b"' in line["text"] for line in lines_of(done.out)] == [True, True]


def test_system_text_and_files_go_with_every_row(run_here: RunLlmcli, isolated: Path) -> None:
    (isolated / "notes.txt").write_text("the notes")
    write_rows(isolated / "in.jsonl", [{"prompt": "a"}, {"prompt": "b", "system": "its own"}])
    arguments = ("batch", "in.jsonl", "-f", "notes.txt", "-s", "be brief " * 40, *SIM)
    first, second = lines_of(run_here(*arguments).out)
    bare, _ = lines_of(run_here("batch", "in.jsonl", *SIM).out)
    assert first["usage"]["input_tokens"] > second["usage"]["input_tokens"] > bare["usage"]["input_tokens"]


def test_a_rows_own_model_and_length_override_the_jobs(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": "a", "max_tokens": 3}, {"prompt": "a", "model": "sim/other"}])
    done = run_here("batch", "in.jsonl", *SIM)
    short, other = lines_of(done.out)
    assert (short["stop_reason"], short["error"]["class"], short["usage"]["output_tokens"]) == (
        "max_tokens",
        "truncated",
        3,
    )
    assert (other["model"], other["model_resolved"], other["ok"]) == ("sim/other", "other", True)
    assert done.code == 12


def test_vendors_batch_files_run_as_they_are(run_here: RunLlmcli, isolated: Path) -> None:
    messages = [{"role": "user", "content": "hi"}]
    body: dict[str, Any] = {"model": "gpt-6-luna", "messages": messages, "store": False}
    chat = {"custom_id": "c", "method": "POST", "url": "/v1/chat/completions", "body": body}
    responses = {
        "custom_id": "r",
        "method": "POST",
        "url": "/v1/responses",
        "body": {"model": "gpt-6-luna", "input": "hi"},
    }
    write_rows(isolated / "in.jsonl", [chat, responses])
    with serving(isolated) as sim:
        done = run_here("batch", "in.jsonl", "-o", "out", *to(sim, "gpt-6-luna"), env=QUICK)
        paths = {entry["path"] for entry in requests(sim)}
    assert (done.code, [line["id"] for line in read_lines(isolated / "out")]) == (0, ["c", "r"])
    assert paths == {"/v1/chat/completions", "/v1/responses"}


def test_a_row_with_another_apis_parameters_is_not_sent(run_here: RunLlmcli, isolated: Path) -> None:
    body: dict[str, Any] = {"messages": [{"role": "user", "content": "hi"}], "logprobs": True}
    write_rows(isolated / "in.jsonl", [{"custom_id": "c", "url": "/v1/chat/completions", "body": body}])
    with serving(isolated) as sim:
        done = run_here("batch", "in.jsonl", *to(sim), env=QUICK)
        assert requests(sim) == []
    [line] = lines_of(done.out)
    assert (done.code, line["ok"], line["error"]["class"]) == (12, False, "usage")
    assert "parameters of another API" in line["error"]["message"]


@pytest.mark.parametrize("dedupe", [True, False])
def test_rows_that_ask_the_same_are_sent_once_and_paid_once(run_here: RunLlmcli, isolated: Path, dedupe: bool) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": "same"}] * 4 + [{"prompt": "other"}])
    with serving(isolated) as sim:
        options = () if dedupe else ("--no-dedupe",)
        done = run_here("batch", "in.jsonl", "-o", "out", *options, *to(sim), env=QUICK)
        asked = requests(sim)
    lines = read_lines(isolated / "out")
    assert (done.code, len(lines), len({line["id"] for line in lines})) == (0, 5, 5)
    assert len({line["text"] for line in lines}) == 2
    assert len(asked) == (2 if dedupe else 5)
    assert sum(line["cost"]["usd"] != "0" for line in lines) == (2 if dedupe else 5)


def test_stdout_has_the_row_that_was_asked_if_wanted(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(3))
    done = run_here("batch", "in.jsonl", "--with-input", *SIM)
    assert [line["input"] for line in lines_of(done.out)] == numbered(3)


def test_completion_order_puts_first_what_is_first_ready(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": "slow"}, {"prompt": "quick"}])
    (isolated / "faults.toml").write_text('[[fault]]\nkind = "slow=1s"\nmatch = "slow"\n')
    with serving(isolated, "--faults", "faults.toml") as sim:
        ready = run_here("batch", "in.jsonl", "--order", "completion", *to(sim), env=QUICK)
        ordered = run_here("batch", "in.jsonl", *to(sim), env=QUICK)
    assert ["quick" in line["text"] for line in lines_of(ready.out)] == [True, False]
    assert ["quick" in line["text"] for line in lines_of(ordered.out)] == [False, True]


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        ('{"prompt": "a"}\n{"prompt": }\n', (), "line 2"),
        ('{"prompt": "a"}\n', ("-p", "{missing}"), 'no field "missing"'),
        ('{"prompt": "a"}\n', ("-p", "no field"), "names no field"),
        ("", (), "no rows"),
        ('{"id": 1, "prompt": "a"}\n{"id": 1, "prompt": "b"}\n', ("--id-field", "id"), 'the id "1" is there twice'),
        ('{"prompt": "a"}\n', ("--temperature", "1", "--effort", "high"), "temperature"),
        ('{"prompt": "a"}\n', ("--max-failures", "many"), "--max-failures"),
        ('{"prompt": "a"}\n', ("--fallback", "nonsense"), "nonsense"),
        ('{"prompt": "a"}\n\n{"prompt": "b", "model": "nonsense"}\n', (), 'line 3: unknown model "nonsense"'),
        ('{"prompt": "a"}\n', ("--lines", "--format", "csv"), "--lines and --format csv"),
        ('{"prompt": "a"}\n', ("--journal", "in.jsonl"), "in.jsonl is both input and journal"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_sent(
    run_here: RunLlmcli, isolated: Path, rows: str, options: tuple[str, ...], words: str
) -> None:
    (isolated / "in.jsonl").write_text(rows)
    with serving(isolated) as sim:
        done = run_here("batch", "in.jsonl", "-o", "out", *options, *to(sim, "gpt-6-luna"), env=QUICK)
        assert requests(sim) == []
    assert (done.code in (2, 3), done.out, words in done.err) == (True, "", True), done.err
    assert sorted(each.name for each in isolated.iterdir() if each.name.startswith("out")) == []


def test_rows_that_make_no_sense_can_be_counted_as_failed(run_here: RunLlmcli, isolated: Path) -> None:
    (isolated / "in.jsonl").write_text('{"prompt": "a"}\nnonsense\n{"prompt": "c"}\n')
    done = run_here("batch", "in.jsonl", "--skip-bad-rows", *SIM)
    lines = lines_of(done.out)
    assert (done.code, [line["ok"] for line in lines]) == (12, [True, False, True])
    assert "line 2" in lines[1]["error"]["message"]
    kept = run_here("batch", "in.jsonl", "-o", "out", "--skip-bad-rows", *SIM)
    assert "see out, or" in kept.err, "nothing of it can be run as it is: there is no out.failed.jsonl to name"


def test_a_row_whose_model_has_been_configured_since_is_sent(
    run_here: RunLlmcli, isolated: Path, user_config: Path
) -> None:
    """The input is as it was, and yet the row is not bad any more."""
    write_rows(isolated / "in.jsonl", [{"prompt": "a"}, {"prompt": "b", "model": "mine"}])
    arguments = ("batch", "in.jsonl", "-o", "out", *SIM)
    assert (run_here(*arguments).code, (isolated / "out").exists()) == (2, False)
    assert run_here(*arguments, "--skip-bad-rows").code == 12
    first, bad = read_lines(isolated / "out")
    assert (first["ok"], bad["error"]["message"]) == (True, 'line 2: unknown model "mine"')
    user_config.write_text('[aliases]\nmine = "sim/other"\n')
    assert (run_here(*arguments).code, read_lines(isolated / "out")[0]) == (0, first)
    assert read_lines(isolated / "out")[1]["model_resolved"] == "other"


def test_a_dry_run_sends_nothing_and_leaves_nothing(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [*numbered(9), {"prompt": "number <0>"}])
    with serving(isolated) as sim:
        arguments = ("batch", "in.jsonl", "-o", "out", "--dry-run", "--rpm", "3", *to(sim), "--max-tokens", "1000")
        done = run_here(*arguments, "--json", env=QUICK)
        text = run_here(*arguments, env=QUICK).out
        assert requests(sim) == []
    found = done.json
    assert (found["rows"], found["requests"], found["duplicate_rows"]) == (10, 9, 1)
    assert (found["max_output_tokens"], found["least_seconds"]) == (9000, 180.0)
    live, batch = (float(found[name]["most"]) for name in ("live_usd", "batch_usd"))
    assert live == pytest.approx(2 * batch)
    assert "3 min" in text
    assert not (isolated / "out").exists()
    assert not (isolated / "out.journal").exists()


def test_what_is_to_be_hidden_does_not_leave_the_machine(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": f"write to p{number}@example.org"} for number in range(3)])
    with serving(isolated) as sim:
        done = run_here("batch", "in.jsonl", "--redact", "email", *to(sim), env=QUICK)
        asked = sim.log.read_text()
    assert "example.org" not in asked
    assert ["example.org" in line["text"] for line in lines_of(done.out)] == [True] * 3


def test_no_key_is_written_anywhere(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(2))
    with serving(isolated) as sim:
        options = ("--header", "x-own=sk-header-secret", *to(sim))
        assert run_here("batch", "in.jsonl", "-o", "out", *options, env=QUICK).code == 0
    written = b"".join(each.read_bytes() for each in isolated.iterdir() if each.name.startswith("out"))
    assert QUICK["ANTHROPIC_API_KEY"].encode() not in written
    assert b"sk-header-secret" not in written
    assert json.dumps("x-own").encode() in written
