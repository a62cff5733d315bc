"""cost report --chart and --plot: spend by day and model, and how latencies are distributed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ..helpers import RunLlmcli
from ..ledgers import Book, at, ok

NOON = at("2026-11-10T12:00+00:00")


@pytest.fixture
def book(state_dir: Path) -> Iterator[Book]:
    made = Book(state_dir)
    yield made
    made.close()


def test_the_chart_is_text_with_a_bar_for_each_day_and_class(
    book: Book, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bars are as long as what they stand for, gaps are days too, and models tell apart."""
    monkeypatch.setenv("COLUMNS", "60")
    book.call(NOON, ok("3", 150), models=("dear",))
    book.call(NOON, ok("1", 200), models=("cheap",))
    book.call(NOON - 2 * 86_400, ok("2", 30_000), models=("dear",))
    book.call(NOON, ok(None, 800), models=("strange",))
    lines = run_here("cost", "report", "--chart", env={"LLMCLI_TIME_ZONE": "UTC"}).out.splitlines()
    first = lines.index("USD by day and model, without 1 attempts of unknown price")
    days = [line.split() for line in lines[first + 1 : first + 4]]
    assert [day[0] for day in days] == ["2026-11-08", "2026-11-09", "2026-11-10"]
    assert [day[-1] for day in days] == ["2.0000", "0.0000", "4.0000"]
    whole = len(days[2][1])
    assert (days[0][1], days[2][1].count("█"), days[2][1].count("▓")) == (
        "█" * (whole // 2),
        whole * 3 // 4,
        whole // 4,
    )
    assert lines[first + 4 : first + 6] == ["██ dear: 5.0000 USD", "▓▓ cheap: 1.0000 USD"]
    classes = {line.rsplit(None, 1)[0].rstrip(" █"): line.split()[-1] for line in lines[first + 8 :]}
    assert (classes["to 200 ms"], classes["to 500 ms"], classes["to 1 s"], classes["to 50 s"]) == ("2", "0", "1", "1")
    assert max(map(len, lines[first:])) <= 60


@pytest.mark.parametrize(("name", "begins"), [("spend.png", b"\x89PNG\r\n"), ("spend.SVG", b"<?xml")])
def test_a_picture_is_drawn_into_a_file(
    name: str, begins: bytes, book: Book, isolated: Path, run_here: RunLlmcli
) -> None:
    """The table is printed all the same; a picture of nothing is one too."""
    for calls in (0, 3):
        for number in range(calls):
            book.call(NOON, ok("3", 150 + number), models=("dear",))
        done = run_here("cost", "report", "--plot", name, "--since", "2026-01-01")
        assert (done.code, done.err) == (0, "")
        assert (isolated / name).read_bytes().startswith(begins)
        assert done.out.startswith("MODEL" if calls else "no calls")
    if name.endswith("SVG"):
        assert b"<!-- dear -->" in (isolated / name).read_bytes()


@pytest.mark.parametrize(
    ("latencies_ms", "marks"),
    [((16, 19), ("0.016", "0.018")), ((16, 160), ("0.02", "0.05", "0.1")), ((16, 160_000), ("0.1", "1", "10", "100"))],
    ids=["alike", "a decade", "far apart"],
)
def test_a_picture_of_latencies_has_marks_on_its_axis(
    latencies_ms: tuple[int, int], marks: tuple[str, ...], book: Book, isolated: Path, run_here: RunLlmcli
) -> None:
    for latency_ms in latencies_ms:
        book.call(NOON, ok("0.00003", latency_ms))
    assert run_here("cost", "report", "--plot", "spend.svg", "--since", "2026-01-01").code == 0
    drawn = (isolated / "spend.svg").read_text()
    assert [mark for mark in marks if f"<!-- {mark} -->" not in drawn] == []
    assert "<!-- 1e" not in drawn  # what a small sum has to be multiplied by


def test_without_matplotlib_it_says_how_to_get_it(
    isolated: Path, run_here: RunLlmcli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    done = run_here("cost", "report", "--plot", "spend.png")
    assert (done.code, done.out) == (2, "")
    assert "pip install 'llmcli[plot]'" in done.err
    assert list(isolated.iterdir()) == []


def test_a_picture_that_cannot_be_written_is_a_usage_error(isolated: Path, run_here: RunLlmcli) -> None:
    done = run_here("cost", "report", "--plot", "no/such/folder.png")
    assert done.code == 2
    assert "no/such/folder.png" in done.err
