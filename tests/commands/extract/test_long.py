"""extract over long documents: every record once, in order; what failed is named; quotes lead back into the text."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llmcli.errors import ExitCode

from ...carry.servers import Listener, listening
from ...contract.answers import stream_of
from ...contract.bench import Bench, check_stderr
from ...contract.servers import Received
from ...contract.vendors import ANTHROPIC, LOCAL, RESPONSES, Vendor
from ...helpers import RunLlmcli
from .script import asked, refused, said, served, streamed

SCHEMA = "name, age int"


def people(count: int) -> list[dict[str, Any]]:
    return [{"name": f"Person {number}", "age": number} for number in range(count)]


def document(records: list[dict[str, Any]]) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def lines(text: str) -> list[Any]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize("vendor_", [ANTHROPIC, LOCAL, RESPONSES], ids=lambda each: each.name)
def test_chunks_give_every_record_once_in_order(
    bench: Bench, tap: Listener, vendor_: Vendor, run_here: RunLlmcli
) -> None:
    """Chunks overlap and are asked for several at a time."""
    wanted = people(200)
    flags = ("--many", "--schema", SCHEMA, "--chunk-tokens", "300", "-m", vendor_.model)
    done = run_here("extract", *flags, "All people", input=document(wanted).encode())
    check_stderr(done, ExitCode.OK)
    assert lines(done.out) == wanted
    assert len(tap.bodies) > 5
    assert all("All people" in json.dumps(body) for body in tap.bodies)


def test_a_document_over_the_window_is_read_in_chunks(isolated: Path, run_here: RunLlmcli) -> None:
    """Without being asked to; one value of it cannot be had."""
    wanted = [{"name": f"Person {number} " + "x" * 1000, "age": number} for number in range(800)]
    (isolated / "people.jsonl").write_text(document(wanted))
    flags = ("-n", "-f", "people.jsonl", "-m", "sim", "--schema", SCHEMA, "--max-tokens", "50000", "-v")
    done = run_here("extract", *flags)
    assert (done.code, done.out, "--many" in done.err) == (ExitCode.USAGE, "", True)
    done = run_here("extract", *flags, "--many")
    assert lines(done.out) == wanted
    assert "chunks" in done.err


def test_a_chunk_that_fails_is_named_and_the_rest_is_printed(bench: Bench, run_here: RunLlmcli) -> None:
    """Exit 12, with the bytes that nobody has read."""
    wanted = people(60)

    def respond(request: Received) -> list[bytes]:
        text = asked(LOCAL, request.json)
        if "Person 30" in text:
            return [refused(LOCAL, "no", status=413)]
        body = json.dumps(request.json["messages"][-1]["content"])
        found = [person for person in wanted if f'{person["name"]}\\"' in body.replace("\\\\", "\\")]
        return [stream_of(LOCAL, [json.dumps({"records": found})])]

    (bench.work / "people.jsonl").write_text(document(wanted))
    with listening(respond) as server:
        bench.point(LOCAL, server.root)
        flags = ("--many", "--schema", SCHEMA, "--chunk-tokens", "100", "--retries", "0", "-m", LOCAL.model)
        done = run_here("extract", "-n", "-f", "people.jsonl", *flags)
    line = check_stderr(done, ExitCode.PARTIAL)
    assert "chunks failed: bytes " in line
    names = [record["name"] for record in lines(done.out)]
    assert names == [person["name"] for person in wanted if person["name"] in names]
    assert "Person 0" in names
    assert "Person 59" in names
    assert "Person 30" not in names


def test_a_wrong_key_is_not_told_once_a_chunk(bench: Bench, run_here: RunLlmcli) -> None:
    (bench.work / "people.jsonl").write_text(document(people(60)))
    with served(bench, LOCAL, [refused(LOCAL, "no key", status=401)] * 9):
        flags = ("--many", "--schema", SCHEMA, "--chunk-tokens", "100", "--mode", "prompt", "-m", LOCAL.model)
        done = run_here("extract", "-n", "-f", "people.jsonl", *flags)
    check_stderr(done, ExitCode.AUTH)


TEXT = "Ada  Lovelace was born in 1815.\nBo was born in 1900. Bo was late.\n"


def quoted(data: object, quote: str) -> dict[str, object]:
    return {"data": data, "quote": quote}


@pytest.mark.parametrize(
    ("quote", "method"),
    [
        ("Ada  Lovelace was born", "exact"),
        ("ada lovelace WAS born", "normalized"),
        ("Ada Lovelace wes borm in", "fuzzy"),
    ],
)
def test_a_quote_is_found_where_it_stands(bench: Bench, run_here: RunLlmcli, quote: str, method: str) -> None:
    """The offsets are those of the source."""
    with served(bench, LOCAL, [said(LOCAL, quoted({"name": "Ada"}, quote))]):
        flags = ("--schema", "name", "--evidence", "-m", LOCAL.model)
        done = run_here("extract", *flags, "Who?", input=TEXT.encode())
    check_stderr(done, ExitCode.OK)
    evidence = done.json["_evidence"]
    assert done.json["name"] == "Ada"
    assert evidence["method"] == method
    assert TEXT[evidence["start"] : evidence["end"]] == evidence["quote"]
    assert evidence["quote"].startswith("Ada  Lovelace w")
    assert 0 < evidence["score"] <= 1


def test_equal_quotes_of_records_lead_to_places_that_follow_each_other(bench: Bench, run_here: RunLlmcli) -> None:
    text = "Bo paid.\nAda paid.\nBo paid.\n"
    records = [quoted({"name": name}, f"{name} paid.") for name in ("Bo", "Ada", "Bo")]
    with served(bench, LOCAL, [streamed(LOCAL, json.dumps({"records": records}))]):
        flags = ("--schema", "name", "--evidence", "--many", "-m", LOCAL.model)
        done = run_here("extract", *flags, input=text.encode())
    assert [record["_evidence"]["start"] for record in lines(done.out)] == [0, 9, 19]


def test_each_field_can_have_its_own_quote(bench: Bench, run_here: RunLlmcli) -> None:
    answer = {"data": {"name": "Ada", "born": 1815}, "quotes": [{"field": "/born", "quote": "1815"}]}
    with served(bench, LOCAL, [said(LOCAL, answer)]):
        flags = ("--schema", "name, born int", "--evidence", "field", "-m", LOCAL.model)
        done = run_here("extract", *flags, input=TEXT.encode())
    assert done.json["_evidence"]["born"]["start"] == TEXT.index("1815")


def test_strict_evidence_takes_no_quote_that_is_not_there(bench: Bench, run_here: RunLlmcli) -> None:
    """It is asked for again, then it is invalid output; without strict it has no place."""
    wrong = said(LOCAL, quoted({"name": "Ada"}, "Somebody else entirely did it"))
    flags = ("--schema", "name", "-m", LOCAL.model, "--evidence")
    with served(bench, LOCAL, [wrong] * 3) as server:
        done = run_here("extract", *flags, "strict", input=TEXT.encode())
        assert len(server.bodies) == 3
    assert "does not stand in the text" in check_stderr(done, ExitCode.INVALID_OUTPUT)
    with served(bench, LOCAL, [wrong]):
        done = run_here("extract", *flags, "record", input=TEXT.encode())
    assert (done.code, done.json["_evidence"]["start"]) == (0, None)


def test_five_thousand_records_in_bounded_memory(isolated: Path) -> None:
    """Every one once and in order."""
    wanted = [{"name": f"Person {number} " + "x" * 100, "age": number} for number in range(5000)]
    (isolated / "people.jsonl").write_text(document(wanted))
    flags = ["-n", "-m", "sim", "--many", "--schema", SCHEMA, "-f", "people.jsonl", "-o", "out.jsonl"]
    flags += ["--chunk-tokens", "10000", "--max-tokens", "20000"]
    command = [sys.executable, "-m", "tests.carry.peak", "extract", *flags]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert lines((isolated / "out.jsonl").read_text()) == wanted
    assert int(done.stderr.split()[-1]) < 150 * 1024
