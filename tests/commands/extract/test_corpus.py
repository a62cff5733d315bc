"""Schemas of every kind through the whole way: what is sent passes the vendor's rules, and the value comes back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmcli.extract.schema.user import user_schema
from llmcli.extract.subset.compile import compile_schema
from llmcli.extract.subset.dialect import DialectName

from ...carry.servers import Listener
from ...contract.bench import Bench
from ...contract.vendors import ANTHROPIC, RESPONSES, Vendor
from .script import mode_of

CORPUS = sorted((Path(__file__).parents[2] / "extract" / "corpus").glob("*.json"))
DIALECTS: dict[str, DialectName] = {"anthropic": "anthropic", "responses": "openai"}


@pytest.mark.parametrize("vendor_", [ANTHROPIC, RESPONSES], ids=lambda each: each.name)
@pytest.mark.parametrize("file", CORPUS, ids=lambda each: each.stem)
def test_the_value_that_the_model_gives_comes_out(bench: Bench, tap: Listener, file: Path, vendor_: Vendor) -> None:
    """By the provider's own structured output, unless its subset cannot hold the schema."""
    failures = []
    for entry in json.loads(file.read_text(encoding="utf-8")):
        refused = DIALECTS[vendor_.name] in entry.get("refused", {})
        for value in entry["values"][:1]:
            said = _said(entry, value, vendor_, refused=refused)
            (bench.work / "schema.json").write_text(json.dumps(entry["schema"]), encoding="utf-8")
            flags = ("--schema", "schema.json", "--repair", "0", *(["--mode", "prompt"] if refused else []))
            done = bench.run_unchecked("extract", vendor_, f"sim:say={said}", *flags)
            modes = [mode_of(body) for body in tap.bodies]
            tap.received.clear()
            fine = done.code == 0 and done.json == value and (modes == ["native"] or refused)
            if not fine:
                failures.append((entry["name"], modes, done.err or done.out, said[:300]))
    assert failures == []


def _said(entry: dict[str, Any], value: Any, vendor: Vendor, *, refused: bool) -> str:
    """What a faithful model writes."""
    if refused:
        return json.dumps(value)
    return json.dumps(compile_schema(user_schema(entry["schema"], "corpus"), DIALECTS[vendor.name]).encode(value))
