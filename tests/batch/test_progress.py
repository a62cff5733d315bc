"""progress: what is shown where, how often, and that it is never wrong about the end."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from io import BytesIO

import pytest

from llmcli.batch.progress.reporters import Reporter, reporter_for
from llmcli.batch.progress.snapshot import Snapshot, Speedometer
from llmcli.batch.progress.words import duration, percent
from llmcli.choices import ProgressStyle
from llmcli.streams import Streams

from ..helpers import ROOT


class Stage:
    """A reporter on a clock of its own, and what it has written to stderr."""

    def __init__(self, style: ProgressStyle, *, tty: bool = False, quiet: bool = False) -> None:
        self.now = 100.0
        self.err = BytesIO()
        self.streams = Streams(None, BytesIO(), self.err, stderr_is_tty=tty, verbosity=-1 if quiet else 0)
        self.reporter: Reporter = reporter_for(style, self.streams, lambda: self.now)

    @property
    def lines(self) -> list[str]:
        return self.err.getvalue().decode().splitlines()

    def run(self, seconds: int, rows_per_s: int = 10, total: int = 1000) -> None:
        """Ten updates a second, and the end."""
        for tick in range(1, seconds * 10 + 1):
            self.now = 100.0 + tick / 10
            self.reporter.update(snapshot(rows_per_s * tick // 10, total))
        self.reporter.close(snapshot(rows_per_s * seconds, total))


def snapshot(done: int, total: int = 1000, failed: int = 0) -> Snapshot:
    return Snapshot(
        total, done, failed, in_flight=7, concurrency=16, tokens=done * 50, spent_usd=Decimal(done) / Decimal(1000)
    )


def test_without_a_terminal_there_is_a_plain_line_every_half_minute_and_at_the_end() -> None:
    stage = Stage("auto")
    stage.run(95)
    assert len(stage.lines) == 4
    assert stage.lines[1] == (
        "llmcli: 600 of 1,000 rows (60 %) · 10 rows/s · 500 tokens/s · $0.6000 of ~$1.0000"
        " · 40 s left · 7 of 16 at once"
    )
    assert stage.lines[-1].startswith("llmcli: 950 of 1,000 rows (95 %)")


def test_json_is_an_object_a_second_and_a_final_one() -> None:
    stage = Stage("json", tty=True)
    stage.run(5)
    events = [json.loads(line) for line in stage.lines]
    assert [event["final"] for event in events] == [False] * 5 + [True]
    assert events[3] == {
        "type": "progress",
        "final": False,
        "total": 1000,
        "done": 40,
        "failed": 0,
        "in_flight": 7,
        "concurrency": 16,
        "elapsed_s": 4.0,
        "left_s": pytest.approx(96, abs=3),
        "rows_per_s": pytest.approx(10, abs=0.3),
        "tokens_per_s": pytest.approx(500, abs=15),
        "spent_usd": "0.040000",
        "projected_usd": "1.000000",
        "held": None,
    }


@pytest.mark.parametrize(("style", "quiet"), [("none", False), ("auto", True)])
def test_none_and_quiet_show_nothing(style: ProgressStyle, quiet: bool) -> None:
    stage = Stage(style, tty=True, quiet=quiet)
    stage.run(60)
    assert stage.lines == []


def test_at_a_terminal_there_is_a_bar_that_is_redrawn_five_times_a_second_at_most() -> None:
    stage = Stage("auto", tty=True)
    stage.run(10)
    text = stage.err.getvalue().decode()
    assert "100/1,000 10 %" in text
    assert "10 rows/s" in text
    assert "━" in text
    assert "2 min left · 7 of 16 at once" in text, "it does not fit into 80 columns"
    assert 40 <= text.count("rows/s") <= 52


def test_a_bar_is_not_drawn_where_there_is_no_terminal() -> None:
    stage = Stage("bar")
    stage.run(31)
    assert stage.lines[0].startswith("llmcli: 300 of")


def test_notes_stand_above_the_bar_without_secrets_markup_or_control_characters() -> None:
    stage = Stage("bar", tty=True)
    stage.streams.hide("sk-secret-0123456789")
    stage.reporter.note("row 7: [red]no\x1b[2J sk-secret-0123456789")
    stage.reporter.close(snapshot(1))
    text = stage.err.getvalue().decode()
    assert "llmcli: row 7: [red]no[2J ***" in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)
    assert "\x1b[2J" not in text


def test_a_terminal_that_is_gone_does_not_stop_the_job() -> None:
    class Gone(BytesIO):
        def write(self, data: object) -> int:
            raise BrokenPipeError

    streams = Streams(None, None, Gone(), stderr_is_tty=True)
    reporter = reporter_for("bar", streams, lambda: 0.0)
    reporter.update(snapshot(1))
    reporter.close(snapshot(2))
    assert streams.stderr is None


def test_why_nothing_is_sent_stands_in_place_of_the_time_left() -> None:
    stage = Stage("plain")
    stage.reporter.close(Snapshot(10, 1, 2, 0, 4, held="paused by the server for 20 s"))
    assert stage.lines == ["llmcli: 3 of 10 rows (30 %) · 2 failed · paused by the server for 20 s · 0 of 4 at once"]


def test_rates_are_those_of_the_last_half_minute() -> None:
    meter = Speedometer()
    for second in range(101):
        done = second * 10 if second < 60 else 600 + (second - 60)
        speed = meter.take(float(second), snapshot(done, total=740))
    assert speed.rows_per_s == pytest.approx(1.0)
    assert speed.left_s == pytest.approx(100)


def test_what_a_resumed_job_did_before_counts_neither_for_speed_nor_for_the_forecast() -> None:
    meter = Speedometer()
    assert meter.take(0.0, Snapshot(1000, 800, 0, 1, 4, before=800, spent_usd=Decimal(0))).projected_usd is None
    speed = meter.take(10.0, Snapshot(1000, 850, 0, 1, 4, before=800, spent_usd=Decimal(1)))
    assert (speed.rows_per_s, speed.projected_usd) == (5.0, Decimal(4))


def test_a_clock_that_stands_still_or_an_empty_job_is_no_division_by_zero() -> None:
    meter = Speedometer()
    meter.take(5.0, snapshot(1))
    assert meter.take(5.0, snapshot(2)).rows_per_s is None
    assert percent(Snapshot(0, 0, 0, 0, 0)) == "100 %"
    assert percent(Snapshot(1000, 999, 0, 0, 0)) == "99 %"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (89, "89 s"), (91, "2 min"), (5399, "1 h 30 min"), (12_000, "3 h 20 min")]
)
def test_lengths_of_time_are_as_precise_as_is_of_use(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_rich_is_loaded_only_for_a_bar() -> None:
    script = (
        "import sys\nfrom io import BytesIO\nfrom llmcli.streams import Streams\n"
        "from llmcli.batch.progress.reporters import reporter_for\n"
        "for style in ('auto', 'plain', 'json', 'none'):\n"
        "    reporter_for(style, Streams(None, None, BytesIO()), lambda: 0.0)\n"
        "print('rich' in sys.modules)\n"
        "reporter_for('bar', Streams(None, None, BytesIO(), stderr_is_tty=True), lambda: 0.0)\n"
        "print('rich' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == ["False", "True"]
