"""What comes of a call bit by bit: read as it comes, ended when nobody reads on."""

from __future__ import annotations

import queue
import weakref
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from llmcli.library.work import Work

T = TypeVar("T")
R = TypeVar("R")


class Flow(Iterator[T], Generic[T, R]):
    """The bits that `make` puts out while it works towards its result.

    The work ends when the flow is closed: by `with`, by `close()`, or when nobody holds it any more.
    """

    def __init__(
        self, make: Callable[[Callable[[T], None]], Coroutine[Any, Any, R]], stop: Callable[[Work[R]], None]
    ) -> None:
        from llmcli.library.work import Work

        bits: queue.SimpleQueue[T | None] = queue.SimpleQueue()
        self._bits = bits
        self._work = Work(lambda: make(bits.put), after=lambda: bits.put(None))
        self._stop = weakref.finalize(self, stop, self._work)  # neither of which may hold this flow
        self._over = False

    def close(self) -> None:
        """End the work, if it is not over."""
        self._over = True
        self._stop()

    def _result(self) -> R:
        """The result, once it is there: what was not read yet is waited for, and left out. Raises what went wrong."""
        while not self._over:
            self._next()
        return self._work.result()

    def _end(self) -> None:
        """Raise what went wrong, when the last bit has been read."""
        self._result()

    def __next__(self) -> T:
        bit = None if self._over else self._next()
        if bit is not None:
            return bit
        if self._stop.detach() is not None:  # the first time, if it was not closed
            self._end()
        raise StopIteration

    def _next(self) -> T | None:
        try:
            bit = self._bits.get()
        except BaseException:  # Ctrl-C
            self.close()
            raise
        self._over = bit is None
        return bit

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
