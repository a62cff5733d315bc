"""One call from Python, by the same way as a command's."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from llmcli import attachments, prompt
from llmcli.app import App
from llmcli.errors import InterruptedRunError, UsageError, one_line
from llmcli.exchange import Exchange
from llmcli.library import slips
from llmcli.library.options import File, Options, check_names, settings_of
from llmcli.library.work import Work
from llmcli.messages import Delta, Part, Request
from llmcli.providers.base import check_headers
from llmcli.streams import Streams

if TYPE_CHECKING:
    from llmcli.render import Outcome

T = TypeVar("T")

_LOG = logging.getLogger("llmcli")
_LOG.addHandler(logging.NullHandler())  # silent unless the program that uses us wants to hear


class LoggedStreams(Streams):
    """No streams: what a command would tell a person goes to the logger `llmcli`."""

    def note(self, text: str) -> None:
        _LOG.warning(self.mask(one_line(text)))

    def detail(self, text: str) -> None:
        _LOG.info(self.mask(one_line(text)))


@dataclass
class Run:
    """What one call is made with. `bare` is its request without a message."""

    app: App
    exchange: Exchange
    bare: Request
    reading: attachments.ReadOptions
    tags: dict[str, str]

    @classmethod
    def begin(
        cls,
        command: str,
        model: str | None,
        system: str | None,
        options: Options,
        known: Collection[str] = Options.__optional_keys__,
    ) -> Run:
        """Reads the configuration. Raises TypeError for a keyword not `known`, UsageError and ConfigError."""
        check_names(command, options, known)
        app = App(LoggedStreams(None, None, None), command=command, flags=settings_of(model, system, options))
        app.unpriced = options.get("allow_unknown_price", False)
        headers, parameters = options.get("headers") or {}, options.get("parameters") or {}
        check_headers(headers, "headers")
        if "stream" in parameters:
            raise UsageError("stream is not one of the parameters", hint="use llmcli.stream")
        settings = app.config.settings
        bare = prompt.bare_request(
            settings,
            show_reasoning=options.get("show_reasoning", False),
            json_object=options.get("json_object", False),
            parameters=parameters,
            headers=headers,
        )
        reading = attachments.ReadOptions(options.get("by_url", False), settings.image_max_px)
        tags = dict(options.get("tags") or {})
        return cls(app, Exchange(app, tags), replace(bare, system=settings.system), reading, tags)

    def request(self, text: str, files: Sequence[File]) -> Request:
        """The request, ready to be sent. Raises AuthError before anything is read, UsageError for what cannot be."""
        self.exchange.ready()
        message = prompt.assemble(slips.text(text), None, self.app.config.settings.stdin_as, self.parts(files))
        return self.exchange.prepared(replace(self.bare, messages=(message,)))

    def parts(self, files: Sequence[File]) -> list[Part]:
        """The files' content. Raises UsageError."""
        return [
            attachments.read_file(os.fspath(file), _no_stdin, self.reading) for file in slips.several("files", files)
        ]

    async def outcome(self, request: Request, show: Callable[[Delta], None] | None = None) -> Outcome:
        """How the call went, streamed to `show`. Raises what no call came of."""
        on_delta, finish = None, None
        if show is not None:
            on_delta, finish = self.exchange.revealing(show, as_json=request.json_object)
        outcome = await self.exchange.answer(request, on_delta=on_delta)
        if finish is not None:
            finish()
        return self.exchange.revealed(outcome, as_json=request.json_object)

    async def closing(self, work: Coroutine[Any, Any, T]) -> T:
        """What `work` gives; nothing stays open."""
        try:
            return await work
        finally:
            await self.exchange.close()
            self.app.close()

    def stop(self, work: Work[Outcome]) -> None:
        """End the call; its outcome is what arrived until now."""
        self.app.interruption = InterruptedRunError()
        work.stop()


def _no_stdin() -> bytes:
    raise UsageError('a file called "-" would be stdin, which is your program\'s', hint="give its text as the prompt")
