"""One prompt in, the answer out as it is written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from llmcli.library.flow import Flow

if TYPE_CHECKING:
    from typing import Unpack

    from llmcli.library.answer import Answer
    from llmcli.library.options import File, Options
    from llmcli.library.run import Run
    from llmcli.messages import Delta, Request
    from llmcli.render import Outcome


class Stream(Flow[str, "Outcome"]):
    """The pieces of an answer's text. Going through them raises LlmcliError if the answer is not complete.

    The call ends when the stream is closed: by `with`, by `close()`, or when nobody holds it any more. What had arrived
    until then is paid for and recorded; `answer` then raises, and what had arrived is the error's `answer`.
    """

    def __init__(self, run: Run, request: Request) -> None:
        async def work(put: Callable[[str], None]) -> Outcome:
            def show(delta: Delta) -> None:
                if delta.kind == "text" and delta.text:
                    put(delta.text)

            return await run.closing(run.outcome(request, show))

        super().__init__(work, run.stop)

    @property
    def answer(self) -> Answer:
        """The whole answer, once it is there: what was not read yet is waited for. Raises LlmcliError if it failed."""
        from llmcli.library.answer import answer_of

        return answer_of(self._result())

    def _end(self) -> None:
        _ = self.answer


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
