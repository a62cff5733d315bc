"""One `extract` from start to end: what is asked, and what becomes of the data."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from llmcli.app import App
from llmcli.attachments import content_of
from llmcli.choices import Evidence
from llmcli.commands.deliver import Delivery
from llmcli.commands.extract.many import Many
from llmcli.commands.extract.options import ExtractOptions
from llmcli.commands.extract.printing import Printer
from llmcli.commands.groups import pairs_of
from llmcli.commands.options import CallOptions, DeliveryOptions, InputOptions, ModelOptions, ToolOptions
from llmcli.commands.request import build
from llmcli.commands.sender import Sender
from llmcli.errors import UsageError
from llmcli.extract.answer.confidence import confidence_of
from llmcli.extract.asking import Asking, NothingFitsError
from llmcli.extract.json_value import identity
from llmcli.extract.quoting.alignment import Source
from llmcli.extract.quoting.sourced import Sourced, sourced_schema
from llmcli.extract.ways import Way
from llmcli.extractor import Extractor
from llmcli.files import check_writable, write_atomic
from llmcli.messages import Reply, Request, TextPart
from llmcli.render import Outcome, summary

if TYPE_CHECKING:
    from llmcli.extract.schema.user import UserSchema
    from llmcli.models import Route


class Extraction:
    """Extracts by one schema, with the models of the settings in order."""

    def __init__(
        self,
        app: App,
        user: UserSchema,
        options: ExtractOptions,
        inputs: InputOptions,
        call: CallOptions,
        output: DeliveryOptions,
        *,
        confidence: bool = False,
    ) -> None:
        self._app = app
        self._options = options
        self._inputs = inputs
        self._output = output
        self._confidence = confidence
        self._sender = Sender(app, inputs, ToolOptions(), pairs_of(call.tag, "--tag"))
        self._extractor = Extractor(app, self._sender, user, options.many, options.mode, options.repair)
        self._sourced: Sourced | None = None
        if options.keep_invalid is not None:
            check_writable(options.keep_invalid, "--keep-invalid")
        if options.key is not None and not options.many:
            raise UsageError("--key without --many", hint="it tells records from each other")
        if options.format is not None and not options.many:
            raise UsageError("--format without --many", hint="one value is JSON")

    def run(self, words: list[str] | None, model: ModelOptions, delivery: Delivery, *, label: bool) -> None:
        """Extract and print. Raises what went wrong."""
        if self._output.print_request or self._inputs.redact_only:
            self._show(self._sender.prepared(build(self._app, words, self._inputs, model), plain=True))
            return
        self._sender.ready()  # a missing key is said before stdin is waited for
        request = build(self._app, words, self._inputs, model, stdin_apart=True)
        if self._options.evidence is not None:
            self._sourced = _sourced(request, self._options.evidence)
            self._extractor.user = sourced_schema(self._extractor.user, self._sourced.per)
            self._extractor.check = self._sourced.problems
        request = replace(self._sender.checked(request), logprobs=self._confidence)
        printer = Printer(self._app.streams, self._options, self._output, label=label)
        outcome = self._extracted(request, printer)
        if outcome.reply is not None:
            self._app.streams.detail(summary(outcome))
        delivery.deliver(printer.finished(outcome), already_shown=printer.shown)

    def ways_of(self, route: Route) -> list[Way]:
        """The ways to ask this model, best first. Raises UsageError if the one that is forced cannot be."""
        return self._extractor.ways_of(route)

    def _extracted(self, request: Request, printer: Printer) -> Outcome:
        """The data of the first model that can be asked, with what all of them cost."""

        async def attempt(route: Route, asking: Asking) -> None:
            chunks = self._extractor.chunks(route, request, self._options.chunk_tokens)
            try:
                if self._options.many:
                    note = self._app.streams.detail
                    many = Many(asking, request, printer, self._sourced, self._keep_invalid, note)
                    await many.run(chunks, self._key())
                else:
                    value = await asking.value(request)
                    printer.value(self._finished(value, asking.last_reply))
            except NothingFitsError as error:
                self._keep_invalid(error.last)
                raise

        return self._app.run(self._extractor.run(attempt, lambda: printer.count > 0))

    def _finished(self, value: Any, reply: Reply | None) -> Any:
        """The value with what was asked for besides: evidence, or how sure the model is of its labels."""
        if self._sourced is not None:
            return self._sourced.attached(value)[0]
        if not self._confidence or reply is None:
            return value
        if not reply.token_logprobs:
            self._app.streams.note(f"{reply.model or 'the model'} tells no probabilities: confidence is null")
        labels = [value] if isinstance(value, str) else value
        rated = [{"label": label, "confidence": confidence_of(reply, label)} for label in labels]
        return rated[0] if isinstance(value, str) else rated

    def _keep_invalid(self, last: str) -> None:
        if self._options.keep_invalid is not None:
            write_atomic(self._options.keep_invalid, last.encode("utf-8", "replace"))

    def _key(self) -> Callable[[Any], Any] | None:
        """Of a record: what `--key` names, None if it has no such field."""
        name = self._options.key
        if name is None:
            return None
        return lambda record: identity(record[name]) if isinstance(record, dict) and name in record else None

    def _show(self, request: Request) -> None:
        """What would be sent by the best way."""
        from llmcli.commands.show_request import show_request
        from llmcli.redaction import as_text

        route = self._app.routes()[0]
        if self._output.print_request:
            asked = self.ways_of(route)[0].asked(request)
            show_request(self._app, route, asked, self._output.print_request, stream=self._options.many)
        else:
            self._app.streams.write(as_text(request))


def _sourced(request: Request, how: Evidence) -> Sourced:
    """Where quotes are looked for: in files and stdin, the longest first, else in the prompt. Raises UsageError."""
    texts = [part for part in request.messages[-1].parts if isinstance(part, TextPart)]
    parts = [part for part in texts if part.file is not None] or texts
    if not parts:
        raise UsageError("there is no text to quote from", hint="leave out --evidence")
    parts.sort(key=lambda part: -len(part.text))
    names = tuple(part.file or "prompt" for part in parts)
    return Sourced(names, tuple(Source(content_of(part)) for part in parts), how)
