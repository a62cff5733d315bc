"""One answer that fits the schema: down the ladder, again when it was cut, again with what was wrong."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from llmcli.errors import ExitCode, InvalidOutputError, LlmcliError
from llmcli.extract.problem import Problem
from llmcli.extract.schema.user import UserSchema
from llmcli.extract.subset.codec import DecodeError
from llmcli.extract.ways import Way
from llmcli.messages import Delta, Message, Reply, Request, StopReason, TextPart
from llmcli.render import Outcome, added

# An answer that was cut gets this many times the room, once.
MORE_ROOM = 4
MOST_TOLD = 5
# How servers refuse parameters that they do not know, or a schema that is too much for them.
_NOT_UNDERSTOOD = (400, 422)

Ask = Callable[[Request, Callable[[Delta], None] | None], Awaitable[Outcome]]
"""Sends a request; with a function, its answer is streamed to it."""

_AGAIN = "An earlier answer to this did not fit. Answer again, completely, with these places put right:\n{problems}"


class NothingFitsError(InvalidOutputError):
    """What was answered last does not fit; `last` is that answer, as it was written."""

    def __init__(self, problems: Sequence[Problem], last: str) -> None:
        told = "; ".join(str(problem) for problem in problems[:MOST_TOLD])
        more = f"; and {len(problems) - MOST_TOLD} more" if len(problems) > MOST_TOLD else ""
        super().__init__(
            f"the answer does not fit the schema: {told}{more}", hint="try another model, or allow more with --repair"
        )
        self.problems = tuple(problems)
        self.last = last


@dataclass
class Asking:
    """Asks for values of one schema; finds out which way works and goes on with it. `reveal` undoes a redaction."""

    user: UserSchema
    ways: list[Way]
    ask: Ask
    repairs: int
    note: Callable[[str], None] = lambda line: None
    reveal: Callable[[Any], Any] = lambda value: value
    check: Callable[[Any], list[Problem]] | None = None  # beyond the schema
    total: Outcome | None = None  # of all answers so far
    last_reply: Reply | None = None
    settled: bool = False  # whether the first of `ways` has worked
    _raised: bool = field(default=False, init=False)

    async def value(self, request: Request) -> Any:
        """A value that fits, or the error why there is none: raised, with what it cost in `total`."""
        problems: list[Problem] = []
        last = ""
        for _ in range(self.repairs + 1):
            reply, found = await self.reading(again(request, problems))
            if isinstance(found, DecodeError):
                problems, last = [Problem(found.pointer, found.reason)], _written(reply)
                continue
            value = self.reveal(found)
            problems, last = self.problems(value), _written(reply)
            if not problems:
                return value
        raise NothingFitsError(problems, last)

    def problems(self, value: Any) -> list[Problem]:
        """What is wrong with a value, by the schema and beyond it."""
        found = self.user.problems(value)
        return found or (self.check(value) if self.check is not None else [])

    async def reading(self, request: Request) -> tuple[Reply, Any]:
        """An answer, and the value in it; an InvalidOutputError in its place if there is none.

        Goes down the ladder while the endpoint refuses the way, or does not do what it asks for.
        """
        while True:
            way = self.ways[0]
            outcome = await self.answer(way.asked(request))
            reply, error = outcome.reply, outcome.error
            if error is not None and not (isinstance(error, InvalidOutputError) and reply is not None):
                if not self.step_down(way, error):
                    raise error
                continue
            assert reply is not None
            try:
                found = way.read(reply)
            except DecodeError as broken:
                return reply, broken
            except InvalidOutputError as unreadable:
                if self.step_down(way, unreadable):
                    continue
                return reply, DecodeError(unreadable.message, "")
            self.settled = True
            return reply, found

    def step_down(self, way: Way, error: LlmcliError) -> bool:
        """Go on with the next way, if this one has never worked here and there is another."""
        unfit = error.status in _NOT_UNDERSTOOD or error.exit_code is ExitCode.INVALID_OUTPUT
        if self.settled or not unfit or len(self.ways) == 1 or self.ways[0] is not way:
            return self.ways[0] is not way
        self.ways.pop(0)
        self.note(f"{way.mode} does not work here ({error.message}), trying {self.ways[0].mode}")
        return True

    async def answer(self, request: Request, on_delta: Callable[[Delta], None] | None = None) -> Outcome:
        """One answer, with more room if it was cut and nobody has seen of it; counted in `total`."""
        if self._raised:
            request = replace(request, max_tokens=request.max_tokens * MORE_ROOM)
        outcome = self.counted(await self.ask(request, on_delta))
        if request.logprobs and outcome.error is not None and outcome.error.status in _NOT_UNDERSTOOD:
            outcome = self.counted(await self.ask(replace(request, logprobs=False), on_delta))  # some models have none
        self.last_reply = outcome.reply or self.last_reply
        cut = outcome.reply is not None and outcome.reply.stop_reason is StopReason.MAX_TOKENS
        if cut and on_delta is None and not self._raised:
            self._raised = True
            self.note(
                f"the answer was cut at {request.max_tokens:,} tokens, asking again with {MORE_ROOM} times as many"
            )
            with_room = await self.answer(request)
            refused = with_room.error is not None and with_room.error.exit_code is ExitCode.REJECTED
            return outcome if refused else with_room  # some models do not write that much
        return outcome

    def counted(self, outcome: Outcome) -> Outcome:
        """`outcome`, added to what all answers took."""
        self.total = outcome if self.total is None else added(self.total, outcome)
        return outcome


def again(request: Request, problems: Sequence[Problem]) -> Request:
    """The request, with what was wrong with the last answer to it; not with that answer, so that it does not grow."""
    if not problems:
        return request
    told = "\n".join(f"{problem.pointer or 'the whole'}: {problem.message}" for problem in problems)
    return told_more(request, _AGAIN.format(problems=told))


def told_more(request: Request, words: str) -> Request:
    """The request with a last word to the model."""
    *before, last = request.messages
    return replace(request, messages=(*before, Message(last.role, (*last.parts, TextPart(words)))))


def _written(reply: Reply) -> str:
    """The answer as it was written, wherever the model put it."""
    import json

    if reply.tool_calls:
        return json.dumps(reply.tool_calls[0].arguments, ensure_ascii=False)
    return reply.text
