"""Counts as text or JSON, and as the gate that `--max` makes of them."""

from __future__ import annotations

from typing import Protocol

from llmcli.app import App
from llmcli.commands.count.counter import ModelCount
from llmcli.errors import BudgetError, printable
from llmcli.models import context_window
from llmcli.render import SCHEMA_VERSION, error_fields, to_json


class ReportOptions(Protocol):
    """What of the command's options says how to print."""

    @property
    def json(self) -> bool: ...
    @property
    def window(self) -> bool: ...
    @property
    def most(self) -> int | None: ...


def report(app: App, counts: list[ModelCount], how: ReportOptions) -> None:
    """Print the counts, then raise BudgetError if one is over `--max`."""
    errors = [_over(each, how.most) for each in counts]
    windows = [context_window(app.config, each.route.asked) if how.json or how.window else None for each in counts]
    if how.json:
        rows = zip(counts, windows, errors, strict=True)
        app.deliver_failure = lambda outcome: None  # what is printed here says already what failed
        app.streams.write("".join(to_json(_as_json(*row)) for row in rows))
    else:
        shown = [_shown(each.count.tokens, window, how.window) for each, window in zip(counts, windows, strict=True)]
        app.streams.write(_as_text(app, counts, shown))
    for error in errors:
        if error is not None:
            raise error


def _over(counted: ModelCount, most: int | None) -> BudgetError | None:
    tokens = counted.count.tokens
    if most is None or tokens <= most:
        return None
    return BudgetError(
        f"{counted.count} for {counted.route.asked}, {tokens - most:,} more than --max {most:,}",
        hint="send less, or raise --max",
    )


def _shown(tokens: int, window: int | None, context: bool) -> str:
    if not context:
        return str(tokens)
    return f"{tokens} of unknown" if window is None else f"{tokens} of {window} ({tokens / window:.1%})"


def _as_text(app: App, counts: list[ModelCount], shown: list[str]) -> str:
    """The bare number; a row for each model or file where there are several, numbers first as `wc` has them."""
    if len(counts) > 1:
        rows = [(number, f"{each.route.asked}  {each.method}") for each, number in zip(counts, shown, strict=True)]
    elif len(counts[0].files) > 1:
        counted = counts[0]
        if counted.count.exact and not counted.files[0].exact:
            app.streams.note(f"the total is exact, its parts are estimated: {counted.files_method}")
        rows = [(str(file.tokens), printable(file.name)) for file in counted.files]
        rows += [(str(counted.others), "(prompt, system, tools)"), (shown[0], "total")]
    else:
        return f"{shown[0]}\n"
    width = max(len(number) for number, _ in rows)
    return "".join(f"{number:>{width}}  {name}\n" for number, name in rows)


def _as_json(counted: ModelCount, window: int | None, error: BudgetError | None) -> dict[str, object]:
    tokens = counted.count.tokens
    return {
        "type": "result",
        "schema_version": SCHEMA_VERSION,
        "ok": error is None,
        "command": "count-tokens",
        "provider": counted.route.provider,
        "model": counted.route.asked,
        "input_tokens": tokens,
        "exact": counted.count.exact,
        "method": counted.method,
        "context_window": window,
        "context_used": None if window is None else round(tokens / window, 6),
        "files": [
            {"file": file.name, "tokens": file.tokens, "exact": file.exact, "method": counted.files_method}
            for file in counted.files
        ],
        "error": None if error is None else error_fields(error),
    }
