"""Days and months as people count them: in a time zone, with its summer time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from llmcli.errors import ConfigError


@dataclass(frozen=True)
class Period:
    """From `since` until just before `until`, in seconds since 1970."""

    since: float
    until: float


def zone_named(name: str | None) -> tzinfo | None:
    """The time zone called `name`, such as Europe/Berlin; None is the machine's own. Raises ConfigError."""
    if name is None:
        return None
    from zoneinfo import ZoneInfo

    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError) as error:  # also a name that is a folder, or leads out of the database
        raise ConfigError(
            f'unknown time zone "{name}"', hint="name one like Europe/Berlin, or install tzdata"
        ) from error


def local(moment: float, zone: tzinfo | None) -> datetime:
    """What the clock on the wall says. Raises ConfigError if the machine's own is a day or more from UTC."""
    if zone:
        return datetime.fromtimestamp(moment, zone)
    naive = datetime.fromtimestamp(moment)
    try:
        return naive.astimezone()
    except ValueError as error:  # the C library takes an offset such as UTC+25 that Python does not
        raise ConfigError(
            f'the time zone of this machine, TZ="{os.environ.get("TZ", "")}", is none', hint="set time_zone"
        ) from error


def day_of(moment: float, zone: tzinfo | None) -> Period:
    """The day that `moment` falls on: 23 or 25 hours of it when the clock changes."""
    start = local(moment, zone).date()
    return Period(
        _midnight(datetime.combine(start, datetime.min.time()), zone),
        _midnight(datetime.combine(start + timedelta(days=1), datetime.min.time()), zone),
    )


def month_of(moment: float, zone: tzinfo | None) -> Period:
    """The calendar month that `moment` falls in."""
    today = local(moment, zone)
    first = datetime(today.year, today.month, 1)
    following = datetime(today.year + today.month // 12, today.month % 12 + 1, 1)
    return Period(_midnight(first, zone), _midnight(following, zone))


def hour_of(moment: float, zone: tzinfo | None) -> Period:
    """The hour that `moment` falls in, by the clock on the wall: an hour that comes twice in autumn is two."""
    offset = local(moment, zone).utcoffset() or timedelta()
    start = moment - (moment + offset.total_seconds()) % 3600
    return Period(round(start), round(start) + 3600)


def _midnight(naive: datetime, zone: tzinfo | None) -> float:
    return (naive.replace(tzinfo=zone) if zone else naive).timestamp()
