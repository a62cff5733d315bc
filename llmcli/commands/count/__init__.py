"""How many tokens a request would be, before it is paid for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Annotated, ClassVar

from typer import Context, Option

from llmcli.commands.begin import begin
from llmcli.commands.groups import pairs_of
from llmcli.commands.options import (
    CallOptions,
    GeneralOptions,
    InputOptions,
    Json,
    ModelOptions,
    Prompt,
    ToolOptions,
)
from llmcli.errors import UsageError

if TYPE_CHECKING:
    from llmcli.app import App
    from llmcli.commands.count.counter import Counter
    from llmcli.messages import Request


@dataclass(frozen=True)
class CountedModelOptions(ModelOptions):
    """As for `ask`, but that `-m` may be repeated."""

    model: Annotated[list[str] | None, Option("-m", "--model", metavar="MODEL", help="Repeat it to compare.")] = None  # type: ignore[assignment]


@dataclass(frozen=True)
class CountOptions:
    """How to count, and what to say of it."""

    HEADING: ClassVar[str] = "Counting"

    exact: Annotated[bool, Option("--exact", help="Fail rather than estimate.")] = False
    offline: Annotated[bool, Option("--offline", help="Estimate; call nobody.")] = False
    most: Annotated[int | None, Option("--max", min=0, metavar="N", help="Exit 11 if it is more.")] = None
    window: Annotated[bool, Option("--context", help="Say how much of the model's context window it is.")] = False
    truncate: Annotated[
        int | None, Option("--truncate", min=0, metavar="N", help="Print the first N tokens of the text instead.")
    ] = None
    tail: Annotated[bool, Option("--tail", help="With --truncate: the last N tokens.")] = False
    json: Json = False


def count_tokens(
    context: Context,
    how: CountOptions,
    inputs: InputOptions,
    model: CountedModelOptions,
    call: CallOptions,
    tools: ToolOptions,
    general: GeneralOptions,
    prompt: Prompt = None,
) -> None:
    """How many tokens a request would be, before it is paid for."""
    app = begin(context, general, inputs, replace(model, model=None), call)
    _check(inputs, how)
    from llmcli.commands.count.counter import Counter
    from llmcli.commands.count.report import report
    from llmcli.commands.request import build
    from llmcli.commands.sender import Sender

    # No tool is run, so that nobody has to allow it.
    sender = Sender(app, inputs, replace(tools, yes=True), pairs_of(call.tag, "--tag"))
    counter = Counter(app, sender, model.model or [], exact=how.exact, offline=how.offline)
    request = sender.prepared(build(app, prompt, inputs, model))
    if how.truncate is not None:
        _truncate(app, counter, request, how.truncate, tail=how.tail)
    else:
        report(app, counter.counts(request, each_file=how.json or len(inputs.file or []) > 1), how)


def _check(inputs: InputOptions, how: CountOptions) -> None:
    """Raise UsageError for what does not go together."""
    if how.exact and how.offline:
        raise UsageError("--exact and --offline exclude each other", hint="leave out one")
    if how.tail and how.truncate is None:
        raise UsageError("--tail without --truncate", hint="say how much: --truncate N")
    if how.truncate is not None and (how.json or how.window or how.exact or how.most is not None):
        raise UsageError("--truncate prints text, not a count", hint="count in a second command")
    if inputs.redact_only or inputs.max_input_tokens is not None:
        option = "--redact-only" if inputs.redact_only else "--max-input-tokens"
        raise UsageError(f"{option} is for commands that send", hint="use --max, or llmcli ask")
    if how.offline and any(source.startswith(("http://", "https://")) for source in inputs.file or []):
        raise UsageError("--offline fetches no URL", hint="download it first")


def _truncate(app: App, counter: Counter, request: Request, tokens: int, *, tail: bool) -> None:
    text = request.messages[-1].text
    if not text:
        raise UsageError("there is no text to truncate", hint="give a prompt, a text file or stdin")
    tokenizer = counter.tokenizer()
    app.streams.write(tokenizer.last(text, tokens) if tail else tokenizer.first(text, tokens))
