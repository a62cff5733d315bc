"""From a Request to an Outcome, with all that a command adds on the way: input guard, tool rounds, what is shown."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from llmcli import redaction
from llmcli.app import App
from llmcli.commands.options import InputOptions, ToolOptions
from llmcli.commands.tool_rounds import ToolBox
from llmcli.errors import RejectedError, TruncatedError, UnavailableError
from llmcli.exchange import Exchange
from llmcli.guard import Count, within
from llmcli.messages import Message, Request
from llmcli.render import Outcome, added
from llmcli.tokens import estimate_request

if TYPE_CHECKING:
    from llmcli.commands.live import Live
    from llmcli.complete import Target


class Sender(Exchange):
    """Sends requests for one command, as its options say."""

    def __init__(self, app: App, inputs: InputOptions, tools: ToolOptions, tags: dict[str, str]) -> None:
        super().__init__(app, tags)
        self._inputs = inputs
        self._tools = ToolBox(app, tools)

    def prepared(self, request: Request, *, plain: bool = False) -> Request:
        """The request as it would be sent: with its tools, and without what is to be hidden."""
        request = super().prepared(request if plain else self._tools.offer(request))
        if self._redactor is not None and self._inputs.redact_report:
            self._app.streams.say(self._redactor.report())
        return request

    def send(
        self,
        request: Request,
        model: str | None = None,
        live: Live | None = None,
        *,
        keep_text: bool = True,
        plain: bool = False,
    ) -> Outcome:
        """Answers of tools included. Failures of the call are in the outcome; UsageError and the like are raised.

        `plain` is a request of ours rather than the user's: it is offered no tools.
        """
        target = self.ready(model)
        request = self._guarded(self.prepared(request, plain=plain), target)
        total: Outcome | None = None
        exchanged: list[Message] = []
        for rounds_left in range(self._tools.most_rounds, -1, -1):
            outcome = self._call(request, model, live, keep_text=keep_text)
            total = outcome if total is None else added(total, outcome)
            calls = redaction.revealed_calls(self._redactor, outcome.reply) if outcome.reply else ()
            if outcome.error is not None or outcome.reply is None or not self._tools.can_answer(calls):
                break
            if rounds_left == 0:
                hint = "raise --max-rounds"
                total = replace(total, error=TruncatedError("the model goes on calling tools", hint=hint))
                break
            if live is not None:
                live.end()
            asked = outcome.reply.as_message()
            results = Message("user", self._tools.results_of(calls))
            if self._redactor is not None:
                results = redaction.hidden(self._redactor, replace(request, messages=(results,))).messages[0]
            exchanged += [asked, results]
            request = replace(request, messages=(*request.messages, asked, results), tool_choice=None)
        assert total is not None
        total = replace(total, exchanged=tuple(exchanged))
        return self.revealed(total, as_json=request.json_object and not calls)

    def checked(self, request: Request, model: str | None = None) -> Request:
        """The request as `answer` takes it: without what is to be hidden, and not too long. Raises BudgetError."""
        return self._guarded(self.prepared(request, plain=True), self.ready(model))

    def _call(self, request: Request, model: str | None, live: Live | None, *, keep_text: bool) -> Outcome:
        if live is None:
            return self._app.run(self.answer(request, model))
        show, finish = self.revealing(live.delta, as_json=request.json_object)
        shown = self.answer(request, model, on_delta=show, on_retry=live.retry, keep_text=keep_text)
        outcome = self._app.run(shown)
        finish()
        return outcome

    def _guarded(self, request: Request, target: Target) -> Request:
        """The request, cut to `--max-input-tokens` if there is such a limit. Raises BudgetError."""
        most = self._inputs.max_input_tokens
        if most is None:
            return request
        guarded, count = within(request, most, self._inputs.on_overflow, partial(self.count, target=target))
        if guarded is not request:
            self._app.streams.note(f"the input was cut to {count}")
        return guarded

    def count(self, request: Request, target: Target) -> Count:
        """How many tokens the request is: as the provider counts where it does, otherwise estimated."""
        try:
            counted = self.counted(request, target)
        except (UnavailableError, RejectedError) as error:
            self._app.streams.note(f"tokens are estimated: {error.line()}")
            counted = None
        if counted is None:
            return Count(estimate_request(request, target.route.model), exact=False)
        return Count(counted, exact=True)

    def counted(self, request: Request, target: Target, *, patiently: bool = False) -> int | None:
        """The tokens as the provider counts them; None if it does not. Raises what goes wrong."""
        return self._app.run(self._app.caller(self._tags).count(request, target, patiently=patiently))
