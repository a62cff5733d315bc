"""All records of one text, each given out as soon as it is complete and valid, in the order of the text.

An answer that was cut is gone on with after its last record. Records that do not fit are asked for again, alone;
those behind them wait, so that the order stays.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from llmcli.errors import ExitCode, InvalidOutputError, LlmcliError, TruncatedError
from llmcli.extract.answer.elements import Element
from llmcli.extract.answer.records import RecordReader
from llmcli.extract.asking import MORE_ROOM, Asking, told_more
from llmcli.extract.problem import Problem
from llmcli.extract.subset.codec import DecodeError
from llmcli.extract.subset.compile import RECORDS
from llmcli.extract.ways import Way
from llmcli.messages import Delta, Request, StopReason
from llmcli.render import Outcome

_GO_ON = (
    "An earlier answer to this was cut. The last record that arrived is {last}\n"
    "Give only the records that follow it in the text, in the same form; an empty list if there are none."
)
_MEND = (
    "These records of an earlier answer do not fit. Give just these again, put right, in this order, in the same form:"
    "\n{records}"
)


@dataclass
class Slot:
    """A record's place in the order: its value once it is valid; `problems` until then."""

    number: int
    text: str
    value: Any = None
    problems: list[Problem] = field(default_factory=list)
    given_up: bool = False


@dataclass
class Records:
    """The records of one request. `emit` gets the valid ones; those that stay invalid are in `failed`."""

    asking: Asking
    request: Request
    emit: Callable[[Any], None]
    failed: list[Slot] = field(default_factory=list)
    count: int = 0
    _waiting: deque[Slot] = field(default_factory=deque)
    _seen: list[int] = field(default_factory=list)  # hashes of the elements, in order
    _repeated: int | None = None  # of a continued answer: how many elements were given before
    _last: str = ""

    async def run(self) -> None:
        """Ask until the last record has come. Raises what ends it early; what was emitted stays so."""
        request = self.request
        while True:
            before = len(self._seen)
            self._repeated = 0 if before else None
            whole, error = await self._answer(request)
            await self._mend()
            if whole and error is None:
                return
            if error is not None and error.exit_code is not ExitCode.TRUNCATED:
                raise error
            if len(self._seen) == before and not self._more_room():
                raise error or TruncatedError("the answer ended early", hint="try again")
            self.asking.note(f"the answer was cut after {len(self._seen)} records, going on from there")
            request = told_more(self.request, _GO_ON.format(last=self._last)) if self._seen else self.request

    async def _answer(self, request: Request) -> tuple[bool, LlmcliError | None]:
        """One answer: whether it came to its end, and what went wrong. Goes down the ladder."""
        asking = self.asking
        while True:
            way = asking.ways[0]
            if way.mode == "tool":
                outcome = await asking.answer(way.asked(request))
                found, whole = self._called(way, outcome)
            else:
                reader = RecordReader(RECORDS, objects=way.many_objects)
                outcome = await asking.answer(way.asked(request), self._taker(way, reader))
                ending = reader.finish()
                found, whole = ending.found, ending.whole
            error = outcome.error
            if isinstance(error, InvalidOutputError):
                error = None  # JSON mode's own test: here it is told record by record
            if error is None and not found:
                error = InvalidOutputError("the answer holds no records", hint="try again, or another --mode")
            if error is not None and asking.step_down(way, error):
                continue
            asking.settled = asking.settled or found
            cut = outcome.reply is not None and outcome.reply.stop_reason is StopReason.MAX_TOKENS
            return whole and not cut, error

    def _called(self, way: Way, outcome: Outcome) -> tuple[bool, bool]:
        """The records in a tool call, which comes whole or not at all."""
        if outcome.reply is None or outcome.error is not None:
            return False, False
        try:
            elements = way.read(outcome.reply)
        except InvalidOutputError:
            return False, False
        if not isinstance(elements, list):
            return False, False
        for value in elements:
            self._take(way, Element(value, way.shown(value)), value)
        return True, True

    def _taker(self, way: Way, reader: RecordReader) -> Callable[[Delta], None]:
        def take(delta: Delta) -> None:
            if delta.kind == "text":
                for element in reader.feed(delta.text):
                    self._take(way, element)

        return take

    def _take(self, way: Way, element: Element, value: Any = None) -> None:
        if self._is_repeated(hash(element.text)):
            return
        self._seen.append(hash(element.text))
        self._last = element.text
        slot = Slot(len(self._seen), element.text)
        if element.problem is not None:
            slot.problems = [Problem("", element.problem)]
        elif value is not None:
            self._put(slot, value)
        else:
            try:
                self._put(slot, way.element(element.value))
            except DecodeError as error:
                slot.problems = [Problem(error.pointer, error.reason)]
            except InvalidOutputError as error:
                slot.problems = [Problem("", error.message)]
        self._waiting.append(slot)
        self._emit()

    def _is_repeated(self, mark: int) -> bool:
        """Whether a continued answer begins with what was there before: all over again, or with the last record."""
        if self._repeated is None:
            return False
        if self._repeated == 0 and mark == self._seen[-1]:
            self._repeated = None
            return True
        if self._repeated < len(self._seen) and mark == self._seen[self._repeated]:
            self._repeated += 1
            return True
        self._repeated = None
        return False

    def _put(self, slot: Slot, found: Any) -> None:
        value = self.asking.reveal(found)
        slot.problems = self.asking.problems(value)
        slot.value = value

    def _emit(self) -> None:
        while self._waiting and (not self._waiting[0].problems or self._waiting[0].given_up):
            slot = self._waiting.popleft()
            if slot.given_up:
                self.failed.append(slot)
            else:
                self.count += 1
                self.emit(slot.value)

    async def _mend(self) -> None:
        """Ask again for what does not fit, as often as repairs are allowed; then give it up."""
        for _ in range(self.asking.repairs):
            broken = [slot for slot in self._waiting if slot.problems]
            if not broken:
                return
            told = "\n".join(f"- {slot.text} has {'; '.join(map(str, slot.problems))}" for slot in broken)
            _, found = await self.asking.reading(told_more(self.request, _MEND.format(records=told)))
            if isinstance(found, list) and len(found) == len(broken):
                for slot, value in zip(broken, found, strict=True):
                    self._put(slot, value)
            self._emit()
        for slot in self._waiting:
            slot.given_up = bool(slot.problems)
        self._emit()

    def _more_room(self) -> bool:
        """Whether the next answer may be longer: not even one record fitted."""
        if self.request.max_tokens >= self._most_tokens:
            return False
        self.request = replace(self.request, max_tokens=self.request.max_tokens * MORE_ROOM)
        return True

    def __post_init__(self) -> None:
        self._most_tokens = self.request.max_tokens * MORE_ROOM
