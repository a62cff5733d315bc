"""Writes the man pages out of the commands themselves: python -m man.generate

What a page says is what `--help` says, with the meanings of the exit codes spelled out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer import Context
from typer.main import get_command

from llmcli.cli import build
from llmcli.commands.manual import Example, Manual, manual, name_of, sections

FOLDER = Path(__file__).parent / "man1"
_WORD = re.compile(r"--?[a-z][a-z-]*|[^\s,]+|\s+|,")
_ROFF = str.maketrans({"\\": "\\e", "-": "\\-", "'": "\\(aq", "`": "\\(ga", "^": "\\(ha", "~": "\\(ti", "…": "..."})
_SETUP = """.\\" Made by man/generate.py out of the commands. Do not edit.
.TH {title} 1 "" llmcli "llmcli manual"
.nh
.ad l
"""


def pages() -> dict[str, str]:
    """The pages of all commands, by file name."""
    top: Any = get_command(build())
    found = dict(_commands(_context(top, "llmcli")))
    paths = list(found)
    return {f"{_page(path)}.1": _render(path, context, paths) for path, context in found.items()}


def _context(command: Any, name: str, parent: Any = None) -> Any:
    return Context(command, info_name=name, parent=parent, **command.context_settings)


def _commands(context: Any) -> Iterator[tuple[str, Any]]:
    yield context.command_path, context
    for name, sub in getattr(context.command, "commands", {}).items():
        yield from _commands(_context(sub, name, context))


def _page(path: str) -> str:
    return "llmcli" if path == "llmcli" else f"llmcli-{name_of(path)}"


def _render(path: str, context: Any, paths: list[str]) -> str:
    command, found = context.command, manual(path)
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [
        _SETUP.format(title=_page(path).upper()),
        f".SH NAME\n{_text(_page(path))} \\- {_text(command.help.rstrip('.'))}\n",
        f'.SH SYNOPSIS\n.B "{_text(path)}"\n{_text(usage)}\n',
        *_description(command, found),
        *_subcommands(command, path),
        *_options(sections(command.get_params(context), context)),
        *_examples(found.examples),
        *_exit_status(found),
        *(_ENVIRONMENT if path == "llmcli" else ()),
        _see_also(path, paths),
    ]
    return "".join(parts)


def _description(command: Any, found: Manual) -> Iterator[str]:
    yield ".SH DESCRIPTION\n"
    yield from (f".PP\n{_line(paragraph)}\n" for paragraph in found.paragraphs or (command.help,))


def _subcommands(command: Any, path: str) -> Iterator[str]:
    for number, (name, sub) in enumerate(getattr(command, "commands", {}).items()):
        heading = "" if number else ".SH COMMANDS\n"
        yield f"{heading}.TP\n.BR {_text(_page(f'{path} {name}'))} (1)\n{_line(sub.help)}\n"


def _options(found: dict[str, list[tuple[str, str]]]) -> Iterator[str]:
    yield ".SH OPTIONS\n"
    for heading, records in found.items():
        yield f".SS {heading}\n"
        yield from (f".TP\n{_written(written)}\n{_line(words)}\n" for written, words in records)


def _written(record: str) -> str:
    """`-f, --file PATH`: what is typed as it stands is bold, what stands for something is italic."""
    return "".join(
        f"\\fB{_text(word)}\\fR" if word.startswith("-") else word if not word.strip(", ") else f"\\fI{_text(word)}\\fR"
        for word in _WORD.findall(record)
    )


def _examples(examples: tuple[Example, ...]) -> Iterator[str]:
    yield ".SH EXAMPLES\n"
    for example in examples:
        lines = "\n".join(map(_line, example.command.splitlines()))
        colon = "" if example.comment.endswith("?") else ":"
        yield f".PP\n{_line(example.comment)}{colon}\n.PP\n.RS 4\n.nf\n{lines}\n.fi\n.RE\n"


def _exit_status(found: Manual) -> Iterator[str]:
    yield ".SH EXIT STATUS\n"
    for code, words in found.codes.items():
        yield f".TP\n.B {code.value}\n{_line(_first_upper(words or code.meaning))}.\n"


def _see_also(path: str, paths: list[str]) -> str:
    """The command above, and those below, or beside it if there are none."""
    above = path.rpartition(" ")[0]
    below = [other for other in paths if other.rpartition(" ")[0] == path]
    beside = [other for other in paths if other.rpartition(" ")[0] == above and other != path]
    others = [*([above] if above else []), *(below or beside)]
    return ".SH SEE ALSO\n" + " ,\n".join(f".BR {_text(_page(other))} (1)" for other in others) + "\n"


def _first_upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def _text(words: str) -> str:
    """Words as roff has to read them: each character for itself."""
    return words.translate(_ROFF)


def _line(words: str) -> str:
    """Words that may stand at the beginning of a line, where a dot or a quote would be a request."""
    text = _text(words)
    return f"\\&{text}" if text.startswith((".", "\\(aq")) else text


_ENVIRONMENT = (
    ".SH ENVIRONMENT\n",
    f".TP\n.B LLMCLI_NAME\n{_line('The setting NAME, such as LLMCLI_MODEL; llmcli config show lists the settings.')}\n",
    f".TP\n.B LLMCLI_CONFIG\n{_line('Another configuration file than your own.')}\n",
    f".TP\n.B ANTHROPIC_API_KEY\n.TQ\n.B OPENAI_API_KEY\n{_line('Keys. There is no option that takes one.')}\n",
)


def main() -> None:
    """Write the pages, and remove those of commands that are gone."""
    made = pages()
    FOLDER.mkdir(exist_ok=True)
    for file in FOLDER.glob("*.1"):
        if file.name not in made:
            file.unlink()
    for name, text in made.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
