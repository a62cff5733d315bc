"""One prompt in, one complete answer out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Unpack

    from llmcli.library.answer import Answer
    from llmcli.library.options import File, Options


def ask(
    prompt: str = "",
    *,
    model: str | None = None,
    system: str | None = None,
    files: Sequence[File] = (),
    **options: Unpack[Options],
) -> Answer:
    """The complete answer to `prompt` and `files`, which are paths or URLs of text, images or PDFs.

    Every setting is a keyword; what is not given is taken from environment and configuration, as by `llmcli ask`.
    Raises LlmcliError: also for an answer that is cut or declined, with what did arrive as the error's `answer`.
    """
    from llmcli.library.answer import answer_of
    from llmcli.library.run import Run
    from llmcli.library.work import Work

    run = Run.begin("ask", model, system, options)
    request = run.request(prompt, files)
    return answer_of(Work(lambda: run.closing(run.outcome(request))).result())
