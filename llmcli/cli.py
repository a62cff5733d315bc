"""The program: its commands, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Annotated

from typer import Exit, Option, Typer, TyperException, echo

from llmcli import __version__
from llmcli.app import App
from llmcli.commands import batch, completion, config, cost, sim
from llmcli.commands.ask import ask
from llmcli.commands.bare_options import spelled_out
from llmcli.commands.chat import chat
from llmcli.commands.count import count_tokens
from llmcli.commands.doctor import doctor
from llmcli.commands.extract import extract
from llmcli.commands.groups import flattened
from llmcli.commands.help import Command, Group
from llmcli.commands.models import models
from llmcli.commands.stream import stream
from llmcli.errors import ClosedPipeError, ExitCode, InterruptedRunError, LlmcliError, UsageError
from llmcli.signals import end_on_signals, raise_on_signals
from llmcli.streams import Streams

_SETTINGS = {"help_option_names": ["-h", "--help"]}


def _version(wanted: bool) -> None:
    if wanted:
        echo(f"llmcli {__version__}")  # eager: there are no streams yet
        raise Exit(0)


def _program(
    version: Annotated[
        bool,
        Option("--version", callback=_version, is_eager=True, help="Print the version.", rich_help_panel="General"),
    ] = False,
) -> None:
    """Language models for scripts: stdout is data, the exit code says why."""


def build(arguments: Sequence[str] | None = None) -> Typer:
    """The Typer app: all of it, or with the options of only that command that `arguments` name.

    The other commands are there by name and summary, which is all that `--help` says of them: to build the options of
    all takes longer than most commands.
    """
    app = Typer(
        cls=Group,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        add_completion=False,
        context_settings=_SETTINGS,
    )
    app.callback()(_program)
    named = None if arguments is None else next((word for word in arguments if not word.startswith("-")), "")
    if named in ("completion", "doctor"):
        named = None  # they tell of all the others
    for command in (ask, stream, chat, extract, count_tokens, models, doctor):
        name = command.__name__.replace("_", "-")
        whole = named in (None, name)
        app.command(name, cls=Command, context_settings=_SETTINGS)(
            flattened(command) if whole else _summary(command.__doc__)
        )
    for group in (batch, cost, config, sim, completion):
        name = group.__name__.rpartition(".")[2]
        if named in (None, name):
            app.add_typer(_group(group), name=name)
        else:
            app.command(name)(_summary(group.__doc__))
    return app


def _group(group: ModuleType) -> Typer:
    kind = getattr(group, "GROUP", Group)
    sub = Typer(cls=kind, help=group.__doc__, rich_markup_mode=None, context_settings=_SETTINGS)
    if bare := getattr(group, "BARE", None):
        sub.callback(invoke_without_command=True, help=group.__doc__)(flattened(bare))
    for command in group.COMMANDS:
        sub.command(cls=Command, context_settings=_SETTINGS)(flattened(command))
    return sub


def _summary(words: str | None) -> Callable[[], None]:
    """Stands for a command that is not called."""

    def command() -> None:
        raise NotImplementedError

    command.__doc__ = words
    return command


def run(arguments: Sequence[str], app: App) -> ExitCode:
    """Run one command line and say what went wrong, if anything did."""
    try:
        _check_utf8(arguments)
        code = build(arguments)(spelled_out(arguments), prog_name="llmcli", standalone_mode=False, obj=app)
        return ExitCode(code or app.exit_code)
    except SystemExit:
        return ExitCode.SIGPIPE  # Typer's answer to a broken pipe while it prints the help or the version
    except KeyboardInterrupt:  # for an instant after a call, asyncio's own answer to Ctrl-C is in place
        return _report(InterruptedRunError(), arguments, app)
    except Exception as error:  # noqa: BLE001 - the one place where whatever went wrong becomes an exit code
        return _report(error, arguments, app)


def _check_utf8(arguments: Sequence[str]) -> None:
    for number, argument in enumerate(arguments, 1):
        try:
            argument.encode()
        except UnicodeEncodeError as error:
            offset = len(os.fsencode(argument[: error.start]))
            raise UsageError(
                f"argument {number} is not UTF-8 text: byte {offset} cannot be decoded", hint="pass it in a file"
            ) from error


def _report(error: Exception, arguments: Sequence[str], app: App) -> ExitCode:
    """One line on stderr, the envelope if it was asked for, and the exit code."""
    ours = _as_ours(error, app)
    ours.message = app.streams.mask(ours.message)  # the envelope shows it, too
    if isinstance(ours, ClosedPipeError):
        return ours.exit_code
    if app.streams.verbosity >= 2:
        app.streams.block("".join(traceback.format_exception(error)))
    app.streams.say(f"llmcli: {ours.line()}")
    try:
        _deliver(ours, _command(error, app), arguments, app)
    except ClosedPipeError as second:
        return second.exit_code
    except InterruptedRunError:
        raise
    except LlmcliError as second:
        if second is not ours:
            app.streams.say(f"llmcli: {second.line()}")
    return ours.exit_code


def _command(error: Exception, app: App) -> str:
    """The command's name; if its arguments could not be read, only Typer's error knows it."""
    return getattr(getattr(error, "ctx", None), "info_name", None) or app.command


def _deliver(error: LlmcliError, command: str, arguments: Sequence[str], app: App) -> None:
    from llmcli.render import Outcome, envelope, to_json

    outcome = Outcome(command, error=error)
    if app.deliver_failure is not None:
        app.deliver_failure(outcome)
    elif "--json" in arguments:
        app.streams.write(to_json(envelope(outcome)))


def _as_ours(error: Exception, app: App) -> LlmcliError:
    """`error` as one of our own; what is not foreseen is a bug."""
    if isinstance(error, LlmcliError):
        return error
    if isinstance(error, TyperException):
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "llmcli"
        message = error.format_message().rstrip(".")
        return UsageError(message[:1].lower() + message[1:], hint=f"see {path} --help")
    if isinstance(error, OSError) and app.command == App.command:  # no command has begun: Typer prints the help
        return UsageError(f"cannot write to stdout: {error.strerror}")
    return LlmcliError(
        f"unexpected {type(error).__name__}: {error}", hint="this is a bug; run again with -vv and report it"
    )


def main() -> None:
    """Run the command line of this process."""
    app, arguments = App(Streams.of_process()), sys.argv[1:]
    try:
        raise_on_signals()
        code = run(arguments, app)
        end_on_signals()
    except InterruptedRunError as late:  # while another error was being reported
        end_on_signals()
        code = _report(late, arguments, app)
    app.close()
    # Tearing down thousands of imported modules would take longer than a short command does.
    os._exit(code)
