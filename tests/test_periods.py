"""Days and months are those of the wall clock, whatever summer time does to them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest

from llmcli.errors import ConfigError
from llmcli.periods import Period, day_of, month_of, zone_named

BERLIN = ZoneInfo("Europe/Berlin")
HOUR_S = 3600.0


def moment(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


@contextmanager
def machine_in(name: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(params=["named", "of the machine"])
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tzinfo | None]:
    """Berlin's time, named in the settings or set on the machine."""
    if request.param == "named":
        yield BERLIN
        return
    with machine_in("Europe/Berlin", monkeypatch):
        yield None


@pytest.mark.parametrize(
    ("now", "since", "hours"),
    [
        ("2026-11-20T12:00:00+01:00", "2026-11-20T00:00:00+01:00", 24),
        ("2026-11-20T00:00:00+01:00", "2026-11-20T00:00:00+01:00", 24),
        ("2026-11-19T23:59:59+01:00", "2026-11-19T00:00:00+01:00", 24),
        ("2026-11-19T23:30:00+00:00", "2026-11-20T00:00:00+01:00", 24),  # another day there than in UTC
        ("2026-03-29T12:00:00+02:00", "2026-03-29T00:00:00+01:00", 23),  # an hour is left out
        ("2026-10-25T01:30:00+02:00", "2026-10-25T00:00:00+02:00", 25),  # and comes twice
        ("2026-10-25T02:30:00+01:00", "2026-10-25T00:00:00+02:00", 25),
        ("2026-10-25T23:59:59+01:00", "2026-10-25T00:00:00+02:00", 25),
    ],
)
def test_a_day_is_from_midnight_to_midnight(zone: tzinfo | None, now: str, since: str, hours: int) -> None:
    assert day_of(moment(now), zone) == Period(moment(since), moment(since) + hours * HOUR_S)


@pytest.mark.parametrize(
    ("now", "since", "until"),
    [
        ("2026-11-20T12:00:00+01:00", "2026-11-01T00:00:00+01:00", "2026-12-01T00:00:00+01:00"),
        ("2026-12-31T23:59:59+01:00", "2026-12-01T00:00:00+01:00", "2027-01-01T00:00:00+01:00"),
        ("2026-03-31T23:59:59+02:00", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
        ("2026-02-28T22:59:59+00:00", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00"),
        ("2026-02-28T23:00:00+00:00", "2026-03-01T00:00:00+01:00", "2026-04-01T00:00:00+02:00"),
    ],
)
def test_a_month_is_from_its_first_midnight_to_the_next(zone: tzinfo | None, now: str, since: str, until: str) -> None:
    assert month_of(moment(now), zone) == Period(moment(since), moment(until))


@pytest.mark.parametrize("name", ["Mars/Olympus", "../etc/passwd", "/etc/passwd", "Europe", ""])
def test_what_is_no_time_zone_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="unknown time zone"):
        zone_named(name)


def test_a_machine_whose_time_zone_is_none_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    with machine_in("UTC+25", monkeypatch), pytest.raises(ConfigError, match=r'TZ="UTC\+25", is none'):
        day_of(0.0, None)
