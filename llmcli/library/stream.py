"""One prompt in, the answer out as it is written."""

from __future__ import annotations

import queue
import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self, Unpack

    from llmcli.library.answer import Answer
    from llmcli.library.options import File, Options
    from llmcli.library.run import Run
    from llmcli.messages import Delta, Request


class Stream(Iterator[str]):
    """The pieces of an answer's text. Going through them raises LlmcliError if the answer is not complete.

    The call ends when the stream is closed: by `with`, by `close()`, or when nobody holds it any more. What had arrived
    until then is paid for and recorded.
    """

    def __init__(self, run: Run, request: Request) -> None:
        from llmcli.library.work import Work

        pieces: queue.SimpleQueue[str | None] = queue.SimpleQueue()

        def show(delta: Delta) -> None:
            if delta.kind == "text" and delta.text:
                pieces.put(delta.text)

        self._pieces = pieces
        self._work = Work(lambda: run.closing(run.outcome(request, show)), after=lambda: pieces.put(None))
        self._stop = weakref.finalize(self, run.stop, self._work)  # neither of which may hold this stream
        self._over = False

    @property
    def answer(self) -> Answer:
        """The whole answer, once it is there: what was not read yet is waited for. Raises LlmcliError if it failed."""
        from llmcli.library.answer import answer_of

        while not self._over:
            self._next()
        return answer_of(self._work.result())

    def close(self) -> None:
        """End the call, if it is not over. `answer` then raises, and what had arrived is the error's `answer`."""
        self._over = True
        self._stop()

    def __next__(self) -> str:
        piece = None if self._over else self._next()
        if piece is not None:
            return piece
        if self._stop.detach() is not None:  # the first time, if it was not closed
            _ = self.answer
        raise StopIteration

    def _next(self) -> str | None:
        try:
            piece = self._pieces.get()
        except BaseException:  # Ctrl-C
            self.close()
            raise
        self._over = piece is None
        return piece

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def stream(
    prompt: str = "",
    *,
    model: str | None = None,
    system: str | None = None,
    files: Sequence[File] = (),
    **options: Unpack[Options],
) -> Stream:
    """The answer's text in pieces, as they come, and then the whole as `answer`. Otherwise as `ask`.

    Begins at once. Raises LlmcliError for what keeps it from beginning; the rest is raised while the pieces are read.
    """
    from llmcli.library.run import Run

    run = Run.begin("stream", model, system, options)
    return Stream(run, run.request(prompt, files))
