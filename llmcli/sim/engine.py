"""Answers without a model: the same request always gets the same answer.

By default the answer is a summary of what was sent. Words in the last user message steer it:

    sim:tokens=N    an answer of exactly N tokens, however large N is
    sim:echo TEXT   the answer is TEXT, character by character, to the end of the message
    sim:code[=LANG] prose around one fenced code block (python unless LANG is given)
    sim:stop=WORD   the whole answer, but stopped for this reason: refusal, max_tokens, context_window,
                    tool_use, incomplete, or either vendor's own word, such as length or pause_turn

`max_tokens` cuts the answer at exactly that many tokens; a stop sequence cuts it before the sequence.
A word that starts with `sim:` but is no order is named in the summary, so that a typo is seen.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator

from llmcli.messages import Message, Reply, Request, StopReason, Usage
from llmcli.sim import directives, tokens

_FILLER_START = "The"
_FILLER = " quick brown fox jumps over the lazy dog. The"
_CODE = "Here it is:\n\n```{language}\nprint('hello from sim')\n```\n\nThat is all."
_QUOTED_CHARS = 60

# Vendors' words that mean one of ours; other unknown words pass through as they are.
_VENDOR_WORDS = {
    "stop": StopReason.END_TURN,
    "length": StopReason.MAX_TOKENS,
    "max_output_tokens": StopReason.MAX_TOKENS,
    "content_filter": StopReason.REFUSAL,
    "tool_calls": StopReason.TOOL_USE,
    "model_context_window_exceeded": StopReason.CONTEXT_WINDOW,
    "pause_turn": StopReason.INCOMPLETE,
}


def answer(request: Request) -> Reply:
    """The whole answer at once."""
    generation = Generation(request)
    text = "".join(generation)
    return Reply(
        text=text,
        stop_reason=generation.stop_reason,
        usage=generation.usage,
        model=request.model,
        raw_stop_reason=generation.raw_stop_reason,
    )


class Generation:
    """One answer in the making: iterate it for the pieces, one token each, in constant memory.

    `output_tokens` is what came out so far. The stop reason is known when the iteration is over;
    before that it is INCOMPLETE, which is also what remains if nobody iterates to the end.
    """

    def __init__(self, request: Request, stop: str | None = None) -> None:
        """`stop` is a stop reason to give at the end, as `sim:stop` would."""
        self.request = request
        self.input_tokens = tokens.count_input(request.messages, request.system)
        self.output_tokens = 0
        self.stop_reason = StopReason.INCOMPLETE
        self.raw_stop_reason: str | None = None
        self.stop_sequence: str | None = None
        self._orders = directives.read(last_user_text(request.messages))
        self._ordered_stop = stop or self._orders.stop
        self._pieces = self._generate()

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        piece = next(self._pieces)
        self.output_tokens += 1
        return piece

    @property
    def will_refuse(self) -> bool:
        """Whether a refusal was ordered: some APIs put a refusal elsewhere than an answer, from the start."""
        return self._ordered_stop == StopReason.REFUSAL.value

    @property
    def usage(self) -> Usage:
        """What this answer would be billed for so far."""
        return Usage(
            input_tokens=self.input_tokens,
            output_tokens=self.output_tokens,
            cache_read_tokens=0,
            cache_write_tokens=0,
            reasoning_tokens=0,
        )

    def _generate(self) -> Iterator[str]:
        limited = self._limited(self._unlimited())
        yield from self._until_stop(limited) if any(self.request.stop) else limited
        if self.stop_reason is StopReason.INCOMPLETE:
            self._finish(StopReason.END_TURN)
            if self._ordered_stop is not None:
                self.stop_reason, self.raw_stop_reason = _meaning(self._ordered_stop), self._ordered_stop

    def _unlimited(self) -> Iterator[str]:
        orders = self._orders
        if orders.tokens is not None:
            endless = itertools.chain([_FILLER_START], itertools.cycle(tokens.split(_FILLER)))
            return itertools.islice(endless, orders.tokens)
        if orders.echo is not None:
            return tokens.split(orders.echo)
        if orders.code is not None:
            return tokens.split(_CODE.format(language=orders.code))
        return tokens.split(self._summary())

    def _limited(self, pieces: Iterator[str]) -> Iterator[str]:
        yield from itertools.islice(pieces, self.request.max_tokens)
        if next(pieces, None) is not None:
            self._finish(StopReason.MAX_TOKENS)

    def _until_stop(self, pieces: Iterator[str]) -> Iterator[str]:
        """`pieces` up to the first stop sequence; holds back only as much text as a sequence is long."""
        stops = tuple(stop for stop in self.request.stop if stop)
        hold = max(map(len, stops)) - 1
        held: deque[str] = deque()
        length = 0
        for piece in pieces:
            held.append(piece)
            length += len(piece)
            text = "".join(held)
            hits = [(text.index(stop), stop) for stop in stops if stop in text]
            if hits:
                at, self.stop_sequence = min(hits)
                self._finish(StopReason.STOP_SEQUENCE)
                yield from tokens.split(text[:at])
                return
            while held and length - len(held[0]) >= hold:
                length -= len(held[0])
                yield held.popleft()
        yield from held

    def _summary(self) -> str:
        messages = self.request.messages
        plural = "message" if len(messages) == 1 else "messages"
        facts = [f"sim: {len(messages)} {plural}, {self.input_tokens} tokens in"]
        if self.request.system:
            facts.append(f"system: {_quoted(self.request.system)}")
        facts.append(f"last user message: {_quoted(last_user_text(messages))}")
        facts += [f"not understood: {_quoted(word)}" for word in self._orders.not_understood]
        return "; ".join(facts)

    def _finish(self, reason: StopReason) -> None:
        self.stop_reason, self.raw_stop_reason = reason, reason.value


def last_user_text(messages: tuple[Message, ...]) -> str:
    """The text of the last user turn, or an empty string."""
    return next((message.text for message in reversed(messages) if message.role == "user"), "")


def _meaning(word: str) -> StopReason:
    known = {reason.value: reason for reason in StopReason} | _VENDOR_WORDS
    return known.get(word, StopReason.UNKNOWN)


def _quoted(text: str) -> str:
    start = " ".join(text[: _QUOTED_CHARS * 4].split())
    cut = len(start) > _QUOTED_CHARS or len(text) > _QUOTED_CHARS * 4
    return f'"{start[:_QUOTED_CHARS].rstrip()} …"' if cut else f'"{start}"'
