"""A full disk, a read-only home, no home, a clock that was set back: the right exit code, and nothing lost."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC
from decimal import Decimal
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from llmcli.app import App
from llmcli.budget import Budget
from llmcli.cli import run
from llmcli.config.settings import BudgetSettings
from llmcli.ledger import LEDGER_FILE, Charge, Ledger, Sent, Settled
from llmcli.ledger.caps import total
from llmcli.ledger.prune import prune
from llmcli.ledger.reading import reading
from llmcli.streams import Streams

from .hard_places import full_disk, read_only
from .helpers import Completed, RunLlmcli, ledger_rows
from .ledgers import Book, at, limited, ok

ASK = ("ask", "-n", "-m", "sim", "sim:echo hello")
TURN = ("chat", "-n", "-m", "sim", "--session", "s", "sim:echo hello")
CANNOT = "llmcli: cannot write the ledger "


@pytest.fixture
def home(isolated: Path) -> Path:
    return isolated.parent / "home"


def answered_with_a_warning(done: Completed) -> None:
    assert (done.code, done.out) == (0, "hello\n")
    assert done.err.startswith(CANNOT)
    assert done.err.count("\n") == 1


class TestFullDisk:
    @pytest.mark.parametrize("before", [0, 1])
    def test_an_answer_comes_and_its_record_is_missed(self, before: int, state_dir: Path, run_here: RunLlmcli) -> None:
        """With a ledger that is yet to be made, and with one that is there; once there is room, it goes on."""
        for _ in range(before):
            run_here(*ASK)
        with full_disk():
            answered_with_a_warning(run_here(*ASK))
            answered_with_a_warning(run_here(*ASK))
        assert run_here(*ASK).err == ""
        assert [row["status"] for row in ledger_rows(state_dir)] == ["ok"] * (before + 1)

    def test_nothing_is_sent_that_a_cap_cannot_be_checked_for(self, run_here: RunLlmcli) -> None:
        run_here(*ASK)
        with full_disk():
            done = run_here(*ASK, "--max-cost", "5")
        assert (done.code, done.out) == (11, "")
        assert "--max-cost cannot be checked without the ledger" in done.err

    def test_an_attempt_whose_end_cannot_be_written_counts_what_was_reserved(self, tmp_path: Path) -> None:
        warnings: list[str] = []
        ledger = Ledger(tmp_path, warnings.append)
        sent = Sent("c", 1, "ask", "p", "m")
        row = ledger.begin(sent, Charge(Decimal(2), 100))
        with full_disk():
            ledger.settle(row, sent, Settled("ok", charge=Charge(Decimal(1), 50)))
        assert len(warnings) == 1
        [kept] = ledger_rows(tmp_path)
        assert (kept["status"], kept["charge_usd"], kept["charge_tokens"]) == ("sent", "2", 100)
        with reading(ledger.path) as connection:
            assert connection is not None
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def test_the_answer_of_a_turn_that_cannot_be_kept_is_printed(self, state_dir: Path, run_here: RunLlmcli) -> None:
        """It is paid for. The session is as it was before the turn."""
        run_here(*TURN)
        session = state_dir / "sessions" / "s.json"
        before = session.read_bytes()
        with full_disk():
            done = run_here(*TURN)
        assert (done.code, done.out) == (2, "hello\n")
        said = f"llmcli: cannot write {session}: File too large: this turn is not in the session"
        assert done.err.splitlines()[-1] == said
        assert session.read_bytes() == before
        assert [each.name for each in session.parent.iterdir() if each.suffix not in (".json", ".lock")] == []

    def test_turns_of_one_run_go_on_from_one_that_was_not_kept(self, run_here: RunLlmcli) -> None:
        with full_disk():
            lines = b"sim:echo one\nsim:echo two\n"
            done = run_here("chat", "-m", "sim", "--session", "s", "--json", input=lines)
        first, second = (json.loads(line) for line in done.out.splitlines())
        assert (done.code, first["text"], second["text"]) == (2, "one", "two")
        assert second["usage"]["input_tokens"] > first["usage"]["input_tokens"]

    def test_a_line_of_the_usage_log_that_was_cut_off_spoils_no_other(
        self, isolated: Path, run_here: RunLlmcli
    ) -> None:
        log = isolated / "usage.jsonl"
        env = {"LLMCLI_USAGE_LOG": str(log)}
        run_here(*ASK, env=env)
        whole = log.stat().st_size
        with full_disk(whole + 10):
            assert "llmcli: cannot write usage_log" in run_here(*ASK, env=env).err
        assert log.stat().st_size == whole + 10
        run_here(*ASK, env=env)
        lines = log.read_text().splitlines()
        assert len(lines) == 3
        assert [json.loads(line)["status"] for line in (lines[0], lines[2])] == ["ok", "ok"]

    @pytest.mark.parametrize(
        "arguments",
        [
            ASK,
            (*ASK, "--json"),
            ("stream", *ASK[1:]),
            ("stream", *ASK[1:], "--json"),
            ("chat", "-m", "sim"),
            ("chat", "-m", "sim", "--json"),
            ("extract", "-n", "-m", "sim", "--schema", "name", "x"),
            ("batch", "-m", "sim", "--lines", "--progress", "none"),
            ("cost", "report"),
            ("models",),
            ("--help",),
            ("--version",),
        ],
        ids=" ".join,
    )
    def test_a_stdout_without_room_is_said_once(self, arguments: tuple[str, ...], state_dir: Path) -> None:
        """And is no closed pipe; nothing more is asked of a model that nobody would see."""
        with Path("/dev/full").open("wb", buffering=0) as full:
            printed = TextIOWrapper(full, write_through=True)  # where Typer prints help to
            err = BytesIO()
            app = App(Streams(BytesIO(b"one\ntwo\n"), full, err))
            with redirect_stdout(printed):
                code = run(arguments, app)
            app.close()
            printed.detach()
        assert (code, err.getvalue()) == (2, b"llmcli: cannot write to stdout: No space left on device\n")
        if arguments[0] == "chat":
            assert len(ledger_rows(state_dir)) == 1


class TestReadOnlyHome:
    @pytest.mark.parametrize("before", [0, 1])
    def test_what_needs_no_record_goes_on(self, before: int, home: Path, run_here: RunLlmcli) -> None:
        for _ in range(before):
            run_here(*ASK)
        with read_only(home):
            answered_with_a_warning(run_here(*ASK))
            capped = run_here(*ASK, "--max-cost", "5")
            report = run_here("cost", "report", "--json")
        assert (capped.code, capped.out) == (11, "")
        assert (report.code, report.json["total"]["attempts"]) == (0, before)

    def test_the_warning_names_the_file_and_the_reason_without_python_s_words(
        self, home: Path, state_dir: Path, run_here: RunLlmcli
    ) -> None:
        with read_only(home):
            said = run_here(*ASK).err
        assert said == f"{CANNOT}{state_dir / LEDGER_FILE}, this run is not recorded: Permission denied\n"

    def test_a_session_that_cannot_be_kept_is_not_begun(self, home: Path, state_dir: Path, run_here: RunLlmcli) -> None:
        """Nothing is sent, so that nothing is paid for; what is kept can be read."""
        run_here(*TURN)
        with read_only(home):
            done = run_here(*TURN)
            shown = run_here("chat", "--show", "s", "--json")
            removed = run_here("chat", "--rm", "s")
        assert (done.code, done.out, removed.code) == (2, "", 2)
        assert done.err == f"llmcli: cannot lock {state_dir}/sessions/s.lock: Permission denied\n"
        assert len(shown.json["conversation"]["turns"]) == 1
        assert len(ledger_rows(state_dir)) == 1

    @pytest.mark.parametrize(
        ("arguments", "file"),
        [
            (("config", "init"), "config/llmcli/config.toml"),
            (("config", "trust", "llmcli.toml"), "config/llmcli/trusted.json"),
            (("completion", "install", "--shell", "fish"), "config/fish/completions/llmcli.fish"),
            (("cost", "prune", "--older-than", "1d"), "state/llmcli/ledger.db"),
        ],
        ids=lambda value: value if isinstance(value, str) else " ".join(value),
    )
    def test_what_is_to_be_written_there_is_exit_2(
        self, arguments: tuple[str, ...], file: str, isolated: Path, home: Path, run_here: RunLlmcli
    ) -> None:
        run_here(*ASK)
        (isolated / "llmcli.toml").write_text("retries = 1\n")
        with read_only(home):
            done = run_here(*arguments)
        assert (done.code, done.out) == (2, "")
        assert f"{home / file}: " in done.err
        assert done.err.count("\n") == 1


class TestNoHome:
    def test_a_home_that_is_no_directory_is_a_warning(
        self, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """As service accounts have it."""
        for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            monkeypatch.delenv(name)
        env = {"HOME": "/dev/null"}
        answered_with_a_warning(run_here(*ASK, env=env))
        assert "Not a directory" in run_here(*ASK, env=env).err
        assert run_here(*TURN, env=env).code == 2
        assert run_here("cost", "report", env=env).out == "no calls\n"

    def test_without_any_completion_is_not_installed(
        self, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def nobody(uid: int) -> None:
            raise KeyError(uid)

        monkeypatch.setattr("pwd.getpwuid", nobody)
        for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            monkeypatch.delenv(name)
        done = run_here("completion", "install", "--shell", "bash")
        assert (done.code, done.err.count("\n")) == (3, 1)
        assert "there is no home directory: set HOME" in done.err


class TestClockSetBack:
    """By three days, while the ledger has attempts of what is now the future."""

    NOW, FUTURE = at("2026-11-10T12:00+00:00"), at("2026-11-13T12:00+00:00")

    @pytest.fixture
    def book(self, state_dir: Path) -> Iterator[Book]:
        made = Book(state_dir)
        for moment, usd in ((self.FUTURE, "0.5"), (self.NOW, "0.25"), (self.NOW - 60, "0.125")):
            made.call(moment, limited(), ok(usd))
        yield made
        made.close()

    def test_a_budget_counts_each_day_what_it_took(self, book: Book) -> None:
        """Also the day that is to come a second time."""
        budget = Budget(BudgetSettings(daily_usd=Decimal(1)), UTC)
        with reading(book.ledger.path) as connection:
            assert connection is not None
            taken = [total(connection, *budget.all_caps(moment)).taken for moment in (self.NOW, self.FUTURE)]
        assert taken == [Decimal("0.375"), Decimal("0.5")]

    def test_nothing_is_left_out_of_reports_and_the_log(self, book: Book, run_here: RunLlmcli) -> None:
        env = {"LLMCLI_TIME_ZONE": "UTC"}
        report = run_here("cost", "report", "--by", "day", "--json", env=env).json
        assert {row["day"]: row["cost_usd"] for row in report["rows"]} == {"2026-11-10": "0.375", "2026-11-13": "0.5"}
        log = [json.loads(line) for line in run_here("cost", "log", env=env).out.splitlines()]
        assert [each["time"][8:16] for each in log if each["last"]] == ["10T11:59", "10T12:00", "13T12:00"]

    def test_pruning_takes_what_is_old_by_its_time(self, book: Book) -> None:
        assert prune(book.ledger.path, self.NOW + 3600, self.NOW + 3600, vacuum=False).attempts == 4

    def test_the_same_session_goes_on(self, state_dir: Path, run_here: RunLlmcli) -> None:
        """Its file is of the future, and is replaced all the same."""
        run_here(*TURN)
        session = state_dir / "sessions" / "s.json"
        os.utime(session, (time.time() + 10**6, time.time() + 10**6))
        assert run_here(*TURN).code == 0
        assert len(run_here("chat", "--show", "s", "--json").json["conversation"]["turns"]) == 2
        assert session.stat().st_mtime < time.time() + 60
