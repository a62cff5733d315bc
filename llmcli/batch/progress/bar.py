"""A bar on a terminal's stderr. The only file that loads rich, and only when it is used."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO, cast

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from llmcli.batch.progress import words
from llmcli.batch.progress.snapshot import Snapshot, Speedometer
from llmcli.errors import one_line
from llmcli.streams import Streams

DRAW_EVERY_S = 0.2
BAR_WIDTH = 30


class Bar:
    """Two lines, redrawn in place, five times a second at most."""

    def __init__(self, streams: Streams, clock: Callable[[], float]) -> None:
        assert streams.stderr is not None
        self._streams = streams
        self._clock = clock
        self._speed = Speedometer()
        self._drawn_at = float("-inf")
        self._console = Console(file=cast(IO[str], _Stderr(streams)), force_terminal=True, highlight=False)
        # Drawn by `update` alone: no thread of rich's own that writes whenever it likes.
        self._live = Live(console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
        self._live.start()

    def update(self, snapshot: Snapshot) -> None:
        now = self._clock()
        if now - self._drawn_at >= DRAW_EVERY_S:
            self._draw(now, snapshot)

    def note(self, text: str) -> None:
        """Above the bar. What comes from a server cannot move the cursor: `Text` knows no markup."""
        self._console.print(Text(f"llmcli: {self._streams.mask(one_line(text))}"))

    def close(self, snapshot: Snapshot) -> None:
        self._draw(self._clock(), snapshot)
        self._live.stop()

    def _draw(self, now: float, snapshot: Snapshot) -> None:
        self._drawn_at = now
        speed = self._speed.take(now, snapshot)
        row = Table.grid(padding=(0, 1))
        head = f"{snapshot.settled:,}/{snapshot.total:,} {words.percent(snapshot)}"
        cells: list[RenderableType] = [ProgressBar(snapshot.total or 1, snapshot.settled, width=BAR_WIDTH), Text(head)]
        if snapshot.failed:
            cells.append(Text(f"{snapshot.failed:,} failed", style="red"))
        row.add_row(*cells)
        facts = Text(" · ".join(words.facts(snapshot, speed)), style="dim", overflow="ellipsis", no_wrap=True)
        self._live.update(Group(row, facts), refresh=True)


class _Stderr(io.TextIOBase):
    """stderr as text that may be let go of without being closed; a terminal that is gone is not written to again."""

    encoding = "utf-8"

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if self._streams.stderr is not None:
            try:
                self._streams.stderr.write(text.encode("utf-8", "replace"))
                self._streams.stderr.flush()
            except OSError:
                self._streams.stderr = None
        return len(text)
