"""The next turn of a conversation: what is sent, what becomes of the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from llmcli.errors import ExitCode, UsageError
from llmcli.messages import Message, Request, StopReason, ToolResultPart
from llmcli.render import Outcome

DEFAULT_SYSTEM = "You are a helpful assistant in a terminal. Answer briefly and in plain text."

SUMMARY_SYSTEM = (
    "You summarize conversations so that they can go on without their beginning. Keep names, numbers, decisions, "
    "open questions and what the user wants. Write only the summary, of {words} words at most."
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
        """One turn. Without an answer (see `is_answer`) the history stays as it was.

        `send` may stream the answer; it defaults to the dialogue's own.
        """
        last = self.conversation.turns[-1] if self.conversation.turns else None
        if last is not None and last.waiting_for:
            missing = ", ".join(last.waiting_for)
            raise UsageError(f"the last turn waits for the results of {missing}", hint="give --tool-result ID=TEXT")
        return self._turn(question, (), model, send)

    def answer_calls(self, results: Sequence[ToolResultPart], model: str, send: Send | None = None) -> Outcome:
        """Go on with the last turn, whose tool calls these are the results of. Raises UsageError if they are not."""
        turns = self.conversation.turns
        waiting = turns[-1].waiting_for if turns else ()
        given = tuple(result.call_id for result in results)
        if not waiting or sorted(given) != sorted(waiting):
            wanted = ", ".join(waiting) or "none"
            raise UsageError(f"results for {', '.join(given)}, but the last turn waits for {wanted}")
        last = turns.pop()
        before = (*last.open, Message("user", tuple(results)))
        answered = False
        try:
            outcome = self._turn(last.user, before, model, send)
            answered = is_answer(outcome)
        finally:
            if not answered:
                turns.append(last)
        return outcome

    def _turn(self, question: Message, since: tuple[Message, ...], model: str, send: Send | None) -> Outcome:
        """Send history and question, and what went to and fro `since`; an answer becomes part of the history."""
        conversation = self.conversation
        messages = (*self._fitted(question, model).messages(question), *since)
        request = replace(self.defaults, messages=messages, system=system_text(conversation) or None)
        outcome = (send or self.send)(request, model)
        conversation.account(outcome)
        reply = outcome.reply
        if reply is not None and is_answer(outcome):
            waits = (*since, *outcome.exchanged, reply.as_message()) if reply.tool_calls else ()
            answer = well_formed(reply.text)
            conversation.turns.append(Turn(question, answer, outcome.model or model, open=waits))
            conversation.model = model
        return outcome

    def ask_again(self, model: str, send: Send | None = None) -> Outcome:
        """The last question once more, for another answer; without one the old answer stays. Raises UsageError."""
        conversation = self.conversation
        turns, summary = list(conversation.turns), conversation.summary
        last = conversation.undo()
        if last is None:
            raise UsageError("there is no question to ask again")
        answered = False
        try:
            outcome = self.ask(last.user, model, send)
            answered = is_answer(outcome)
        finally:
            if answered:
                conversation.turns[-1].pinned = last.pinned
            else:
                conversation.turns, conversation.summary = turns, summary
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
        # A summary that leaves no room for turns would be written anew for each of them.
        longest = SUMMARY_MAX_TOKENS if room is None else min(SUMMARY_MAX_TOKENS, max(1, room // 4))
        instruction = SUMMARY_SYSTEM.format(words=max(1, longest // 2))
        outcome = self.send(Request("", (text,), longest, instruction), model)
        conversation.account(outcome)
        if outcome.reply is None or not is_answer(outcome):
            self.note("could not summarize the oldest turns, leaving them out")
            return False
        last = next(number for number, turn in enumerate(conversation.turns) if turn is half.dropped[-1])
        conversation.summary = Summary(well_formed(outcome.reply.text), last + 1)
        return True


def is_answer(outcome: Outcome) -> bool:
    """Whether what came becomes part of the conversation: also what a limit cut, but not what broke off.

    Blank text is none: Anthropic refuses every later request that has it in its history.
    """
    reply, error = outcome.reply, outcome.error
    if reply is None or not (reply.text.strip() or reply.tool_calls):
        return False
    cut = error is not None and error.exit_code is ExitCode.TRUNCATED and reply.stop_reason is not StopReason.INCOMPLETE
    return error is None or cut


def well_formed(text: str) -> str:
    """`text` without lone surrogates, which some servers send and no file can hold; split pairs are joined."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
