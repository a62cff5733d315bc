"""Turns of one conversation, each kept in its session if there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from llmcli import attachments, models, prompt
from llmcli.app import App
from llmcli.chat import sessions
from llmcli.chat.conversation import Conversation
from llmcli.chat.dialogue import DEFAULT_SYSTEM, Dialogue, Send, is_answer
from llmcli.chat.sessions import SessionFile
from llmcli.chat.window import WindowPolicy
from llmcli.commands import request as requests
from llmcli.commands.chat.sessions import store_of
from llmcli.commands.deliver import Delivery
from llmcli.commands.live import Live, LiveText
from llmcli.commands.options import InputOptions, ModelOptions, OutputOptions
from llmcli.errors import ExitCode, LlmcliError, UsageError
from llmcli.files import check_writable
from llmcli.messages import Message, Part, ToolResultPart
from llmcli.render import Outcome, summary

if TYPE_CHECKING:
    from llmcli.commands.chat.options import ChatOptions
    from llmcli.commands.sender import Sender

# After these every further turn would fail alike.
_HOPELESS = (ExitCode.AUTH, ExitCode.CONFIG, ExitCode.SIGINT, ExitCode.SIGTERM, ExitCode.SIGPIPE)


class Turns:
    """The conversation of this run. `model` is the name to ask, once the user has chosen one."""

    def __init__(
        self, app: App, options: ChatOptions, inputs: InputOptions, model: ModelOptions, sender: Sender
    ) -> None:
        self.app = app
        self.model = model.model
        self.attached: list[Part] = []
        self.unanswered: Message | None = None
        self.again = False  # whether the next turn asks the last question of the conversation once more
        self._options = options
        self._system = requests.system(app, inputs)
        self._sender = sender
        self._show_reasoning = model.show_reasoning
        self._read = attachments.ReadOptions(inputs.by_url, app.config.settings.image_max_px)
        if options.save_on_exit is not None:
            check_writable(options.save_on_exit, "--save-on-exit")
        self._store = store_of(app)
        self._session = SessionFile(Conversation(system=DEFAULT_SYSTEM))
        policy = WindowPolicy(options.window_turns, options.window_tokens, options.window)
        window = partial(models.context_window, app.config)
        summarize = partial(sender.send, plain=True)
        self.dialogue = Dialogue(
            self.conversation, requests.options(app, model), policy, summarize, window, app.streams.note
        )
        self._version: tuple[int, int] | None = None
        self.adopt(self._session)
        if options.session is not None:
            self._refresh(options.session)

    @property
    def conversation(self) -> Conversation:
        return self._session.conversation

    @property
    def session(self) -> SessionFile:
        return self._session

    def adopt(self, session: SessionFile) -> None:
        """Go on with `session`, with the system text and pins that the command line asked for."""
        self._session = session
        self.dialogue.conversation = session.conversation
        if self._system is not None:
            session.conversation.system = self._system
        self._pin()

    def _pin(self) -> None:
        """Pin the turns that `--pin` names and that are there; the others may be still to come."""
        turns = self.conversation.turns
        for number in self._options.pin or []:
            if number <= len(turns):
                turns[number - 1].pinned = True

    def change_system(self, text: str) -> None:
        """Another system text, from now on."""
        self._system = text
        with self.held():
            self.conversation.system = text

    def replace_conversation(self, conversation: Conversation) -> None:
        """Go on with another conversation; a session keeps it."""
        with self.held():
            self.adopt(SessionFile(conversation, created=self._session.created))

    def model_name(self) -> str:
        """Who is asked next: as chosen in this run, as in the session, or by the settings."""
        chosen = self.model or self.conversation.model or self.app.config.settings.model
        return chosen or models.default_route(self.app.config).asked

    @contextmanager
    def held(self) -> Iterator[None]:
        """Have the session to ourselves: what others wrote meanwhile comes first, what we change is kept."""
        name = self._options.session
        if name is None:
            yield
            return
        with self._store.locked(name):
            self._refresh(name)
            yield
            self._store.save(name, self._session)
            self._version = self._store.version(name)

    def _refresh(self, name: str) -> None:
        """Go on from what another process wrote, if one did: reading a long session takes its time."""
        version = self._store.version(name)
        if version == self._version:
            return
        current = self._store.load(name)
        if current is not None:
            self.adopt(current)
        self._version = version

    def turn(self, question: Message, live: Live | None = None) -> Outcome:
        """Ask, and keep question and answer. With `live` the answer is streamed to it.

        Files that were attached, and the question for /retry, are kept until there is an answer. One that cannot be
        kept in the session is told, and not lost.
        """
        send = partial(self._sender.send, live=live)
        again, self.again = self.again, False
        self.unanswered = None if again else question
        outcome: Outcome | None = None
        try:
            with self.held():
                outcome = self._ask(question, send, again=again)
                self._pin()
        except UsageError as error:
            if outcome is None:
                raise
            self.app.streams.say(f"llmcli: {error.line()}: this turn is not in the session")
            self.app.exit_code = error.exit_code
        if is_answer(outcome):
            self.unanswered = None
            self.attached = self.attached if again else []
        if outcome.reply is not None:
            self.app.streams.detail(summary(outcome))
        return outcome

    def _ask(self, question: Message, send: Send, *, again: bool) -> Outcome:
        if again:
            return self.dialogue.ask_again(self.model_name(), send)
        if results := [part for part in question.parts if isinstance(part, ToolResultPart)]:
            return self.dialogue.answer_calls(results, self.model_name(), send)
        whole = Message("user", (*self.attached, *question.parts))
        return self.dialogue.ask(whole, self.model_name(), send)

    def once(self, words: list[str], inputs: InputOptions) -> None:
        """One turn: the prompt with stdin and files, as for `ask`."""
        try:
            self._answer(requests.user_message(self.app, words, inputs))
        finally:
            self.finish()

    def answer_calls(self, given: list[str]) -> None:
        """One turn that goes on where the last one stopped to have tools called."""
        try:
            self._answer(Message("user", tuple(requests.tool_results(given))))
        finally:
            self.finish()

    def pipe(self, inputs: InputOptions) -> None:
        """One turn for each line of stdin. A failed one is told; the first such is the exit code in the end."""
        self.attach(inputs.file or [])
        try:
            self._lines()
        finally:
            self.finish()

    def _lines(self) -> None:
        blocks = 0
        for number, line in enumerate(self.app.streams.stdin_lines(), start=1):
            text = attachments.decode_text(line, f"stdin, line {number}")
            if not text.strip():
                continue
            if blocks and not self._options.json:
                self.app.streams.write("\n")
            blocks += 1
            try:
                self._answer(Message.of("user", text))
            except LlmcliError as error:
                if error.exit_code in _HOPELESS or self.app.streams.stdout is None:
                    raise
                self.app.streams.say(f"llmcli: line {number}: {error.line()}")
                self.app.exit_code = self.app.exit_code or error.exit_code
                if self.app.deliver_failure is not None:
                    self.app.deliver_failure(Outcome(self.app.command, error=error))

    def attach(self, sources: list[str]) -> None:
        """Read files for the next turn. Raises UsageError."""
        if prompt.STDIN in sources:
            raise UsageError("stdin has the turns, it cannot be a file too", hint="name a file")
        self.attached += [attachments.read_file(source, lambda: b"", self._read) for source in sources]

    def finish(self) -> None:
        """The conversation is over, in whatever way: write it where it was asked for. An empty one replaces no file."""
        file = self._options.save_on_exit
        if file is not None and (self.conversation.turns or not file.exists()):
            sessions.write(file, self._session)

    def _answer(self, question: Message) -> None:
        """One turn, printed: streamed at a terminal, otherwise whole. Raises the turn's error."""
        streams = self.app.streams
        delivery = Delivery(streams, OutputOptions(json=self._options.json, raw=self._options.raw))
        self.app.deliver_failure = delivery.failure
        live = self.live_text() if streams.stdout_is_tty and not self._options.json else None
        outcome = self.turn(question, live)
        if live is not None:
            live.end()
        elif self._show_reasoning and outcome.reply is not None and outcome.reply.reasoning:
            streams.block(outcome.reply.reasoning + "\n")
        delivery.deliver(outcome, already_shown=live is not None)

    def live_text(self) -> LiveText:
        return LiveText(self.app.streams, reasoning=self._show_reasoning)
