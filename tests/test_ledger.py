"""ledger: a row for every attempt, whatever happens, and never a prompt or a crash."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from llmcli.ledger import LEDGER_FILE, Cap, Charge, Ledger, Sent, Settled
from llmcli.messages import Cost, Usage

from .helpers import ROOT, ledger_rows

SENT = Sent("call-1", 1, "ask", "anthropic", "fast", {"team": "ü"}, time=1_700_000_000.5)
SETTLED = Settled(
    status="ok",
    model_resolved="claude-haiku-5-5",
    stop_reason="end_turn",
    usage=Usage(10, 20, 3, 4, 5),
    cost=Cost(Decimal("0.0000001"), "measured", "x"),
    latency_ms=1200,
    ttft_ms=300,
    tokens_per_second=22.2,
    request_id="req_1",
)


def never(message: str) -> None:
    raise AssertionError(message)


def test_a_row_is_there_before_the_attempt_is_over(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, never)
    ledger.begin(SENT)
    [row] = ledger_rows(tmp_path)
    assert (row["status"], row["call_id"], row["attempt"], row["time"]) == ("sent", "call-1", 1, 1_700_000_000.5)
    assert (row["command"], row["provider"], row["model"]) == ("ask", "anthropic", "fast")
    assert json.loads(row["tags"]) == {"team": "ü"}
    assert row["cost_usd"] is None
    ledger.close()


def test_settling_completes_the_same_row_exactly(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, never)
    ledger.settle(ledger.begin(SENT), SENT, SETTLED)
    ledger.close()
    [row] = ledger_rows(tmp_path)
    assert row["cost_usd"] == "0.0000001"
    counts = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "reasoning_tokens")
    assert tuple(row[name] for name in counts) == (10, 20, 3, 4, 5)
    told = ("status", "model_resolved", "stop_reason", "cost_basis", "latency_ms", "ttft_ms", "request_id")
    assert tuple(row[name] for name in told) == (
        "ok",
        "claude-haiku-5-5",
        "end_turn",
        "measured",
        1200,
        300,
        "req_1",
    )


def test_what_is_unknown_is_null_not_zero(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, never)
    ledger.settle(ledger.begin(SENT), SENT, Settled("unavailable"))
    ledger.close()
    [row] = ledger_rows(tmp_path)
    assert row["status"] == "unavailable"
    assert row["cost_usd"] is row["input_tokens"] is row["output_tokens"] is row["ttft_ms"] is None


def test_what_is_more_than_a_call_can_take_is_recorded_as_much(tmp_path: Path) -> None:
    """Settings can make it so, and a row must not be lost for it."""
    ledger = Ledger(tmp_path, never)
    charge = Charge(Decimal("1e30"), 10**30)
    ledger.settle(
        ledger.begin(SENT, charge), SENT, Settled("ok", cost=Cost(Decimal("1e30"), "measured"), charge=charge)
    )
    ledger.begin(SENT, charge)
    cap = Cap("budget.daily_usd", "", "usd", Decimal(1), 0, 1e12)
    [total] = ledger.totals((cap,))
    ledger.close()
    row, open_row = ledger_rows(tmp_path)
    assert (row["charge_tokens"], row["cost_usd"], open_row["charge_usd"]) == (10**18, "1000000", "1000000")
    assert total.taken == 2_000_000


def test_the_ledger_is_for_its_owner_only(tmp_path: Path) -> None:
    directory = tmp_path / "state"
    ledger = Ledger(directory, never)
    ledger.begin(SENT)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in directory.iterdir()}
    ledger.close()
    assert LEDGER_FILE in modes
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_the_ledger_uses_a_write_ahead_log(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path, never)
    ledger.begin(SENT)
    with closing(sqlite3.connect(tmp_path / LEDGER_FILE)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    ledger.close()


def test_a_ledger_that_cannot_be_written_is_one_warning_and_no_failure(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.touch()
    warnings: list[str] = []
    ledger = Ledger(blocked, warnings.append)
    for _ in range(3):
        ledger.settle(ledger.begin(SENT), SENT, SETTLED)
    ledger.close()
    [warning] = warnings
    assert str(blocked) in warning


def test_a_file_that_is_no_database_is_a_warning_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / LEDGER_FILE).write_bytes(b"not a database, " * 100)
    warnings: list[str] = []
    assert Ledger(tmp_path, warnings.append).begin(SENT) is None
    assert len(warnings) == 1
    assert (tmp_path / LEDGER_FILE).read_bytes() == b"not a database, " * 100


def test_a_file_that_somebody_created_empty_is_filled(tmp_path: Path) -> None:
    """As another process leaves it between creating the file and its tables."""
    (tmp_path / LEDGER_FILE).touch()
    ledger = Ledger(tmp_path, never)
    ledger.begin(SENT)
    ledger.close()
    assert len(ledger_rows(tmp_path)) == 1


def test_processes_that_start_together_all_get_their_rows_in(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom llmcli.ledger import *\n"
        "def fail(text): sys.exit(text)\n"
        "ledger = Ledger(Path(sys.argv[1]), fail, Path(sys.argv[1]) / 'usage.jsonl')\n"
        "for number in range(20):\n"
        "    sent = Sent(sys.argv[2], number, 'ask', 'sim', 'sim')\n"
        "    ledger.settle(ledger.begin(sent), sent, Settled('ok'))\n"
    )
    commands = [[sys.executable, "-c", script, str(tmp_path / "new"), f"p{number}"] for number in range(4)]
    running = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True, cwd=ROOT) for command in commands]
    errors = [process.communicate(timeout=30)[1] for process in running]
    assert errors == [""] * 4
    found = ledger_rows(tmp_path / "new")
    assert len(found) == 80
    assert {row["status"] for row in found} == {"ok"}
    lines = (tmp_path / "new" / "usage.jsonl").read_text().splitlines()
    assert len([json.loads(line) for line in lines]) == 80


def test_the_usage_log_gets_one_json_line_per_attempt(tmp_path: Path) -> None:
    log = tmp_path / "usage.jsonl"
    ledger = Ledger(tmp_path, never, log)
    ledger.settle(ledger.begin(SENT), SENT, SETTLED)
    ledger.settle(None, SENT, Settled("unavailable"))
    ledger.close()
    first, second = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert first["time"] == "2023-11-14T22:13:20.500+00:00"
    assert (first["cost_usd"], first["tags"], first["status"]) == ("0.0000001", {"team": "ü"}, "ok")
    assert second["status"] == "unavailable"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_usage_log_that_cannot_be_written_is_one_warning(tmp_path: Path) -> None:
    warnings: list[str] = []
    ledger = Ledger(tmp_path, warnings.append, tmp_path / "no" / "usage.jsonl")
    for _ in range(2):
        ledger.settle(ledger.begin(SENT), SENT, SETTLED)
    ledger.close()
    assert len(warnings) == 1
    assert len(ledger_rows(tmp_path)) == 2


def test_a_tag_that_is_no_unicode_does_not_stop_the_record(tmp_path: Path) -> None:
    log = tmp_path / "usage.jsonl"
    ledger = Ledger(tmp_path, never, log)
    sent = Sent("call", 1, "ask", "sim", "sim", {"tag": "a\udcff"})
    ledger.settle(ledger.begin(sent), sent, SETTLED)
    ledger.close()
    assert json.loads(log.read_text())["tags"] == {"tag": "a?"}
