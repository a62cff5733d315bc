"""Answers without a model: the same request always gets the same answer.

By default the answer is a summary of what was sent; after results of tools, it quotes them. Words in the last
user message steer it:

    sim:tokens=N          an answer of exactly N tokens, however large N is
    sim:echo TEXT         the answer is TEXT, character by character, to the end of the message
    sim:say=TEXT          the same, to the end of the line; of several, each is for one request: the second one for
                          the second request, which carries the first answer, and so on; then the answers are usual
    sim:code[=LANG]       prose around one fenced code block (python unless LANG is given)
    sim:stop=WORD         the whole answer, but stopped for this reason: refusal, max_tokens, context_window,
                          tool_use, incomplete, or either vendor's own word, such as length or pause_turn
    sim:call=NAME[{JSON}] a call of that tool, with these arguments or some that fit its schema; several make
                          several calls in one answer, or one after the other where parallel calls are off
    sim:think=N           N tokens of reasoning, where reasoning is possible

`max_tokens` cuts the answer, reasoning and calls included, at exactly that many tokens; a stop sequence cuts its
text before the sequence. With `json_object` the answer is a JSON object with the text in it. With a schema it is JSON
that fits, read from the prompt as `reading.py` says or made up; `sim:tokens` pads it with line ends. Only `sim:say` and
`sim:echo` may break the schema, and a refusal does. A word that starts with `sim:` but is no order is named in the
summary, so that a typo is seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from llmcli.messages import Reply, Request, StopReason, ToolCallPart, Usage
from llmcli.sim import conversation, directives, tokens, wording
from llmcli.sim.conversation import last_user_text
from llmcli.sim.pieces import Piece, filler, until_stop
from llmcli.sim.shapes import JsonSchema
from llmcli.sim.stop_words import meaning

__all__ = ["Generation", "Terms", "answer", "last_user_text"]

# Efforts at which models think about a simple prompt; below them they may answer at once.
_THINKS_AT = ("medium", "high", "xhigh", "max")


@dataclass(frozen=True)
class Terms:
    """What an API knows of a call that the neutral request cannot say.

    `reasons`: whether the model may reason. `thinks`: whether it does so unasked; None leaves it to the effort.
    `input_tokens`: the prompt's size where the API has a count of its own. `schema`: what the answer must fit.
    """

    stop: str | None = None
    input_tokens: int | None = None
    reasons: bool = True
    thinks: bool | None = None
    parallel: bool = True
    schema: JsonSchema | None = None


def answer(request: Request, terms: Terms | None = None) -> Reply:
    """The whole answer at once."""
    generation = Generation(request, terms)
    return generation.reply("".join(generation))


class Generation:
    """One answer in the making, in constant memory: iterate it for its text, or `pieces()` for all there is.

    `output_tokens` is what came out so far. The stop reason is known when the iteration is over;
    before that it is INCOMPLETE, which is also what remains if nobody iterates to the end.
    """

    def __init__(self, request: Request, terms: Terms | None = None) -> None:
        self.request = request
        self.terms = terms or Terms()
        counted = self.terms.input_tokens
        if counted is None:
            counted = tokens.count_input(request.messages, request.system, request.tools)
            counted += tokens.count_schema(self.terms.schema)
        self.input_tokens = counted
        self.output_tokens = 0
        self.reasoning_tokens = 0
        self.stop_reason = StopReason.INCOMPLETE
        self.raw_stop_reason: str | None = None
        self.stop_sequence: str | None = None
        self._orders = directives.read(last_user_text(request.messages))
        self._ordered_stop = self.terms.stop or self._orders.stop
        self._words = conversation.ordered_words(request.messages)
        self._results = conversation.fresh_results(request.messages)
        self._reasoning: list[str] = []
        self._calls: list[ToolCallPart] = []
        self._arguments: list[list[str]] = []
        self._left = request.max_tokens
        self._pieces = self._generate()

    def pieces(self) -> Iterator[Piece]:
        """All of the answer; what was taken by iterating is not in it any more."""
        for piece in self._pieces:
            self.output_tokens += 1
            if piece.kind == "reasoning":
                self.reasoning_tokens += 1
                self._reasoning.append(piece.text)
            elif piece.call is not None:
                if not self._calls or self._calls[-1] is not piece.call:
                    self._calls.append(piece.call)
                    self._arguments.append([])
                self._arguments[-1].append(piece.text)
            yield piece

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        return next(piece.text for piece in self.pieces() if piece.kind == "text")

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
            reasoning_tokens=self.reasoning_tokens,
        )

    @property
    def reasoning(self) -> str:
        """The reasoning that came out so far."""
        return "".join(self._reasoning)

    @property
    def tool_calls(self) -> tuple[ToolCallPart, ...]:
        """The calls that came out; the last one may have been cut."""
        return tuple(self._calls)

    @property
    def arguments(self) -> tuple[str, ...]:
        """The JSON of the calls' arguments, as far as it came out."""
        return tuple(map("".join, self._arguments))

    def reply(self, text: str) -> Reply:
        """The end of the answer, whose text was `text`. A call that was cut is none."""
        whole = self.stop_reason is not StopReason.MAX_TOKENS
        return Reply(
            text=text,
            stop_reason=self.stop_reason,
            usage=self.usage,
            model=self.request.model,
            raw_stop_reason=self.raw_stop_reason,
            reasoning=self.reasoning,
            extra_parts=self.tool_calls if whole else (),
        )

    def _generate(self) -> Iterator[Piece]:
        yield from self._stages()
        if self.stop_reason is StopReason.INCOMPLETE:
            self._finish(StopReason.TOOL_USE if self._calls else StopReason.END_TURN)
            if self._ordered_stop is not None:
                self.stop_reason, self.raw_stop_reason = meaning(self._ordered_stop), self._ordered_stop

    def _stages(self) -> Iterator[Piece]:
        calls = conversation.calls_to_make(self.request, self._orders, parallel=self.terms.parallel)
        forced = self.request.tool_choice not in (None, "auto", "none")
        speaks = self._orders.says_something or self._words is not None
        if not forced:
            yield from (Piece("reasoning", text) for text in self._limited(self._thoughts()))
        if self._going and (not calls or (speaks and not forced and not self._results)):
            text = self._limited(self._text())
            if stops := tuple(stop for stop in self.request.stop if stop):
                text = until_stop(text, stops, self._stopped)
            yield from (Piece("text", piece) for piece in text)
        for call in calls if self._going else ():
            yield from (
                Piece("call", text, call) for text in self._limited(tokens.split(tokens.as_json(call.arguments)))
            )

    @property
    def _going(self) -> bool:
        return self.stop_reason is StopReason.INCOMPLETE

    def _limited(self, pieces: Iterator[str]) -> Iterator[str]:
        for piece in pieces:
            if self._left == 0:
                self._finish(StopReason.MAX_TOKENS)
                return
            self._left -= 1
            yield piece

    def _thoughts(self) -> Iterator[str]:
        request, ordered = self.request, self._orders.think
        if not self.terms.reasons or request.effort == "none":
            return iter(())
        thinks = self.terms.thinks
        if thinks is None:
            thinks = request.effort in _THINKS_AT or request.thinking_budget is not None
        if ordered is not None:
            return filler(ordered if request.thinking_budget is None else min(ordered, request.thinking_budget))
        if not thinks:
            return iter(())
        return tokens.split(f"The user sent {conversation.counted(request)}. I answer with a summary.")

    def _text(self) -> Iterator[str]:
        if self._words is not None:
            return tokens.split(self._words)
        schema = None if self.will_refuse else self.terms.schema
        if schema is not None:
            return wording.data(self.request, self._orders, schema)
        return wording.words(self.request, self._orders, self.input_tokens, told=bool(self._results))

    def _stopped(self, sequence: str) -> None:
        self.stop_sequence = sequence
        self._finish(StopReason.STOP_SEQUENCE)

    def _finish(self, reason: StopReason) -> None:
        self.stop_reason, self.raw_stop_reason = reason, reason.value
