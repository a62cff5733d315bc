"""cost report: sums, groups, formats; each number can be had from `cost log` too."""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from io import StringIO
from math import ceil
from pathlib import Path
from time import time as now
from typing import Any

import pytest

from ..helpers import Completed, RunLlmcli
from ..ledgers import Book, at, limited, of_chance, ok, timed_out

NOON = at("2026-11-10T12:00+00:00")
ZONE = {"LLMCLI_TIME_ZONE": "Europe/Berlin"}
TOKENS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")


@pytest.fixture
def book(state_dir: Path) -> Iterator[Book]:
    made = Book(state_dir)
    yield made
    made.close()


def rows(done: Completed) -> list[dict[str, Any]]:
    assert (done.code, done.err) == (0, "")
    return [json.loads(line) for line in done.out.splitlines()]


def key_of(name: str, attempt: dict[str, Any]) -> str | None:
    """What `--by NAME` groups an attempt of `cost log` by."""
    if name == "day":
        return str(attempt["time"])[:10]
    if name == "hour":
        return f"{attempt['time'][:13]}:00{attempt['time'][-6:]}"
    value = attempt["tags"].get(name[4:]) if name.startswith("tag:") else attempt[name]
    return None if value is None else str(value)


def nearest_rank(values: list[int], percent: int) -> int | None:
    return sorted(values)[ceil(percent * len(values) / 100) - 1] if values else None


def added_up(attempts: list[dict[str, Any]]) -> dict[str, Any]:
    """What a row of the report must say, from the lines of `cost log` alone."""
    final = [each for each in attempts if each["last"] and each["status"] != "sent"]
    billed = [each for each in attempts if each["billed"]]
    made: dict[str, Any] = {
        "calls": sum(each["last"] for each in attempts),
        "failures": sum(each["status"] != "ok" for each in final),
        "open": sum(each["status"] == "sent" for each in attempts),
        "attempts": len(attempts),
    }
    for name in (*TOKENS, "cost_usd"):
        known = [Decimal(each[name]) for each in billed if each[name] is not None]
        made[name] = sum(known, Decimal(0)) if known or not billed else None
        made[f"{name.removesuffix('_usd')}_unknown_attempts"] = len(billed) - len(known)
    for name in ("latency", "ttft"):
        values = [each[f"{name}_ms"] for each in attempts if each[f"{name}_ms"] is not None]
        made |= {f"{name}_p{percent}_ms": nearest_rank(values, percent) for percent in (50, 95, 99)}
    streamed = [each for each in billed if each["ttft_ms"] is not None and each["latency_ms"] > each["ttft_ms"]]
    taken_ms = sum(each["latency_ms"] - each["ttft_ms"] for each in streamed)
    tokens = sum(each["output_tokens"] for each in streamed)
    made["tokens_per_second"] = round(1000 * tokens / taken_ms, 1) if taken_ms else None
    return made


def same(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the report with its decimals as numbers."""
    numbers = {name: row[name] if row[name] is None else Decimal(row[name]) for name in (*TOKENS, "cost_usd")}
    return {**row, **numbers}


@pytest.mark.parametrize(
    ("by", "zone", "chosen"),
    [
        ("", "Europe/Berlin", ()),
        ("model", "Europe/Berlin", ()),
        ("model,day", "Europe/Berlin", ()),
        ("day", "Europe/Berlin", ()),
        ("hour,command", "Europe/Berlin", ()),
        ("provider,tag:team", "Europe/Berlin", ()),
        ("tag:job,tag:team,day,model", "Europe/Berlin", ()),
        # Days and hours that begin within an hour of UTC, as do the bounds.
        ("model,day", "Asia/Kathmandu", ("--since", "2026-10-24T10:20:30", "--until", "2026-10-25T23:01")),
        ("hour", "Asia/Kathmandu", ("--since", "2026-10-24T10:20", "--until", "2026-10-24T23:40")),
        # What can be taken from the sums, and what cannot.
        ("model", "Europe/Berlin", ("--model", "fast", "--failed")),
        ("command,day", "Europe/Berlin", ("--provider", "openai", "--command", "ask", "--since", "2026-10-25")),
        ("model,day", "Europe/Berlin", ("--tag", "team=a", "--status", "ok", "--status", "unavailable")),
    ],
)
def test_every_number_follows_from_the_log(
    by: str, zone: str, chosen: tuple[str, ...], book: Book, run_here: RunLlmcli
) -> None:
    """Over the end of summer time, with retries, fallbacks to another model, unknown prices and running calls."""
    since, until = at("2026-10-24T00:00+02:00"), at("2026-10-27T00:00+01:00")
    of_chance(book, random.Random(by), since, until, 150)
    book.open(now(), command="stream")
    keys = [key for key in by.split(",") if key]
    groups = defaultdict(list)
    env = {"LLMCLI_TIME_ZONE": zone}
    log = rows(run_here("cost", "log", *chosen, env=env))
    assert log
    for attempt in log:
        groups[tuple(key_of(key, attempt) for key in keys)].append(attempt)
    done = run_here("cost", "report", "--by", by, *chosen, "--json", env=env).json
    assert {tuple(row[key] for key in keys): same(row) for row in done["rows"]} == {
        key: dict(zip(keys, key, strict=True)) | added_up(attempts) for key, attempts in groups.items()
    }
    assert same(done["total"]) == added_up(log)
    if not chosen:
        assert sum(row["calls"] for row in done["rows"]) == book.calls + 1


def test_a_call_counts_once_where_its_last_attempt_was(book: Book, run_here: RunLlmcli) -> None:
    """Two failed attempts, then an answer from another model: no failure of either."""
    book.call(NOON, limited(), timed_out(), ok(), models=("first", "first", "second"))
    book.call(NOON, limited(), limited(), models=("first",))
    found = {row["model"]: row for row in rows(run_here("cost", "report", "--format", "jsonl"))}
    assert [found["first"][name] for name in ("calls", "failures", "attempts")] == [1, 1, 4]
    assert [found["second"][name] for name in ("calls", "failures", "attempts")] == [1, 0, 1]


def test_what_is_unknown_is_never_zero(book: Book, run_here: RunLlmcli) -> None:
    """A sum of which nothing is known is unknown, in every format; one of which a part is known says what it lacks."""
    book.call(NOON, ok(None), models=("strange",))
    book.call(NOON, ok("0.25"), models=("mixed",))
    book.call(NOON, ok(None), models=("mixed",))
    found = {row["model"]: row for row in run_here("cost", "report", "--json").json["rows"]}
    assert (found["strange"]["cost_usd"], found["strange"]["cost_unknown_attempts"]) == (None, 1)
    assert (found["mixed"]["cost_usd"], found["mixed"]["cost_unknown_attempts"]) == ("0.25", 1)
    table = run_here("cost", "report").out.splitlines()
    assert "unknown" in next(line for line in table if line.startswith("strange"))
    assert table[-1] == "USD: without 2 attempts of which it is unknown"
    printed = csv.DictReader(StringIO(run_here("cost", "report", "--format", "csv").out))
    [strange] = [row for row in printed if row["model"] == "strange"]
    assert (strange["cost_usd"], strange["ttft_p50_ms"]) == ("unknown", "unknown")


def test_an_attempt_answered_by_an_error_is_known_to_cost_nothing(book: Book, run_here: RunLlmcli) -> None:
    book.call(NOON, limited())
    [row] = rows(run_here("cost", "report", "--format", "jsonl"))
    assert (row["cost_usd"], row["input_tokens"], row["cost_unknown_attempts"]) == ("0", 0, 0)
    assert row["failures"] == 1


def test_an_hour_that_comes_twice_is_two_hours(book: Book, run_here: RunLlmcli) -> None:
    for time in ("2026-10-25T02:30+02:00", "2026-10-25T02:30+01:00", "2026-10-25T02:59+01:00"):
        book.call(at(time), ok())
    found = rows(run_here("cost", "report", "--by", "hour", "--format", "jsonl", env=ZONE))
    assert {row["hour"]: row["calls"] for row in found} == {
        "2026-10-25T02:00+02:00": 1,
        "2026-10-25T02:00+01:00": 2,
    }


def test_days_are_those_of_the_time_zone(book: Book, run_here: RunLlmcli) -> None:
    """The day on which the clock goes back has 25 hours."""
    for time in ("2026-10-24T23:59:59+02:00", "2026-10-25T00:00+02:00", "2026-10-25T23:59+01:00"):
        book.call(at(time), ok())
    found = rows(run_here("cost", "report", "--by", "day", "--format", "jsonl", env=ZONE))
    assert {row["day"]: row["calls"] for row in found} == {"2026-10-24": 1, "2026-10-25": 2}
    elsewhere = rows(run_here("cost", "report", "--by", "day", "--format", "jsonl", env={"LLMCLI_TIME_ZONE": "UTC"}))
    assert {row["day"]: row["calls"] for row in elsewhere} == {"2026-10-24": 2, "2026-10-25": 1}


def test_the_hour_that_comes_twice_in_autumn_is_two_in_their_order(book: Book, run_here: RunLlmcli) -> None:
    for time in ("01:30+02:00", "02:30+02:00", "02:30+01:00", "03:30+01:00"):
        book.call(at(f"2026-10-25T{time}"), ok(), models=("b",))
        book.call(at(f"2026-10-25T{time}"), ok(), models=("a",))
    hours = [f"2026-10-25T{hour}" for hour in ("01:00+02:00", "02:00+02:00", "02:00+01:00", "03:00+01:00")]
    found = rows(run_here("cost", "report", "--by", "hour,model", "--format", "jsonl", env=ZONE))
    assert [(row["hour"], row["model"]) for row in found] == [(hour, model) for hour in hours for model in "ab"]


def test_since_is_from_then_on_and_until_just_before_then(book: Book, run_here: RunLlmcli) -> None:
    for time in ("2026-10-31T23:59:59+01:00", "2026-11-01T00:00+01:00", "2026-11-02T00:00+01:00"):
        book.call(at(time), ok())
    bounds = ("--since", "2026-11-01", "--until", "2026-11-02")
    done = run_here("cost", "report", *bounds, "--by", "day", "--json", env=ZONE).json
    assert [(row["day"], row["calls"]) for row in done["rows"]] == [("2026-11-01", 1)]
    assert (done["since"], done["until"]) == ("2026-11-01T00:00:00+01:00", "2026-11-02T00:00:00+01:00")


@pytest.mark.parametrize(
    ("filters", "calls"),
    [
        (("--model", "fast"), 2),
        (("--model", "fast", "--model", "slow"), 3),
        (("--provider", "openai"), 1),
        (("--command", "stream"), 1),
        (("--tag", "team"), 2),
        (("--tag", "team=a"), 1),
        (("--tag", "team=a", "--tag", "job"), 0),
        (("--status", "ok"), 2),
        (("--failed",), 1),
    ],
)
def test_filters(filters: tuple[str, ...], calls: int, book: Book, run_here: RunLlmcli) -> None:
    book.call(NOON, ok(), models=("fast",), tags={"team": "a"}, command="stream")
    book.call(NOON, ok(), models=("fast",), tags={"team": "b", "job": "x"}, provider="openai")
    book.call(NOON, limited(), models=("slow",))
    assert run_here("cost", "report", *filters, "--json").json["total"]["calls"] == calls
    assert len(rows(run_here("cost", "log", *filters))) == calls


def test_the_table_is_aligned_and_ends_with_the_total(book: Book, run_here: RunLlmcli) -> None:
    book.call(NOON, ok("1234.5"), models=("a-model-with-a-long-name",))
    book.call(NOON, ok("0.00001"), models=("b",))
    head, *body, last = run_here("cost", "report").out.splitlines()
    assert head.split()[:4] == ["MODEL", "CALLS", "FAILED", "ATTEMPTS"]
    assert [line.split()[0] for line in (*body, last)] == ["a-model-with-a-long-name", "b", "total"]
    cells = zip([head, *body], ["USD", "1,234.5000", "<0.0001"], strict=True)
    assert len({line.index(cell) + len(cell) for line, cell in cells}) == 1


def test_csv_has_a_head_and_a_line_for_each_group(book: Book, run_here: RunLlmcli) -> None:
    book.call(NOON, ok(), models=('odd, "name"',))
    book.call(NOON, ok(), models=("b",))
    found = list(csv.DictReader(StringIO(run_here("cost", "report", "--by", "model,day", "--format", "csv").out)))
    assert [(row["model"], row["day"][:7], row["cost_usd"]) for row in found] == [
        ("b", "2026-11", "0.01"),
        ('odd, "name"', "2026-11", "0.01"),
    ]


@pytest.mark.parametrize(
    ("form", "printed"),
    [("table", "no calls\n"), ("jsonl", ""), ("csv", "model,calls,"), ("json", '{"type": "result"')],
)
def test_without_a_ledger_there_are_no_calls(form: str, printed: str, state_dir: Path, run_here: RunLlmcli) -> None:
    """And reading makes none."""
    done = run_here("cost", "report", "--format", form)
    assert (done.code, done.err, done.out[: len(printed)]) == (0, "", printed)
    assert len(done.out.splitlines()) <= 1
    assert not state_dir.exists()


@pytest.mark.parametrize(
    ("arguments", "fact"),
    [
        (("--by", "colour"), '--by "colour" is unknown: choose from'),
        (("--by", "day,hour"), "names the same twice"),
        (("--by", "model,model"), "names the same twice"),
        (("--since", "yesterdayish"), '--since "yesterdayish" is neither a length of time nor a date'),
        (("--since", "99999999d"), '--since "99999999d" is out of range'),
        (("--until", "9999-12-31T23:59-12:00"), '--until "9999-12-31T23:59-12:00" is out of range'),
        (("--chart", "--format", "csv"), "--chart goes with a table"),
        (("--plot", "report.pdf"), "neither .svg nor .png"),
    ],
)
def test_wrong_options_are_usage_errors(arguments: tuple[str, ...], fact: str, run_here: RunLlmcli) -> None:
    done = run_here("cost", "report", *arguments)
    assert (done.code, done.out) == (2, "")
    assert fact in done.err


def test_a_failure_in_a_json_format_is_an_envelope(run_here: RunLlmcli) -> None:
    done = run_here("cost", "report", "--format", "jsonl", "--since", "x")
    assert (done.code, done.json["ok"], done.json["command"]) == (2, False, "cost report")


def test_a_file_that_is_no_ledger_is_a_usage_error(state_dir: Path, run_here: RunLlmcli) -> None:
    state_dir.mkdir(parents=True)
    (state_dir / "ledger.db").write_bytes(b"not a database, " * 100)
    done = run_here("cost", "report")
    assert (done.code, done.out) == (2, "")
    assert str(state_dir / "ledger.db") in done.err
