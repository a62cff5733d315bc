"""The functions of `import llmcli`, with every provider: through the same SDKs, books and budgets as the commands."""

from __future__ import annotations

import os
import signal
import threading
from decimal import Decimal
from pathlib import Path

import pytest

import llmcli

from .bench import Bench
from .servers import Sim
from .test_interrupts import LONG, check_connection_closed, check_partial_row
from .vendors import ANTHROPIC, Vendor


def test_ask_and_stream_answer_alike(bench: Bench, sim: Sim, vendor: Vendor) -> None:
    prompt = bench.prompt("sim:echo alpha beta")
    whole = llmcli.ask(prompt, model=vendor.model)
    with llmcli.stream(prompt, model=vendor.model) as pieces:
        assert "".join(pieces) == whole.text == "alpha beta"
        assert pieces.answer.usage == whole.usage
    assert whole.provider == vendor.name
    assert (whole.cost_usd is not None) == vendor.priced
    rows = bench.rows()
    assert [(row["command"], row["status"]) for row in rows] == [("ask", "ok"), ("stream", "ok")]
    assert [row["cost_usd"] for row in rows] == [None if whole.cost_usd is None else f"{whole.cost_usd:f}"] * 2


def test_extract_gives_data(bench: Bench, sim: Sim, vendor: Vendor) -> None:
    said = f'{bench.mark}\n{{"name": "Ada", "age": 36}}'
    assert llmcli.extract(said, "name, age int", model=vendor.model) == {"name": "Ada", "age": 36}
    assert [(row["command"], row["status"]) for row in bench.rows()] == [("extract", "ok")]


def test_batch_gives_results_and_ends_at_a_rejected_key(bench: Bench, sim: Sim, vendor: Vendor) -> None:
    """What was answered before is there; what no other row could do better is raised."""
    prompts = [bench.prompt("sim:echo alpha"), bench.prompt("<status-400>"), bench.prompt("<status-401>")]
    found: list[tuple[str | None, int | None]] = []
    with pytest.raises(llmcli.AuthError):
        for result in llmcli.batch(prompts, model=vendor.model, concurrency=1):
            found.append((result.text, None if result.error is None else result.error.status))
    assert found == [("alpha", None), (None, 400)]
    assert [row["http_status"] for row in bench.rows()] == [None, 400, 401]


@pytest.mark.parametrize(
    ("word", "error", "status"),
    [
        ("<status-401>", llmcli.AuthError, 401),
        ("<status-429>", llmcli.RateLimitedError, 429),
        ("<drop-before>", llmcli.DisconnectedError, None),
    ],
)
def test_failures_are_exceptions(
    bench: Bench, vendor: Vendor, word: str, error: type[llmcli.LlmcliError], status: int | None
) -> None:
    """Of one class with every provider, and after the retries that are allowed."""
    with pytest.raises(error) as caught:
        llmcli.ask(bench.prompt(word), model=vendor.model, retries=1)
    assert caught.value.status == status
    assert caught.value.answer is None
    assert len(bench.rows()) == (1 if status == 401 else 2)
    bench.check_no_leak(caught.value.line())


def test_a_dropped_stream_ends_at_the_provider(bench: Bench, plain_sim: Sim, vendor: Vendor) -> None:
    """It is not written, and billed, to its end."""
    bench.point(vendor, plain_sim.root)
    for _ in llmcli.stream(bench.prompt(LONG), model=vendor.model):
        break
    check_partial_row(bench, vendor, "interrupted")
    check_connection_closed(bench, plain_sim)


def test_ctrl_c_ends_the_call_and_is_recorded(bench: Bench, sim: Sim) -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            llmcli.ask(bench.prompt("<hang>"), model=ANTHROPIC.model)
    finally:
        timer.cancel()
        handler = signal.signal(signal.SIGINT, before)
    assert handler is signal.default_int_handler, "a program's own handler is left alone"
    assert [row["status"] for row in bench.rows()] == ["interrupted"]


def test_a_budget_holds(bench: Bench, sim: Sim) -> None:
    with pytest.raises(llmcli.BudgetError, match="this call can take"):
        llmcli.ask(bench.prompt(), model=ANTHROPIC.model, max_cost_usd=Decimal("0.0000001"))
    assert bench.rows() == []
    assert "/v1/messages" not in [entry["path"] for entry in sim.entries(bench.mark, 1)], "counting is free"


def test_what_is_to_be_hidden_does_not_leave(bench: Bench, sim: Sim) -> None:
    said = f"{bench.mark} sim:echo write to ada@example.org"
    for text in (
        llmcli.ask(said, model=ANTHROPIC.model, redact_kinds=["email"]).text,
        "".join(llmcli.stream(said, model=ANTHROPIC.model, redact_kinds=["email"])),
    ):
        assert text == "write to ada@example.org"
    assert ["ada@" in entry["prompt_start"] for entry in sim.entries(bench.mark, 2)] == [False, False]


def test_connections_are_closed(bench: Bench, vendor: Vendor) -> None:
    """A program that goes on does not keep a socket for each call."""

    def open_files() -> int:
        return len(list(Path("/dev/fd").iterdir()))

    llmcli.ask(bench.prompt(), model=vendor.model)
    before = open_files()
    for _ in range(3):
        llmcli.ask(bench.prompt(), model=vendor.model)
    assert open_files() <= before
