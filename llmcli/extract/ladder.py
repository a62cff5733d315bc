"""How far down the ladder one has to go to get data of one schema from one model: found out once, and remembered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from llmcli.choices import Mode
from llmcli.errors import UsageError
from llmcli.extract.memory import Memory, memory_key
from llmcli.extract.schema.user import UserSchema
from llmcli.extract.subset.compile import CannotCompileError
from llmcli.extract.ways import Way, ways


def ways_to(user: UserSchema, kind: str, *, many: bool, mode: Mode | None) -> list[Way]:
    """The ways to ask a provider of this kind, best first. Raises UsageError if the one that is forced cannot be."""
    try:
        return list(ways(user, kind, many=many, mode=mode))
    except CannotCompileError as error:
        raise UsageError(f"--mode {mode} cannot hold the schema: {error}", hint="leave out --mode") from error


class Ladder:
    """The ways to ask one model, from the one that worked the last time; may be shared by many who ask it the same."""

    def __init__(self, ways: list[Way], memory: Memory, key: str) -> None:
        self._memory = memory
        self._key = key
        remembered = memory.recall(key)
        begin = next((at for at, way in enumerate(ways) if way.mode == remembered), 0)
        self._ways = ways[begin:]
        self._first = 0
        self._turn = asyncio.Lock()
        self._tried = False
        self.settled = False  # whether the first that is left has worked

    @classmethod
    def to(
        cls, user: UserSchema, kind: str, base_url: str, model: str, memory: Memory, *, many: bool, mode: Mode | None
    ) -> Ladder:
        """The ladder for a model of a provider of this kind. Raises UsageError."""
        key = memory_key(base_url, model, user.document, many=many)
        return cls(ways_to(user, kind, many=many, mode=mode), memory, key)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """The first one is alone in here: what it finds out, the others need not."""
        async with AsyncExitStack() as alone:
            if not self._tried:
                await alone.enter_async_context(self._turn)
            if self._tried:
                await alone.aclose()
            try:
                yield
            finally:
                self._tried = True

    def left(self) -> list[Way]:
        """The ways that are still to be tried, best first; the list is the caller's."""
        return self._ways[self._first :]

    def worked(self, way: Way) -> None:
        """Begin with this way from now on, and the next time; unless a better one has worked, too."""
        at = next(number for number, each in enumerate(self._ways) if each is way)
        if self.settled and at >= self._first:
            return
        self.settled = True
        if at != self._first:
            self._first = at
            self._memory.keep(self._key, way.mode)
