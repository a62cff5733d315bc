"""Counts of one request for one or more models: asked of the provider, or estimated, and told apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from llmcli.app import App
from llmcli.attachments import is_file
from llmcli.commands.sender import Sender
from llmcli.errors import (
    AuthError,
    LlmcliError,
    RateLimitedError,
    RejectedError,
    UnavailableError,
)
from llmcli.guard import Count
from llmcli.messages import DocumentPart, ImagePart, Message, Part, Request, TextPart
from llmcli.models import DEFAULT_MODELS, Route
from llmcli.tokens import Tokenizer, estimate_part, estimate_request, tokenizer_for

if TYPE_CHECKING:
    from llmcli.complete import Target

_ESTIMATE = "leave out --exact for an estimate"

_WORD = TextPart("?")  # no vendor counts an empty request


@dataclass(frozen=True)
class FileCount:
    """What one file is of a request."""

    name: str
    tokens: int
    exact: bool


@dataclass(frozen=True)
class ModelCount:
    """A request as one model counts it. `others` is what comes on top of the files, None if not asked."""

    route: Route
    count: Count
    method: str
    files: tuple[FileCount, ...] = ()
    others: int | None = None
    files_method: str | None = None


class Counter:
    """Counts for the models that are named, or for the one that would be used."""

    def __init__(self, app: App, sender: Sender, names: Sequence[str], *, exact: bool, offline: bool) -> None:
        self._app = app
        self._sender = sender
        self._exact = exact
        self._offline = offline
        self._routes = [app.routes(name)[0] for name in names] or [self._default()]
        # Found before files are read, so that a missing key is said early and SDKs load meanwhile.
        self._targets = [self._target(route) for route in self._routes]

    def _default(self) -> Route:
        """The model that `ask` would use; without a key, what it would use with Anthropic's."""
        try:
            return self._app.routes()[0]
        except AuthError:
            if self._exact:
                raise
        provider, model = next(iter(DEFAULT_MODELS.items()))
        return Route(model, provider, model)

    def _target(self, route: Route) -> Target | None:
        """Who can be asked for a count; None if it is to be estimated. The simulator is no call."""
        settings = self._app.config.settings.providers[route.provider]
        if self._offline and settings.kind != "sim":
            return None
        try:
            return self._sender.ready(route.asked)
        except AuthError as error:
            if self._exact:
                raise
            # That there is no key is no news; that one could not be got is.
            tell = self._app.streams.note if settings.key_cmd or settings.key_file else self._app.streams.detail
            tell(f"tokens are estimated: {error.line()}")
            return None

    def tokenizer(self) -> Tokenizer:
        """What counts text offline for the first model."""
        return tokenizer_for(self._routes[0].model)

    def counts(self, request: Request, *, each_file: bool) -> list[ModelCount]:
        """The counts in the order of the models. Raises what goes wrong if they have to be exact."""
        return [
            self._count(route, target, request, each_file)
            for route, target in zip(self._routes, self._targets, strict=True)
        ]

    def _count(self, route: Route, target: Target | None, request: Request, each_file: bool) -> ModelCount:
        counted = None if target is None else self._asked(target, request)
        if counted is not None and not each_file:
            return ModelCount(route, Count(counted, exact=True), route.provider)
        files = [part for message in request.messages for part in message.parts if is_file(part)]
        tokenizer = tokenizer_for(route.model)
        if target is not None and counted is not None and self._exact:
            each, parts_method = self._asked_each(target, request, files), route.provider
            others = counted - sum(file.tokens for file in each)
        else:
            each, parts_method = _estimated_each(route, tokenizer, files), tokenizer.method
            others = estimate_request(_without_files(request), route.model, tokenizer)
        if counted is not None:
            return ModelCount(route, Count(counted, exact=True), route.provider, each, others, parts_method)
        total = others + sum(file.tokens for file in each)
        return ModelCount(route, Count(total, exact=False), tokenizer.method, each, others, parts_method)

    def _asked_each(self, target: Target, request: Request, files: Sequence[Part]) -> tuple[FileCount, ...]:
        """The files as the provider counts them: by how much each makes a word longer."""
        bare = Request(request.model, (Message("user", (_WORD,)),), max_tokens=request.max_tokens)
        without = self._asked(target, bare) if files else None
        found = []
        for part in files:
            beside = self._asked(target, replace(bare, messages=(Message("user", (part, _WORD)),)))
            assert beside is not None and without is not None  # or it would have been an error, as it must be exact
            found.append(FileCount(_name_of(part), beside - without, exact=True))
        return tuple(found)

    def _asked(self, target: Target, request: Request) -> int | None:
        """What the provider says; None if it is to be estimated, which is told unless it has no counter at all."""
        try:
            counted = self._sender.counted(request, target, patiently=self._exact)
        except (AuthError, RateLimitedError, UnavailableError, RejectedError) as error:
            if self._exact:
                raise _inexact(error) from error
            self._app.streams.note(f"tokens are estimated: {error.line()}")
            return None
        if counted is None and self._exact:
            raise UnavailableError(f"{target.route.provider} does not count tokens", hint=_ESTIMATE, retryable=False)
        return counted


def _estimated_each(route: Route, tokenizer: Tokenizer, files: Sequence[Part]) -> tuple[FileCount, ...]:
    return tuple(FileCount(_name_of(part), estimate_part(part, route.model, tokenizer), exact=False) for part in files)


def _inexact(error: LlmcliError) -> LlmcliError:
    """A server that refuses to count has no count to give: to the caller that is the same as being down."""
    if not isinstance(error, RejectedError):
        return error
    return UnavailableError(
        error.message, hint=_ESTIMATE, status=error.status, retryable=False, request_id=error.request_id
    )


def _name_of(part: Part) -> str:
    if isinstance(part, ImagePart | DocumentPart):
        return part.name
    return getattr(part, "file", None) or ""


def _without_files(request: Request) -> Request:
    messages = (
        Message(message.role, tuple(part for part in message.parts if not is_file(part)))
        for message in request.messages
    )
    return replace(request, messages=tuple(messages))
