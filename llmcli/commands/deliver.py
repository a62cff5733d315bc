"""From an Outcome to stdout, `-o`, and the metadata channels: the same for every command."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from llmcli.commands.options import DeliveryOptions, OutputOptions
from llmcli.errors import ExitCode, LlmcliError, UsageError
from llmcli.files import check_open, check_writable, write_atomic
from llmcli.render import Outcome, as_text, envelope, first_code_block, to_json, tool_call
from llmcli.streams import Streams

_STDOUT = Path("-")


class Delivery:
    """Prints one outcome as the options say. Checks them first, before anything is paid for."""

    def __init__(self, streams: Streams, options: DeliveryOptions) -> None:
        self._streams = streams
        self._code = isinstance(options, OutputOptions) and options.code
        self._options = options
        self._delivered = False
        streams.raw = options.raw
        for path, option in ((options.output, "-o"), (options.meta_file, "--meta-file")):
            if path is not None and path != _STDOUT:
                check_writable(path, option)
        if options.meta_fd is not None:
            check_open(options.meta_fd, f"--meta-fd {options.meta_fd}")

    def deliver(self, outcome: Outcome, *, already_shown: bool = False) -> None:
        """Print, then raise the outcome's error if it has one. A streamed answer's text is not printed again."""
        if self._code and outcome.reply is not None and outcome.error is None:
            outcome = _code_only(outcome)
        self._delivered = True
        try:
            self._meta(outcome)
        finally:  # the answer is paid for: it must not be lost because nobody reads about it
            self._print(outcome, already_shown)
        if outcome.error is not None:
            raise outcome.error

    def _print(self, outcome: Outcome, already_shown: bool) -> None:
        text = self._text(outcome)
        saved = False
        try:
            saved = outcome.error is None and self._save(text)
        finally:  # an answer that cannot be saved is at least seen
            if text and not already_shown and (not saved or outcome.command == "stream"):
                self._streams.write(text)

    def _save(self, text: str) -> bool:
        """Write `-o`, if that is a file; a failed run leaves it as it was."""
        target = self._options.output
        if target is None or target == _STDOUT:
            return False
        write_atomic(target, text.encode("utf-8", "replace"), raw=self._streams.raw)
        return True

    def failure(self, outcome: Outcome) -> None:
        """Print the envelope of a run that failed before there was an answer; nothing if one was printed."""
        if self._delivered:
            return
        self._meta(outcome)
        if self._options.json:
            self._streams.write(to_json(envelope(outcome)))

    def _text(self, outcome: Outcome) -> str:
        """What stdout gets: the envelope, the answer, or what did arrive of a truncated one."""
        if self._options.json:
            return to_json(envelope(outcome))
        if outcome.reply is None or (outcome.error and outcome.error.exit_code is not ExitCode.TRUNCATED):
            return ""
        calls = "".join(to_json(tool_call(call)) for call in outcome.reply.tool_calls)
        text = outcome.reply.text
        return (as_text(text) if text or not (outcome.error or calls) else "") + calls

    def _meta(self, outcome: Outcome) -> None:
        data = to_json(envelope(outcome, with_text=False)).encode("utf-8", "replace")
        if self._options.meta_file is not None:
            write_atomic(self._options.meta_file, data)
        if self._options.meta_fd is not None:
            try:
                with os.fdopen(os.dup(self._options.meta_fd), "wb") as file:
                    file.write(data)
            except OSError as error:
                raise UsageError(f"--meta-fd {self._options.meta_fd}: {error.strerror}") from error


def _code_only(outcome: Outcome) -> Outcome:
    assert outcome.reply is not None
    try:
        code = first_code_block(outcome.reply.text)
    except LlmcliError as error:
        return replace(outcome, error=error)
    return replace(outcome, reply=replace(outcome.reply, text=code))
