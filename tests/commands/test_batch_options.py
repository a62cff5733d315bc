"""`llmcli batch`: each option does what it does elsewhere, for every row, and is part of what the job is known by."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmcli.batch.rates.rates import Needs
from llmcli.batch.run.lanes import Lanes

from ..carry.servers import Listener, listening
from ..contract.answers import whole_of
from ..contract.servers import Received, http_answer
from ..contract.vendors import ANTHROPIC
from ..helpers import Completed, RunLlmcli, ledger_rows
from .batches import QUICK, lines_of, numbered, read_lines, write_rows
from .extract.script import refused

SIM = ("-m", "sim", "--progress", "none")


def fine(received: Received) -> Iterator[bytes]:
    yield http_answer(200, whole_of(ANTHROPIC, "fine"))


def to(server: Listener, *options: str) -> tuple[str, ...]:
    return ("-m", "claude-haiku-5-5", "--base-url", server.root, *options)


def batch(run: RunLlmcli, *options: str) -> Completed:
    return run("batch", "in.jsonl", "--progress", "none", *options, env=QUICK)


def test_every_row_is_asked_as_ask_would(run_here: RunLlmcli, isolated: Path) -> None:
    (isolated / "notes.txt").write_text("the notes")
    words = ("-s", "be brief", "-f", "notes.txt", "--stop", "END", "--effort", "low", "--cache", "5m", "--user-id", "u")
    own = ("--max-tokens", "77", "--option", 'service_tier="auto"', "--header", "x-own=1", "--tag", "team=web")
    write_rows(isolated / "in.jsonl", [{"prompt": "first"}, {"messages": [{"role": "user", "content": "second"}]}])
    with listening(fine) as server:
        assert batch(run_here, *to(server, *words, *own), "-c", "1").code == 0
        for prompt in ("first", "second"):
            assert run_here("ask", "-n", prompt, *to(server, *words, *own), env=QUICK).code == 0
    first, second, *asked = server.bodies
    assert [first, second] == asked
    assert "the notes" in json.dumps(second)
    assert {received.headers["x-own"] for received in server.received} == {"1"}


def test_a_json_object_is_asked_for_and_checked(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": 'sim:say={"a": 1}'}, {"prompt": "sim:say=5"}])
    done = batch(run_here, *SIM, "--json-object")
    right, wrong = lines_of(done.out)
    assert (done.code, right["ok"], wrong["error"]["class"]) == (12, True, "invalid_output")


def test_tags_and_costs_are_in_both_books(run_here: RunLlmcli, isolated: Path, state_dir: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(5))
    with listening(fine) as server:
        assert batch(run_here, *to(server, "--tag", "team=web", "-o", "out")).code == 0
    rows = ledger_rows(state_dir)
    assert {row["tags"] for row in rows} == {'{"team": "web"}'}
    status = run_here("batch", "status", "out", "--json").json
    spent = sum(float(line["cost"]["usd"]) for line in read_lines(isolated / "out"))
    assert float(status["spent_usd"]) == pytest.approx(spent)
    assert (status["input_tokens"], status["output_tokens"]) == (10, 5)


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        (("-s", "one"), ("-s", "two"), 'system was "one", is now "two"'),
        ((), ("-f", "notes.txt"), "file was not set"),
        ((), ("--redact", "email"), "redact was not set"),
        ((), ("--header", "x-own=1"), "header was not set"),
        ((), ("--option", "a=1"), "options was not set"),
        (("-m", "sim/one"), ("-m", "sim/two"), 'model was "sim/one", is now "sim/two"'),
        (("-p", "Say {prompt}"), ("-p", "Shout {prompt}"), 'prompt was "Say {prompt}"'),
        (("--schema", "name"), ("--schema", "name", "--mode", "prompt"), 'mode was not set, is now "prompt"'),
        (("--format", "jsonl"), ("--id-field", "custom"), "id_field was not set"),
    ],
)
def test_what_changes_what_is_asked_makes_another_job(
    run_here: RunLlmcli, isolated: Path, before: tuple[str, ...], after: tuple[str, ...], word: str
) -> None:
    (isolated / "notes.txt").write_text("the notes")
    write_rows(isolated / "in.jsonl", numbered(2))
    assert batch(run_here, *SIM, *before, "-o", "out").code == 0
    first = (isolated / "out").stat()
    done = batch(run_here, *SIM, *after, "-o", "out")
    assert (done.code, word in done.err) == (2, True), done.err
    assert (isolated / "out").stat() == first
    assert batch(run_here, *SIM, *before, "-o", "out").code == 0
    assert (isolated / "out").stat().st_ino != first.st_ino  # it takes the place of the old one, all at once


def test_what_changes_nothing_that_is_asked_makes_none(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(2))
    assert batch(run_here, *SIM, "-o", "out").code == 0
    others = ("--timeout", "9", "--retries", "1", "-c", "3", "--tag", "a=b", "--order", "completion", "--with-input")
    assert batch(run_here, *SIM, "-o", "out", *others).code == 0
    assert run_here("batch", "status", "out", "--json").json["attempts"] == 2


def test_what_failed_is_kept_if_that_is_wanted(run_here: RunLlmcli, isolated: Path) -> None:
    write_rows(isolated / "in.jsonl", [{"prompt": "a"}, {"prompt": "b", "max_tokens": 1}])
    assert batch(run_here, *SIM, "-o", "out").code == 12
    for options, attempts in ((("--keep-failed",), 2), ((), 3)):
        assert batch(run_here, *SIM, "-o", "out", *options).code == 12
        assert run_here("batch", "status", "out", "--json").json["attempts"] == attempts


def test_lines_of_a_file_come_in_the_order_asked_for_and_say_how_long_they_took(
    run_here: RunLlmcli, isolated: Path
) -> None:
    def respond(received: Received) -> Iterator[bytes]:
        time.sleep(0.4 if b"slow" in received.body else 0.0)
        yield from fine(received)

    write_rows(isolated / "in.jsonl", [{"custom_id": "slow", "prompt": "slow"}, {"custom_id": "q", "prompt": "quick"}])
    with listening(respond) as server:
        for order, ids in (("input", ["slow", "q"]), ("completion", ["q", "slow"])):
            assert batch(run_here, *to(server, "-o", "out", "--order", order)).code == 0
            assert [line["id"] for line in read_lines(isolated / "out")] == ids
    assert read_lines(isolated / "out")[1]["latency_ms"] >= 400
    assert len(server.bodies) == 2


@pytest.mark.parametrize(("option", "most"), [(("-c", "1"), 1), (("--max-concurrency", "2"), 2)])
def test_no_more_rows_are_under_way_than_allowed_also_when_some_are_tried_again(
    run_here: RunLlmcli, isolated: Path, option: tuple[str, ...], most: int
) -> None:
    now, seen, lock = 0, list[int](), threading.Lock()

    def respond(received: Received) -> Iterator[bytes]:
        nonlocal now
        with lock:
            now += 1
            seen.append(now)
            fails = len(seen) % 3 == 1
        time.sleep(0.01)
        with lock:
            now -= 1
        yield refused(ANTHROPIC, "down", 500) if fails else http_answer(200, whole_of(ANTHROPIC, "fine"))

    write_rows(isolated / "in.jsonl", numbered(12))
    with listening(respond) as server:
        assert batch(run_here, *to(server, *option, "--retries", "9")).code == 0
    assert len(seen) > 12
    assert max(seen) == most


def test_a_limit_that_is_given_paces_the_rows(run_here: RunLlmcli, isolated: Path, state_dir: Path) -> None:
    write_rows(isolated / "in.jsonl", numbered(5))
    assert batch(run_here, *SIM, "--rpm", "300").code == 0
    times = [row["time"] for row in ledger_rows(state_dir)]
    assert max(times) - min(times) > 0.4  # five a second, after half a second's worth at once


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("tpm = 300", "it takes at most"),
        ("input_tpm = 300", "input tokens, more than the 300 a minute"),
        ("output_tpm = 300", "output tokens, more than the 300 a minute"),
    ],
)
def test_a_limit_of_the_configuration_refuses_what_is_larger(
    run_here: RunLlmcli, isolated: Path, user_config: Path, setting: str, words: str
) -> None:
    user_config.write_text(f"[providers.sim]\n{setting}\n")
    write_rows(isolated / "in.jsonl", [{"prompt": "word " * 400}])
    done = batch(run_here, *SIM)
    assert (done.code, words in done.err) == (2, True), done.err


def test_a_dry_run_goes_by_the_model_and_the_limits_of_its_provider(
    run_here: RunLlmcli, isolated: Path, user_config: Path
) -> None:
    user_config.write_text("[providers.anthropic]\nrpm = 3\n")
    write_rows(isolated / "in.jsonl", [{"prompt": "some words to count " * 9 + str(number)} for number in range(9)])
    claude, gpt = (batch(run_here, "--dry-run", "--json", "-m", m).json for m in ("claude-haiku-5-5", "gpt-6-luna"))
    assert (claude["least_seconds"], gpt["least_seconds"]) == (180.0, None)
    assert claude["input_tokens"] > 1.2 * gpt["input_tokens"]


def test_a_model_that_only_one_row_names_is_that_rows_matter(run_here: RunLlmcli, isolated: Path) -> None:
    """The job's own would have stopped it."""

    def respond(received: Received) -> Iterator[bytes]:
        body: dict[str, Any] = received.json
        yield refused(ANTHROPIC, "no such model", 404) if body["model"] == "claude-gone" else next(fine(received))

    write_rows(isolated / "in.jsonl", [{"prompt": "a", "model": "claude-gone"}, *numbered(3)])
    with listening(respond) as server:
        done = batch(run_here, *to(server, "-c", "1"))
    assert (done.code, [line["ok"] for line in lines_of(done.out)]) == (12, [False, True, True, True])


def test_clients_that_wait_together_do_not_come_back_together() -> None:
    """What a server asks to wait is lengthened by chance."""
    lanes = Lanes(lambda name: [], lambda route, api, wiring: pytest.fail(), lambda provider: {}, clock=lambda: 0.0)
    rates = lanes.gate("sim").rates
    rates.throttled(0.0, 0.0, 10.0)
    assert 10.0 < rates.delay_until_ok(0.0, Needs(1, 1)) <= 11.0
