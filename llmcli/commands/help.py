"""How `--help` looks: summary, options in groups, examples, exit codes. What it says is in `manual/`.

Errors in a command's arguments name that help.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from typer import TyperException
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from llmcli.errors import ExitCode

_LINE = 76
_WIDEST = 30  # a longer way to write an option has a line of its own


class _Page:
    """The parts of a page, which the option parser asks for from top to bottom."""

    help: str | None

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        try:
            rest: list[str] = super().parse_args(ctx, args)  # type: ignore[misc]
        except TyperException as error:
            if getattr(error, "ctx", ctx) is None:  # of an option that lacks its value
                error.ctx = ctx  # type: ignore[attr-defined]
            raise
        return rest

    def format_help_text(self, ctx: Any, formatter: Any) -> None:
        from llmcli.commands.manual import manual

        with formatter.indentation():
            for paragraph in (self.help or "", *manual(ctx.command_path).paragraphs):
                formatter.write_paragraph()
                formatter.write_text(paragraph)

    def format_options(self, ctx: Any, formatter: Any) -> None:
        from llmcli.commands.manual import sections

        found = sections(self.get_params(ctx), ctx)  # type: ignore[attr-defined]
        width = min(_WIDEST, max(len(written) for records in found.values() for written, _ in records))
        for heading, records in found.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{written:<{width}}", words) for written, words in records])

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        from llmcli.commands.manual import manual

        found = manual(ctx.command_path)
        with formatter.section("Examples"):
            formatter.write("\n".join(_indented((f"# {each.comment}", each.command)) for each in found.examples))
        with formatter.section("Exit codes"):
            formatter.write(_indented(_lines(_code(*code) for code in found.codes.items())))


class Command(_Page, TyperCommand):
    """A command whose help is such a page."""


class Group(_Page, TyperGroup):
    """A group of commands, likewise."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        self.format_commands(ctx, formatter)
        super().format_options(ctx, formatter)


def _code(code: ExitCode, words: str | None) -> str:
    return f"{code.value} {code.name.lower().replace('_', ' ')}" + (f" ({words})" if words else "")


def _lines(items: Iterable[str]) -> list[str]:
    """The items, with commas between them, as lines that break only there."""
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _LINE:
            lines.append("")
        lines[-1] += f"{item}, "
    return [line.rstrip() for line in lines[:-1]] + [lines[-1].rstrip(", ")]


def _indented(texts: Iterable[str]) -> str:
    return "".join(f"  {line}\n" for text in texts for line in text.splitlines())
