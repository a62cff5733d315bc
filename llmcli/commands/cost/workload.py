"""What is to be estimated: how many calls of which size, by what is typed, counted or read from a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from llmcli.errors import AuthError, RateLimitedError, UsageError

if TYPE_CHECKING:
    from llmcli.app import App
    from llmcli.commands.cost.estimate import EstimateOptions
    from llmcli.commands.options import InputOptions, ToolOptions
    from llmcli.guard import Count
    from llmcli.messages import Request
    from llmcli.models import Route

Method = Literal["given", "counted", "estimated"]


@dataclass(frozen=True)
class Workload:
    """Calls of one kind. `sizes` says how many calls send how many tokens; the first is the first call's size.

    `cached_tokens` are the beginning that all calls share: parts of what each sends.
    """

    sizes: Mapping[int, int]
    method: Method
    cached_tokens: int = 0
    cached_method: Method = "given"

    @property
    def calls(self) -> int:
        return sum(self.sizes.values())

    @property
    def input_tokens(self) -> int:
        return sum(size * calls for size, calls in self.sizes.items())


def of_tokens(input_tokens: int, cached_tokens: int | None) -> Workload:
    """A call whose size is known."""
    cached = cached_tokens or 0
    if cached > input_tokens:
        raise UsageError(
            f"--cached-tokens {cached:,} is more than --input-tokens {input_tokens:,}",
            hint="cached tokens are part of the input",
        )
    return Workload({input_tokens: 1}, "given", cached)


def of_rows(app: App, inputs: InputOptions, options: EstimateOptions) -> Workload:
    """A call for each row of a file; what all rows share is the system text."""
    from llmcli.commands.cost.rows import row_texts
    from llmcli.commands.request import system
    from llmcli.tokens import estimate_text

    assert options.rows is not None
    shared = estimate_text(system(app, inputs) or "")
    sizes = Counter(shared + estimate_text(text) for text in row_texts(options.rows, options.template))
    if not sizes:
        raise UsageError(f"{options.rows} has no rows")
    cached = shared if options.cached_tokens is None else options.cached_tokens
    method: Method = "estimated" if options.cached_tokens is None else "given"
    return Workload(sizes, "estimated", cached, method)


class Prompted:
    """A prompt as `ask` would send it, counted for one model after the other."""

    def __init__(
        self, app: App, words: list[str] | None, inputs: InputOptions, tools: ToolOptions, options: EstimateOptions
    ) -> None:
        from llmcli.commands.options import ModelOptions
        from llmcli.commands.request import build
        from llmcli.commands.sender import Sender

        self._app = app
        self._inputs = inputs
        self._given = options.cached_tokens
        self._sender = Sender(app, inputs, tools, {})
        self._request = self._sender.prepared(build(app, words, inputs, ModelOptions()))

    def workload(self, route: Route) -> Workload:
        """One call with this model."""
        from llmcli.guard import within
        from llmcli.tokens import estimate_request

        request = self._request
        count = partial(self._count, route=route)
        if self._inputs.max_input_tokens is None:
            counted = count(request)
        else:
            request, counted = within(request, self._inputs.max_input_tokens, self._inputs.on_overflow, count)
        method: Method = "counted" if counted.exact else "estimated"
        if self._given is not None:
            return Workload({counted.tokens: 1}, method, min(self._given, counted.tokens))
        # Only the whole is counted exactly: the shared part is its share by estimate.
        whole, shared = estimate_request(request), estimate_request(_shared(request))
        cached = counted.tokens * shared // whole if whole else 0
        return Workload({counted.tokens: 1}, method, cached, "estimated")

    def _count(self, request: Request, route: Route) -> Count:
        """As the provider counts, if it can be asked; an estimate says why it is one."""
        from llmcli.guard import Count
        from llmcli.tokens import estimate_request

        try:
            counted = self._sender.count(request, self._app.target(route))
        except (AuthError, RateLimitedError) as error:
            reason = error.message if isinstance(error, AuthError) else error.line()
            self._app.streams.note(f"tokens for {route.asked} are estimated: {reason}")
            return Count(estimate_request(request), exact=False)
        return counted


def _shared(request: Request) -> Request:
    """What would be the same in the next call: system text, tools and files, without what was typed or piped."""
    messages = tuple(
        replace(message, parts=tuple(part for part in message.parts if part.type != "text" or part.file))
        for message in request.messages
    )
    return replace(request, messages=messages)
