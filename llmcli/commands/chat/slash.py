"""The commands of a conversation, such as `/model NAME`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from llmcli.chat import sessions
from llmcli.chat.window import estimate
from llmcli.commands.chat.turns import Turns
from llmcli.errors import UsageError
from llmcli.messages import Message
from llmcli.models import context_window, route
from llmcli.render import dollars_of

_BARE = {"quit": "/quit", "reset": "/reset", "stats": "/stats"}
_MODEL = "!model "


class Slash:
    """Obeys commands; `left` says that the user wants to leave."""

    def __init__(self, turns: Turns) -> None:
        self.left = False
        self._turns = turns
        self._say = turns.app.streams.say
        self._commands: dict[str, Callable[[str], Message | None]] = {
            "help": self._help,
            "quit": self._quit,
            "reset": self._reset,
            "stats": self._stats,
            "model": self._model,
            "system": self._system,
            "save": self._save,
            "load": self._load,
            "undo": self._undo,
            "retry": self._retry,
            "file": self._file,
            "window": self._window,
            "tokens": self._tokens,
        }

    def obey(self, line: str) -> Message | None:
        """Do what a command says; the question to send if `line` is none, or if the command asks again.

        Raises UsageError for a command that does not exist or cannot be done.
        """
        text = _BARE.get(line.strip(), line.strip())
        if text.startswith(_MODEL):
            text = "/" + text.removeprefix("!")
        if not text:
            return None
        if not text.startswith("/"):
            return Message.of("user", line)
        name, _, argument = text[1:].partition(" ")
        if name not in self._commands:
            raise UsageError(f'unknown command "/{name}"', hint="/help lists them")
        return self._commands[name](argument.strip())

    def statistics(self) -> list[str]:
        """A line for each model, and one for all: calls, tokens, dollars, how long answers took."""
        conversation = self._turns.conversation
        lines = []
        for name, totals in [*conversation.totals.items(), ("total", conversation.total())]:
            failed = f", {totals.failed} failed" if totals.failed else ""
            unpriced = f" ({totals.unpriced} without a price)" if totals.unpriced else ""
            tokens = f"{totals.input_tokens:,} in / {totals.output_tokens:,} out"
            lines.append(f"{name}: {totals.calls} calls{failed} · {tokens} · {dollars_of(totals.cost_usd)}{unpriced}")
        median, slow = conversation.latency_ms(0.50), conversation.latency_ms(0.95)
        if median is not None and slow is not None:
            lines.append(f"latency: p50 {median / 1000:.2f} s, p95 {slow / 1000:.2f} s")
        if conversation.summary is not None:
            lines.append(f"summary of the first {conversation.summary.turns} turns: {conversation.summary.text}")
        return lines

    def _help(self, argument: str) -> None:
        for line in (
            "/model NAME    ask another model from now on        /system TEXT  change the system text",
            "/file PATH     attach a file to the next message    /window N     send only the last N turns; 0 is all",
            "/undo          take back the last turn              /retry        ask the last question again",
            "/reset         forget the conversation              /save FILE    /load FILE",
            "/stats         what it took so far                  /tokens       how long the history is",
            "/quit          leave (also Ctrl-D); Ctrl-C stops an answer",
        ):
            self._turns.app.streams.block(line + "\n")

    def _quit(self, argument: str) -> None:
        self.left = True

    def _reset(self, argument: str) -> None:
        with self._turns.held():
            self._turns.conversation.forget()
        self._turns.unanswered = None
        self._say("forgotten")

    def _stats(self, argument: str) -> None:
        for line in self.statistics():
            self._say(line)

    def _model(self, argument: str) -> None:
        if not argument:
            self._say(self._turns.model_name())
            return
        chosen = route(self._turns.app.config, argument)
        self._turns.model = argument
        self._say(f"{chosen.provider}/{chosen.model} from now on")

    def _system(self, argument: str) -> None:
        if not argument:
            self._say(self._turns.conversation.system or "no system text")
            return
        self._turns.change_system(argument)
        self._say("changed")

    def _save(self, argument: str) -> None:
        sessions.write(_path(argument, "/save"), self._turns.session)
        self._say(f"saved to {argument}")

    def _load(self, argument: str) -> None:
        loaded = sessions.read(_path(argument, "/load"))
        self._turns.replace_conversation(loaded.conversation)
        self._turns.unanswered = None
        self._say(f"{len(loaded.conversation.turns)} turns")

    def _undo(self, argument: str) -> None:
        with self._turns.held():
            turn = self._turns.conversation.undo()
        self._say("nothing to take back" if turn is None else f"taken back: {turn.user.text[:60]}")

    def _retry(self, argument: str) -> Message | None:
        if self._turns.unanswered is not None:
            return self._turns.unanswered
        turns = self._turns.conversation.turns
        if not turns:
            raise UsageError("there is no question to ask again")
        self._turns.again = True
        return turns[-1].user

    def _file(self, argument: str) -> None:
        self._turns.attach([str(_path(argument, "/file"))])
        self._say(f"{argument} goes with the next message")

    def _window(self, argument: str) -> None:
        if not argument.isdecimal():
            raise UsageError(f'"{argument}" is no number of turns', hint="/window N, 0 for all that fit")
        policy = self._turns.dialogue.policy
        self._turns.dialogue.policy = replace(policy, turns=int(argument) or None)
        self._say(f"sending the last {argument} turns" if int(argument) else "sending all that fits")

    def _tokens(self, argument: str) -> None:
        conversation = self._turns.conversation
        window = context_window(self._turns.app.config, self._turns.model_name())
        of = f" of the model's {window:,}" if window else ""
        self._say(f"history: about {estimate(conversation):,} tokens{of}, {len(conversation.turns)} turns")


def _path(argument: str, command: str) -> Path:
    if not argument:
        raise UsageError(f"{command} needs a file name")
    return Path(argument).expanduser()
