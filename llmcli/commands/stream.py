"""One prompt in, the answer out as it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typer import Context

from llmcli.commands.begin import begin
from llmcli.commands.options import (
    CallOptions,
    GeneralOptions,
    InputOptions,
    ModelOptions,
    OutputOptions,
    Prompt,
    StreamOptions,
)

if TYPE_CHECKING:
    from llmcli.errors import LlmcliError
    from llmcli.messages import Delta
    from llmcli.models import Route
    from llmcli.streams import Streams


def stream(
    context: Context,
    inputs: InputOptions,
    model: ModelOptions,
    call: CallOptions,
    streaming: StreamOptions,
    output: OutputOptions,
    general: GeneralOptions,
    prompt: Prompt = None,
) -> None:
    """One prompt in, the answer out as it is written, token by token."""
    app = begin(context, general, inputs, model, call, streaming)
    from llmcli.commands.deliver import Delivery
    from llmcli.commands.once import once

    delivery = Delivery(app.streams, output)
    app.deliver_failure = delivery.failure
    live = _JsonEvents(app.streams) if output.json else _Text(app.streams, silent=output.code)
    keep_text = output.json or output.code or output.output is not None
    outcome = once(app, prompt, inputs, call, output, live=live, keep_text=keep_text)
    if outcome is not None:
        live.end()
        delivery.deliver(outcome, already_shown=live.shown)


class _Text:
    """Prints the answer as it comes; with `-x` nothing is known to be code until the end."""

    def __init__(self, streams: Streams, *, silent: bool) -> None:
        self._streams = streams
        self._silent = silent
        self._last = ""
        self.shown = not silent

    def start(self, route: Route) -> None:
        """Text has no head."""

    def delta(self, delta: Delta) -> None:
        if delta.kind == "text" and not self._silent:
            self._last = delta.text
            self._streams.write(delta.text)

    def retry(self, attempt: int, wait_s: float, error: LlmcliError) -> None:
        """Nothing on stdout: retries happen before the first piece only."""

    def end(self) -> None:
        """Leave the cursor on a new line, also after an answer that broke off."""
        if self._last and not self._last.endswith("\n"):
            self._streams.write("\n")


class _JsonEvents:
    """Prints one JSON object a line: start, delta, reasoning, retry. The result line is the envelope."""

    shown = False

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def start(self, route: Route) -> None:
        self._print({"type": "start", "command": "stream", "provider": route.provider, "model": route.asked})

    def delta(self, delta: Delta) -> None:
        self._print({"type": "delta" if delta.kind == "text" else "reasoning", "text": delta.text})

    def retry(self, attempt: int, wait_s: float, error: LlmcliError) -> None:
        from llmcli.render import error_fields

        self._print({"type": "retry", "attempt": attempt, "delay_s": round(wait_s, 3), "error": error_fields(error)})

    def end(self) -> None:
        """The result line ends the output."""

    def _print(self, event: dict[str, object]) -> None:
        from llmcli.render import to_json

        self._streams.write(to_json(event))
