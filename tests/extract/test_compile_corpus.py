"""Schemas of every kind, for both vendors: what is sent is in their subset, and values survive the way there and back.

`corpus/` has the schemas with values that are valid; `refused` says which vendor's subset cannot hold one, and why.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from llmcli.extract.schema.user import user_schema
from llmcli.extract.subset.compile import CannotCompileError, compile_schema
from llmcli.extract.subset.dialect import DialectName

from .round_trip import check_round_trip
from .vendor_rules import FAULTS

CORPUS = [
    pytest.param(entry, id=f"{file.stem}: {entry['name']}")
    for file in sorted((Path(__file__).parent / "corpus").glob("*.json"))
    for entry in json.loads(file.read_text(encoding="utf-8"))
]
VENDORS: list[DialectName] = ["openai", "anthropic"]

each_entry = pytest.mark.parametrize("entry", CORPUS)
each_vendor = pytest.mark.parametrize("vendor", VENDORS)


def test_the_corpus_is_large_and_seldom_refused() -> None:
    entries: list[Any] = [each.values[0] for each in CORPUS]
    refused = [entry["name"] for entry in entries if "refused" in entry and entry["values"]]
    assert len(entries) >= 150
    assert len(refused) <= 4


@each_vendor
@each_entry
def test_what_is_sent_is_in_the_vendors_subset_and_values_survive(entry: dict[str, Any], vendor: DialectName) -> None:
    user = user_schema(entry["schema"], "corpus")
    for value in entry["values"]:
        assert user.problems(value) == []
    reason = entry.get("refused", {}).get(vendor)
    if reason is not None:
        with pytest.raises(CannotCompileError, match=reason):
            compile_schema(user, vendor)
        return
    for records in (False, True):
        compiled = compile_schema(user, vendor, records=records)
        assert isinstance(compiled.schema, dict)
        assert FAULTS[vendor](compiled.schema) == []
    for value in entry["values"]:
        check_round_trip(user, compile_schema(user, vendor), value)


@each_vendor
@each_entry
def test_many_records_survive_together(entry: dict[str, Any], vendor: DialectName) -> None:
    if vendor in entry.get("refused", {}):
        return
    user = user_schema(entry["schema"], "corpus")
    compiled = compile_schema(user, vendor, records=True)
    answer = compiled.encode(entry["values"])
    assert list(answer) == ["records"]
    assert compiled.decode(answer) == entry["values"]


@each_entry
def test_relaxations_point_into_the_users_schema(entry: dict[str, Any]) -> None:
    from llmcli.extract import pointer

    user = user_schema(entry["schema"], "corpus")
    for vendor in VENDORS:
        if vendor in entry.get("refused", {}):
            continue
        for relaxation in compile_schema(user, vendor).relaxations:
            pointer.look_up(entry["schema"], relaxation.pointer)
            assert relaxation.text


@each_entry
def test_json_is_the_schema_unchanged_and_many_records_keep_their_references(entry: dict[str, Any]) -> None:
    user = user_schema(entry["schema"], "corpus")
    assert compile_schema(user, "json").schema == entry["schema"]
    compiled = compile_schema(user, "json", records=True)
    many = user_schema(compiled.schema, "wrapped")
    assert many.problems(compiled.encode(entry["values"])) == []
    wrong = [value for value in (None, 7, "?", [7], {"?": 7}) if user.problems(value)]
    assert all(many.problems(compiled.encode([value])) for value in wrong)
    assert compiled.decode(compiled.encode(entry["values"])) == entry["values"]
