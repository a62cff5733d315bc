"""models: what can be named, with prices where they are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..helpers import Completed, RunLlmcli

OWN = '[aliases]\nfast = "claude-haiku-5-5"\n[providers.local]\nbase_url = "http://x"\nmodels = ["llama"]\n'


def rows(done: Completed) -> dict[str, dict[str, Any]]:
    assert done.code == 0
    found = [json.loads(line) for line in done.out.splitlines()]
    return {row["name"]: row for row in found}


def test_the_table_has_a_head_and_lines_of_columns(run_here: RunLlmcli) -> None:
    done = run_here("models")
    assert (done.code, done.err) == (0, "")
    head, *lines = done.out.splitlines()
    assert head.split() == ["MODEL", "PROVIDER", "CONTEXT", "$/M", "IN", "$/M", "OUT"]
    [haiku] = [line.split() for line in lines if line.startswith("claude-haiku-5-5 ")]
    assert haiku[1] == "anthropic"
    assert [float(price) for price in haiku[3:]] == [0.1, 0.5]


def test_json_is_one_object_a_line_with_prices_as_decimal_strings(run_here: RunLlmcli) -> None:
    found = rows(run_here("models", "--json"))
    assert found["sim"]["input_usd_per_mtok"] == "0"
    haiku = found["claude-haiku-5-5"]
    assert (haiku["provider"], float(haiku["input_usd_per_mtok"]), haiku["alias_of"]) == ("anthropic", 0.1, None)
    assert haiku["context_window"] > 100_000


def test_ones_own_models_and_aliases_are_listed(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text(OWN)
    found = rows(run_here("models", "--json"))
    assert found["fast"]["alias_of"] == "claude-haiku-5-5"
    assert found["local/llama"]["provider"] == "local"
    assert found["local/llama"]["input_usd_per_mtok"] is None


def test_one_providers_models_alone(isolated: Path, run_here: RunLlmcli) -> None:
    (isolated / "llmcli.toml").write_text(OWN)
    assert set(rows(run_here("models", "--json", "--provider", "local"))) == {"local/llama"}
    assert {row["provider"] for row in rows(run_here("models", "--json", "--provider", "openai")).values()} == {
        "openai"
    }


def test_an_unknown_provider_is_a_config_error_listing_those_there_are(run_here: RunLlmcli) -> None:
    done = run_here("models", "--provider", "opneai")
    assert (done.code, done.out) == (3, "")
    assert "anthropic, openai, sim" in done.err
