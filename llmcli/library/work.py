"""Asynchronous work on a thread of its own: the same in a script, in a thread, and where an event loop is running."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any, Generic, TypeVar

T = TypeVar("T")

# How long work that is to end may take to write down what was spent.
SETTLE_S = 10.0


class Work(Generic[T]):
    """Begins at once with what `make` gives. `after` is called when it is over, from its thread."""

    def __init__(self, make: Callable[[], Coroutine[Any, Any, T]], after: Callable[[], None] | None = None) -> None:
        self._future: Future[T] = Future()
        if after is not None:
            self._future.add_done_callback(lambda _: after())
        self._begun = threading.Event()
        self._thread = threading.Thread(target=self._see_through, args=(make,), name="llmcli", daemon=True)
        self._thread.start()

    def result(self) -> T:
        """What the work gives or raises. If the wait is broken off, as by Ctrl-C, the work is ended first."""
        try:
            return self._future.result()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the work and wait until it has settled; nothing if it is over already."""
        self.call(lambda: self._task.cancel())
        self.wait(SETTLE_S)

    def call(self, function: Callable[[], object]) -> None:
        """Have `function` called by the work's event loop, if the work is not over."""
        if self._future.done():
            return
        self._begun.wait(SETTLE_S)
        with suppress(RuntimeError):  # its loop is closed: it has just come to its end
            self._loop.call_soon_threadsafe(function)

    def wait(self, seconds: float) -> None:
        """Until the work is over, or for so long."""
        if threading.current_thread() is not self._thread:  # as it is when garbage is collected there
            wait([self._future], seconds)

    def _see_through(self, make: Callable[[], Coroutine[Any, Any, T]]) -> None:
        try:
            with asyncio.Runner() as runner:
                found = runner.run(self._noted(make))
        except BaseException as error:  # noqa: BLE001 - raised again to whoever asks for the result
            self._future.set_exception(error)
        else:
            self._future.set_result(found)

    async def _noted(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        task = asyncio.current_task()
        assert task is not None
        self._loop, self._task = asyncio.get_running_loop(), task
        self._begun.set()
        return await make()
