"""From a row's request to its answer: what is to be hidden is, what is too long is cut, data is made to fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from llmcli import redaction
from llmcli.app import App
from llmcli.batch.run.flow import Answer, Lane, Send, plainly
from llmcli.errors import LlmcliError
from llmcli.guard import Count, within
from llmcli.jobs.job import Wanted
from llmcli.messages import Delta, Request
from llmcli.models import Route
from llmcli.redact import Redactor
from llmcli.render import Outcome
from llmcli.tokens import estimate_request

if TYPE_CHECKING:
    from llmcli.extract.ladder import Ladder
    from llmcli.extract.schema.user import UserSchema


@dataclass
class Answers:
    """How the rows of a job are answered; `cut` counts the requests that were too long."""

    app: App
    wanted: Wanted
    cut: int = 0
    _ladders: dict[Route, Ladder] = field(default_factory=dict)

    @property
    def how(self) -> Answer:
        """How all rows are answered."""
        wanted = self.wanted
        plain = wanted.user is None and wanted.max_input_tokens is None and self._redactor() is None
        return plainly if plain else self._answer

    def first(self, route: Route, request: Request) -> Request:
        """The request as it is sent at first. Raises BudgetError if it is too long."""
        request, _ = self._checked(self._redactor(), _for(route, request))
        return request if self.wanted.user is None else self._ladder(self.wanted.user, route).left()[0].asked(request)

    async def _answer(self, lane: Lane, request: Request, send: Send) -> Outcome:
        redactor, route = self._redactor(), lane.target.route
        request, was_cut = self._checked(redactor, _for(route, request))
        self.cut += was_cut
        if self.wanted.user is not None:
            return await self._as_data(self.wanted.user, route, redactor, request, send)
        outcome = await send(request)
        return outcome if redactor is None else redaction.revealed(redactor, outcome, as_json=request.json_object)

    def _redactor(self) -> Redactor | None:
        """For one row: the same placeholder stands for something else in another."""
        return redaction.redactor_for(self.app.config.settings.redact)

    def _checked(self, redactor: Redactor | None, request: Request) -> tuple[Request, bool]:
        """The request without what is to be hidden, and no longer than it may be; whether it was cut.

        Lengths are estimates: asking the provider would take a request for each row.
        """
        request = request if redactor is None else redaction.hidden(redactor, request)
        most = self.wanted.max_input_tokens
        if most is None:
            return request, False
        guarded, _ = within(request, most, self.wanted.on_overflow, _estimated)
        return guarded, guarded is not request

    async def _as_data(
        self, user: UserSchema, route: Route, redactor: Redactor | None, request: Request, send: Send
    ) -> Outcome:
        from llmcli.extract.asking import Asking, NothingFitsError

        async def ask(request: Request, on_delta: Callable[[Delta], None] | None) -> Outcome:
            return await send(request)

        ladder = self._ladder(user, route)
        value, error, text = None, None, ""
        async with ladder.turn():
            note, repairs = self.app.streams.detail, self.wanted.repairs
            asking = Asking(user, ladder.left(), ask, repairs, note, settled=ladder.settled)
            if redactor is not None:
                asking.reveal = redactor.reveal_json
            try:
                value = await asking.value(request)
            except LlmcliError as caught:
                error = caught
                text = caught.last if isinstance(caught, NothingFitsError) else _text_of(asking.total)
            if asking.settled:
                ladder.worked(asking.ways[0])
        outcome = asking.total or Outcome("batch", route.asked, route.provider)
        text = text if redactor is None else redactor.reveal(text)
        reply = outcome.reply and replace(outcome.reply, text=text, extra_parts=(), reasoning="")
        return replace(outcome, reply=reply, data=value, error=error)

    def _ladder(self, user: UserSchema, route: Route) -> Ladder:
        """The ways to ask this model, which all rows find out together."""
        from llmcli.extract.ladder import Ladder
        from llmcli.extract.memory import Memory

        if route not in self._ladders:
            endpoint = self.app.endpoint(route.provider, with_key=False)
            memory = Memory(self.app.config.state_dir)
            self._ladders[route] = Ladder.to(
                user, endpoint.kind, endpoint.base_url, route.model, memory, many=False, mode=self.wanted.mode
            )
        return self._ladders[route]


def _for(route: Route, request: Request) -> Request:
    """The request to that model: how many tokens it is depends on who counts."""
    return request if request.model == route.model else replace(request, model=route.model)


def _estimated(request: Request) -> Count:
    return Count(estimate_request(request), exact=False)


def _text_of(outcome: Outcome | None) -> str:
    """What did arrive of an answer that cannot be data."""
    return outcome.reply.text if outcome is not None and outcome.reply is not None else ""
