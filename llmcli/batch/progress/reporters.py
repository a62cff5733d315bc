"""The ways of showing progress: a bar, a plain line now and then, JSON lines, nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from llmcli.batch.progress import words
from llmcli.batch.progress.snapshot import Snapshot, Speedometer
from llmcli.choices import ProgressStyle
from llmcli.render import to_json
from llmcli.streams import Streams

LINE_EVERY_S = 30.0
JSON_EVERY_S = 1.0


class Reporter(Protocol):
    """Is told how far the job is as often as one likes; shows it as often as is good."""

    def update(self, snapshot: Snapshot) -> None: ...

    def note(self, text: str) -> None:
        """Say something besides, without getting into the way of what is shown."""

    def close(self, snapshot: Snapshot) -> None:
        """Show the end."""


def reporter_for(style: ProgressStyle, streams: Streams, clock: Callable[[], float]) -> Reporter:
    """`auto` is a bar at a terminal and a line now and then elsewhere; with `-q` it is nothing."""
    if style == "auto" and streams.verbosity < 0:
        style = "none"
    match style:
        case "none":
            return Silent(streams)
        case "json":
            return JsonLines(streams, clock)
        case "auto" | "bar" if streams.stderr_is_tty:
            from llmcli.batch.progress.bar import Bar

            return Bar(streams, clock)
        case _:
            return Lines(streams, clock)


class Silent:
    """Shows nothing but notes."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def update(self, snapshot: Snapshot) -> None:
        pass

    def note(self, text: str) -> None:
        self._streams.note(text)

    def close(self, snapshot: Snapshot) -> None:
        pass


class _Timed:
    """Shows something in even distances, and the end."""

    every_s: float

    def __init__(self, streams: Streams, clock: Callable[[], float]) -> None:
        self._streams = streams
        self._clock = clock
        self._speed = Speedometer()
        self._began = self._shown_at = clock()

    def update(self, snapshot: Snapshot) -> None:
        now = self._clock()
        if now - self._shown_at < self.every_s:
            self._speed.take(now, snapshot)
            return
        self._shown_at = now
        self._show(now, snapshot, final=False)

    def note(self, text: str) -> None:
        self._streams.note(text)

    def close(self, snapshot: Snapshot) -> None:
        self._show(self._clock(), snapshot, final=True)

    def _show(self, now: float, snapshot: Snapshot, *, final: bool) -> None:
        raise NotImplementedError


class Lines(_Timed):
    """A plain line every 30 s, for logs."""

    every_s = LINE_EVERY_S

    def _show(self, now: float, snapshot: Snapshot, *, final: bool) -> None:
        self._streams.say(f"llmcli: {words.line(snapshot, self._speed.take(now, snapshot))}")


class JsonLines(_Timed):
    """One JSON object a second, for programs."""

    every_s = JSON_EVERY_S

    def _show(self, now: float, snapshot: Snapshot, *, final: bool) -> None:
        found = words.event(snapshot, self._speed.take(now, snapshot), now - self._began, final=final)
        self._streams.say(to_json(found).rstrip("\n"))
