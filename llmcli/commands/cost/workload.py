"""What is to be estimated: how many calls of which size, by what is typed, counted or read from a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from llmcli.errors import AuthError, RateLimitedError, UsageError

if TYPE_CHECKING:
    from llmcli.app import App
    from llmcli.commands.cost.estimate_options import EstimateOptions
    from llmcli.commands.options import InputOptions, RowOptions, ToolOptions
    from llmcli.guard import Count
    from llmcli.messages import Request
    from llmcli.models import Route

Method = Literal["given", "counted", "estimated"]


class Size(NamedTuple):
    """How many tokens a call sends, and how many its answer may have at most."""

    input_tokens: int
    longest_output: int


@dataclass(frozen=True)
class Workload:
    """Calls of one kind. `sizes` says how many calls have which size; the first is the first call's.

    `cached_tokens` are the beginning that all calls share: parts of what each sends. `own_models` is how many name a
    model of their own.
    """

    sizes: Mapping[Size, int]
    method: Method
    cached_tokens: int = 0
    cached_method: Method = "given"
    own_models: int = 0

    @property
    def calls(self) -> int:
        return sum(self.sizes.values())

    @property
    def input_tokens(self) -> int:
        return sum(size.input_tokens * calls for size, calls in self.sizes.items())


def of_tokens(input_tokens: int, longest_output: int, cached_tokens: int | None) -> Workload:
    """A call whose size is known."""
    cached = cached_tokens or 0
    if cached > input_tokens:
        raise UsageError(
            f"--cached-tokens {cached:,} is more than --input-tokens {input_tokens:,}",
            hint="cached tokens are part of the input",
        )
    return Workload({Size(input_tokens, longest_output): 1}, "given", cached)


class Rows:
    """A call for each row of a file, as a batch job would send it, estimated for one model after the other."""

    def __init__(self, app: App, inputs: InputOptions, rows: RowOptions, options: EstimateOptions) -> None:
        from llmcli.commands.options import ModelOptions
        from llmcli.commands.request import options as request_of
        from llmcli.commands.request import system
        from llmcli.commands.rows import open_rows

        assert options.rows is not None
        self._source, self._reader = open_rows(app, options.rows, rows)
        self._base = replace(request_of(app, ModelOptions()), system=system(app, inputs))
        self._given = options.cached_tokens

    def workload(self, route: Route) -> Workload:
        """The calls with this model. What all rows share is the system text, unless one brings its own."""
        from llmcli.batch.rows.row import BadRow
        from llmcli.purse import longest_output
        from llmcli.tokens import estimate_request

        sizes, own_models, own_systems = Counter[Size](), 0, 0
        for row in self._reader.rows():
            if isinstance(row, BadRow):
                raise UsageError(f"{self._source.name}, line {row.span.line}: {row.reason}", hint="correct it")
            request = row.ask.request(self._base)
            sizes[Size(estimate_request(request, route.model), longest_output(request))] += 1
            own_models += "model" in row.ask.changes
            own_systems += "system" in row.ask.changes
        if not sizes:
            raise UsageError(f"{self._source.name} has no rows")
        if self._given is not None:
            return Workload(sizes, "estimated", self._given, own_models=own_models)
        shared = estimate_request(self._base, route.model) if self._base.system and not own_systems else 0
        return Workload(sizes, "estimated", shared, "estimated", own_models)


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
        from llmcli.purse import longest_output
        from llmcli.tokens import estimate_request

        request = self._request
        count = partial(self._count, route=route)
        if self._inputs.max_input_tokens is None:
            counted = count(request)
        else:
            request, counted = within(request, self._inputs.max_input_tokens, self._inputs.on_overflow, count)
        method: Method = "counted" if counted.exact else "estimated"
        size = Size(counted.tokens, longest_output(request))
        if self._given is not None:
            return Workload({size: 1}, method, min(self._given, counted.tokens))
        shared = _shared(request)
        if shared is None:
            return Workload({size: 1}, method)
        # Only the whole is counted exactly: the shared part is its share by estimate.
        part, whole = (estimate_request(each, route.model) for each in (shared, request))
        return Workload({size: 1}, method, counted.tokens * part // whole, "estimated")

    def _count(self, request: Request, route: Route) -> Count:
        """As the provider counts, if it can be asked; an estimate says why it is one."""
        from llmcli.guard import Count
        from llmcli.tokens import estimate_request

        try:
            counted = self._sender.count(request, self._app.target(route))
        except (AuthError, RateLimitedError) as error:
            reason = error.message if isinstance(error, AuthError) else error.line()
            self._app.streams.note(f"tokens for {route.asked} are estimated: {reason}")
            return Count(estimate_request(request, route.model), exact=False)
        return counted


def _shared(request: Request) -> Request | None:
    """What would be the same in the next call: system text, tools and files, without what was typed or piped."""
    from llmcli.attachments import is_file

    messages = tuple(
        replace(message, parts=tuple(part for part in message.parts if is_file(part))) for message in request.messages
    )
    files = any(message.parts for message in messages)
    return replace(request, messages=messages) if request.system or request.tools or files else None
