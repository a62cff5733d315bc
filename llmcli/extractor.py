"""Data of one schema from the models of the settings: who is asked, in which way, and what all of it costs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmcli.app import App
from llmcli.choices import REPAIRS, Mode
from llmcli.errors import FALL_BACK_ON, LlmcliError, UsageError
from llmcli.exchange import Exchange
from llmcli.extract.asking import Asking
from llmcli.extract.document.parts import chunks_of
from llmcli.extract.ladder import Ladder, ways_to
from llmcli.extract.memory import Memory
from llmcli.messages import Delta, Request
from llmcli.models import context_window
from llmcli.render import Outcome, added

if TYPE_CHECKING:
    from llmcli.extract.document.chunks import Chunk
    from llmcli.extract.problem import Problem
    from llmcli.extract.schema.user import UserSchema
    from llmcli.extract.ways import Way
    from llmcli.models import Route

Attempt = Callable[["Route", Asking], Awaitable[None]]


@dataclass
class Extractor:
    """`check` finds what is wrong with a value beyond the schema."""

    app: App
    exchange: Exchange
    user: UserSchema
    many: bool = False
    mode: Mode | None = None
    repairs: int = REPAIRS
    check: Callable[[Any], list[Problem]] | None = None

    async def run(self, attempt: Attempt, begun: Callable[[], bool] = lambda: False) -> Outcome:
        """The outcome of the first model that `attempt` gets data from, with what all of them cost.

        What `attempt` raises is in the outcome. Once `begun` says that there is data, no other model is tried.
        """
        total: Outcome | None = None
        routes = self.app.routes()
        for number, route in enumerate(routes):
            ladder = self._ladder(route)
            asking = self._asking(route, ladder)
            error = await self._tried(attempt, route, asking)
            if error is None:
                ladder.worked(asking.ways[0])
            seen = asking.total or Outcome(self.app.command, route.asked, route.provider)
            total = replace(seen if total is None else added(total, seen), error=error)
            more = number + 1 < len(routes)
            if error is None or error.exit_code not in FALL_BACK_ON or not more or begun():
                break
            self.app.streams.note(f"{route.asked} failed, trying the next: {error.line()}")
        assert total is not None
        return total

    def ways_of(self, route: Route) -> list[Way]:
        """The ways to ask this model, best first. Raises UsageError if the one that is forced cannot be."""
        kind = self.app.config.settings.providers[route.provider].kind
        return ways_to(self.user, kind, many=self.many, mode=self.mode)

    def chunks(self, route: Route, request: Request, tokens: int | None = None) -> list[Chunk]:
        """The pieces that a long document is read in; none if it is read whole, as one value has to be.

        Raises UsageError if it is too long for that.
        """
        found = chunks_of(request, tokens, context_window(self.app.config, route.asked))
        if found and not self.many:
            raise UsageError("the document is too long for one answer", hint="read it in chunks with --many")
        return found

    async def _tried(self, attempt: Attempt, route: Route, asking: Asking) -> LlmcliError | None:
        """What went wrong with this model, if anything did."""
        try:
            await attempt(route, asking)
        except LlmcliError as error:
            return error
        self.app.streams.detail(f"asked by mode {asking.ways[0].mode}")
        return None

    def _asking(self, route: Route, ladder: Ladder) -> Asking:
        async def ask(request: Request, on_delta: Callable[[Delta], None] | None) -> Outcome:
            return await self.exchange.answer(request, route.asked, on_delta=on_delta, fall_back=False)

        note, reveal = self.app.streams.detail, self.exchange.revealed_json
        return Asking(self.user, ladder.left(), ask, self.repairs, note, reveal, self.check)

    def _ladder(self, route: Route) -> Ladder:
        """The ways to ask this model, from the one that worked the last time."""
        endpoint = self.app.endpoint(route.provider, with_key=False)
        memory = Memory(self.app.config.state_dir)
        return Ladder.to(
            self.user, endpoint.kind, endpoint.base_url, route.model, memory, many=self.many, mode=self.mode
        )
