"""Requests of one run and their answers: who is asked, what is hidden on the way there and shown on the way back."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from llmcli import redaction
from llmcli.app import App
from llmcli.messages import Request

if TYPE_CHECKING:
    from llmcli.complete import OnDelta, Target
    from llmcli.models import Route
    from llmcli.render import Outcome
    from llmcli.retry import OnRetry


class Exchange:
    """Asks for one run; connections last from one request to the next. `tags` label what it costs."""

    def __init__(self, app: App, tags: dict[str, str]) -> None:
        self._app = app
        self._tags = tags
        self._redactor = redaction.redactor_for(app.config.settings.redact)
        self._targets: dict[Route, Target] = {}

    def ready(self, model: str | None = None) -> Target:
        """Who would be asked. Begins to import what that takes; raises AuthError, ConfigError."""
        route = self._app.routes(model)[0]
        known = route in self._targets
        target = self._target(route)
        if not known:
            self._app.preload(target)
        return target

    def prepared(self, request: Request) -> Request:
        """The request as it would be sent: without what is to be hidden."""
        return request if self._redactor is None else redaction.hidden(self._redactor, request)

    async def answer(
        self,
        request: Request,
        model: str | None = None,
        *,
        on_delta: OnDelta | None = None,
        on_retry: OnRetry | None = None,
        keep_text: bool = True,
        fall_back: bool = True,
    ) -> Outcome:
        """One answer to a request that is ready to be sent, as the model wrote it. Many may be awaited at once."""
        others = self._app.routes(model)[1:] if fall_back else []
        fallbacks = [partial(self._target, route) for route in others]
        caller = self._app.caller(self._tags, on_retry)
        return await caller.send(request, self.ready(model), fallbacks, on_delta=on_delta, keep_text=keep_text)

    def revealed(self, outcome: Outcome, *, as_json: bool) -> Outcome:
        """The outcome with the originals back in its answer; `as_json` says that the answer is JSON."""
        return outcome if self._redactor is None else redaction.revealed(self._redactor, outcome, as_json=as_json)

    def revealing(self, show: OnDelta, *, as_json: bool) -> tuple[OnDelta, Callable[[], None]]:
        """`show` for deltas with the originals put back, and what to call when nothing more can come."""
        if self._redactor is None:
            return show, _nothing
        return redaction.revealing(self._redactor, show, as_json=as_json)

    def revealed_json(self, value: Any) -> Any:
        """A JSON value with the originals back in its texts."""
        return value if self._redactor is None else self._redactor.reveal_json(value)

    async def close(self) -> None:
        """Close all connections, for a process that goes on."""
        for target in self._targets.values():
            while target.endpoint.wiring.clients:
                await target.endpoint.wiring.clients.pop().aclose()

    def _target(self, route: Route) -> Target:
        if route not in self._targets:
            self._targets[route] = self._app.target(route)
        return self._targets[route]


def _nothing() -> None:
    """There is nothing to finish."""
