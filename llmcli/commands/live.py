"""An answer as it comes: plain text, or one JSON object a line."""

from __future__ import annotations

from typing import Protocol

from llmcli.errors import LlmcliError
from llmcli.messages import Delta
from llmcli.models import Route
from llmcli.render import error_fields, to_json
from llmcli.streams import Streams


class Live(Protocol):
    """Somebody who is told how a call goes while it goes."""

    def start(self, route: Route) -> None: ...
    def delta(self, delta: Delta) -> None: ...
    def retry(self, attempt: int, wait_s: float, error: LlmcliError) -> None: ...
    def end(self) -> None: ...


class LiveText:
    """Prints the answer as it comes; `silent` prints none of it. Reasoning goes to stderr if it is wanted."""

    def __init__(self, streams: Streams, *, silent: bool = False, reasoning: bool = False) -> None:
        self._streams = streams
        self._silent = silent
        self._reasoning = reasoning
        self._last = ""
        self._thinking = False
        self.shown = not silent

    def start(self, route: Route) -> None:
        """Text has no head."""

    def delta(self, delta: Delta) -> None:
        if delta.kind == "reasoning":
            if self._reasoning:
                self._thinking = True
                self._streams.block(delta.text)
            return
        self._end_thinking()
        if delta.text and not self._silent:  # Anthropic's API may send empty pieces
            self._last = delta.text
            self._streams.write(delta.text)

    def retry(self, attempt: int, wait_s: float, error: LlmcliError) -> None:
        """Nothing on stdout: retries happen before the first piece only."""

    def end(self) -> None:
        """Leave the cursor on a new line, also after an answer that broke off."""
        self._end_thinking()
        if self._last and not self._last.endswith("\n"):
            self._streams.write("\n")

    def _end_thinking(self) -> None:
        if self._thinking:
            self._thinking = False
            self._streams.block("\n")


class LiveJson:
    """Prints one JSON object a line: start, delta, reasoning, retry. The result line is the envelope."""

    shown = False

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def start(self, route: Route) -> None:
        self._print({"type": "start", "command": "stream", "provider": route.provider, "model": route.asked})

    def delta(self, delta: Delta) -> None:
        self._print({"type": "delta" if delta.kind == "text" else "reasoning", "text": delta.text})

    def retry(self, attempt: int, wait_s: float, error: LlmcliError) -> None:
        self._print({"type": "retry", "attempt": attempt, "delay_s": round(wait_s, 3), "error": error_fields(error)})

    def end(self) -> None:
        """The result line ends the output."""

    def _print(self, event: dict[str, object]) -> None:
        self._streams.write(to_json(event))
