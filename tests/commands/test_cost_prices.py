"""`llmcli cost prices`: the prices in use, where they are from, and what has none."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcli.ledger import LEDGER_FILE, Ledger, Sent, Settled
from llmcli.ledger.reading import reading
from llmcli.ledger.unpriced import unpriced_models
from llmcli.messages import Cost, Usage
from llmcli.models import known_models
from llmcli.pricing import snapshot

from ..helpers import Completed, RunLlmcli

DAY_S = 86_400
OWN = """
[providers.local]
base_url = "http://127.0.0.1:9/v1"
key_env = ""
[prices."local/llama"]
input = "2"
output = "10"
cache_write_1h = "7"
[prices.claude-haiku-5-5]
input = "0.09"
output = "0.45"
[prices.half]
input = "1"
"""

TABLE = """\
MODEL             FROM          PROMPT   $/M IN  $/M OUT  CACHE READ  CACHE WRITE  WRITE 1H  BATCH IN  BATCH OUT
claude-haiku-5-5  anthropic                0.10     0.50        0.01        0.125      0.20      0.05       0.25
claude-haiku-5-5  anthropic  > 100,000     0.50     2.50        0.05        0.625      1.00      0.25       1.25
gpt-4             openai                  30.00    60.00           -            -         -     15.00      30.00
gpt-9                                   unknown  unknown     unknown      unknown   unknown   unknown    unknown
"""


def models(done: Completed) -> dict[str, dict[str, Any]]:
    assert done.code == 0
    return {each["model"]: each for each in done.json["models"]}


def call(state_dir: Path, model: str, *, ago_s: float = 60, cost: str | None = None, tokens: int | None = 10) -> None:
    """Put a call into the ledger; it answered under its own name with `-v1` after it."""
    ledger = Ledger(state_dir, warn=pytest.fail)
    sent = Sent("call", 1, "ask", "local", model, time=time.time() - ago_s)
    known = Cost(None, "unknown") if cost is None else Cost(Decimal(cost), "measured")
    ledger.settle(ledger.begin(sent), sent, Settled("ok", f"{model}-v1", usage=Usage(tokens, tokens), cost=known))
    ledger.close()


def test_a_line_for_each_model_and_one_for_each_tier(run_here: RunLlmcli) -> None:
    done = run_here("cost", "prices", "-m", "claude-haiku-5-5", "-m", "gpt-4", "-m", "gpt-9")
    assert done.out == TABLE


def test_all_models_are_listed_with_the_table_they_are_from(run_here: RunLlmcli) -> None:
    done = run_here("cost", "prices", "--json")
    found = models(done)
    assert set(found) == {info.name for info in known_models()}
    assert found["gpt-6-luna"]["prices"] == snapshot.version()
    assert found["sim"]["usd_per_mtok"][0]["input"] == "0"
    assert done.json["table"]["newest"] > "2026-10-01"
    assert done.json["table"]["vendor_pages"]["openai"].startswith("https://developers.openai.com/")
    assert snapshot.version() in run_here("cost", "prices").err


def test_json_has_a_price_for_each_tier(run_here: RunLlmcli) -> None:
    luna = models(run_here("cost", "prices", "--json", "-m", "gpt-6-luna"))["gpt-6-luna"]
    assert luna["usd_per_mtok"] == [
        {
            "over_input_tokens": 0,
            "input": "0.1",
            "output": "0.5",
            "cache_read": "0.01",
            "cache_write": "0.125",
            "cache_write_1h": None,
            "batch_input": "0.05",
            "batch_output": "0.25",
        },
        {
            "over_input_tokens": 272_000,
            "input": "0.2",
            "output": "0.75",
            "cache_read": "0.02",
            "cache_write": "0.25",
            "cache_write_1h": None,
            "batch_input": "0.1",
            "batch_output": "0.375",
        },
    ]


def test_own_prices_come_first_and_say_so(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text(OWN)
    done = run_here("cost", "prices", "--json")
    found = models(done)
    assert [each["model"] for each in done.json["models"]][:3] == ["local/llama", "claude-haiku-5-5", "half"]
    assert [each["model"] for each in done.json["models"]].count("claude-haiku-5-5") == 1
    assert found["claude-haiku-5-5"]["usd_per_mtok"][0]["input"] == "0.09"
    assert found["local/llama"]["prices"] == "config"
    assert found["local/llama"]["usd_per_mtok"][0]["cache_write_1h"] == "7"
    assert (found["half"]["prices"], found["half"]["usd_per_mtok"]) == (None, [])
    assert " config " in run_here("cost", "prices", "-m", "local/llama").out


def test_models_used_lately_without_a_price_are_named(
    isolated: Path, user_config: Path, state_dir: Path, run_here: RunLlmcli
) -> None:
    for _ in range(2):
        call(state_dir, "qwen")
    call(state_dir, "qwen", cost="0.5")  # a cost that is known
    call(state_dir, "qwen", tokens=None)  # never answered: there is nothing to price
    call(state_dir, "old", ago_s=31 * DAY_S)
    call(state_dir, "llama")
    user_config.write_text('[prices."local/llama-v1"]\ninput = "1"\noutput = "1"\n')  # has a price by now
    done = run_here("cost", "prices", "--json", "-m", "sim")
    assert done.json["unpriced"] == {"days": 30, "models": [{"provider": "local", "model": "qwen-v1", "calls": 2}]}
    assert 'no price for local/qwen-v1: 2 calls in 30 days have no cost; set [prices."local/qwen-v1"]' in (
        run_here("cost", "prices", "-m", "sim").err
    )


def test_without_a_ledger_there_are_none_and_none_is_made(run_here: RunLlmcli, state_dir: Path) -> None:
    assert run_here("cost", "prices", "--json", "-m", "sim").json["unpriced"]["models"] == []
    assert not state_dir.exists()


def test_a_ledger_that_cannot_be_read_is_told(run_here: RunLlmcli, state_dir: Path) -> None:
    state_dir.mkdir(parents=True)
    (state_dir / LEDGER_FILE).write_bytes(b"no database at all, but long enough to be looked at" * 9)
    done = run_here("cost", "prices", "--json", "-m", "sim")
    assert (done.code, done.json["unpriced"]["models"]) == (0, [])
    assert "cannot read the ledger" in done.err


def test_unpriced_models_are_counted_by_the_name_that_answered(state_dir: Path) -> None:
    call(state_dir, "qwen")
    with closing(sqlite3.connect(state_dir / LEDGER_FILE)) as connection, connection:
        connection.execute("UPDATE attempts SET model_resolved = NULL")
    call(state_dir, "qwen")
    call(state_dir, "qwen")
    with reading(state_dir / LEDGER_FILE) as opened:
        assert opened is not None
        assert unpriced_models(opened, 0) == [("local", "qwen-v1", 2), ("local", "qwen", 1)]
        assert unpriced_models(opened, time.time()) == []
