"""The next turn of a conversation: what is sent, what becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from llmcli.chat.conversation import Conversation, Summary, Turn
from llmcli.chat.window import (
    ALWAYS_FITS_TOKENS,
    Fitted,
    WindowPolicy,
    estimate,
    fit,
    room_tokens,
    system_text,
)
from llmcli.errors import ExitCode
from llmcli.messages import Message, Request
from llmcli.render import Outcome

DEFAULT_SYSTEM = "You are a helpful assistant in a terminal. Answer briefly and in plain text."

SUMMARY_SYSTEM = (
    "You summarize conversations so that they can go on without their beginning. Keep names, numbers, decisions, "
    "open questions and what the user wants. Write only the summary."
)
SUMMARY_MAX_TOKENS = 1024

Send = Callable[[Request, str], Outcome]
"""Sends a request to the model of that name; failures are in the outcome."""


@dataclass
class Dialogue:
    """A conversation in progress. `defaults` are the request options of every turn.

    `context_window` gives the tokens that a model takes, or None if that is not known.
    """

    conversation: Conversation
    defaults: Request
    policy: WindowPolicy
    send: Send
    context_window: Callable[[str], int | None]
    note: Callable[[str], None]
    dropping: bool = False

    def ask(self, question: Message, model: str, send: Send | None = None) -> Outcome:
        """One turn. A failed one leaves the history as it was; a truncated answer is part of it.

        `send` may stream the answer; it defaults to the dialogue's own.
        """
        conversation = self.conversation
        fitted = self._fitted(question, model)
        request = replace(self.defaults, messages=fitted.messages(question), system=system_text(conversation) or None)
        outcome = (send or self.send)(request, model)
        conversation.account(outcome)
        kept = outcome.error is None or outcome.error.exit_code is ExitCode.TRUNCATED
        if kept and outcome.reply is not None and outcome.reply.text:
            conversation.turns.append(Turn(question, outcome.reply.text, outcome.model or model))
            conversation.model = model
        return outcome

    def _fitted(self, question: Message, model: str) -> Fitted:
        room = self._room(question, model)
        fitted = fit(self.conversation, question, self.policy, room)
        if not fitted.dropped:
            return fitted
        if self.policy.mode == "summarize" and self._summarize(question, room, model):
            return fit(self.conversation, question, self.policy, room)
        if not self.dropping:
            self.dropping = True
            self.note(f"the history no longer fits: leaving out the oldest turns, {len(fitted.dropped)} now")
        return fitted

    def _room(self, question: Message, model: str) -> int | None:
        small = estimate(self.conversation, question.text) < ALWAYS_FITS_TOKENS
        window = None if small else self.context_window(model)
        return room_tokens(self.policy, window, self.defaults.max_tokens)

    def _summarize(self, question: Message, room: int | None, model: str) -> bool:
        """Have the model write a summary in place of the oldest turns; False if it could not.

        It stands for half of what fits, so that the next turns need none of their own.
        """
        conversation = self.conversation
        half = fit(conversation, question, self.policy.halved(), None if room is None else room // 2)
        before = [f"Summary of what came before:\n{conversation.summary.text}"] if conversation.summary else []
        said = [f"User: {turn.user.text}\n\nAssistant: {turn.answer}" for turn in half.dropped]
        text = Message.of("user", "\n\n".join([*before, *said]))
        outcome = self.send(Request("", (text,), SUMMARY_MAX_TOKENS, SUMMARY_SYSTEM), model)
        conversation.account(outcome)
        if outcome.error is not None or outcome.reply is None or not outcome.reply.text:
            self.note("could not summarize the oldest turns, leaving them out")
            return False
        last = next(number for number, turn in enumerate(conversation.turns) if turn is half.dropped[-1])
        conversation.summary = Summary(outcome.reply.text, last + 1)
        return True
