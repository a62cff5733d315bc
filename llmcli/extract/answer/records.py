"""The records of an answer, each as soon as it is complete, while the answer still streams.

Three forms are read, alone or within prose and code fences: `{"records": [...]}`, a bare array, and JSON lines
(objects one after the other). An object whose key `records`, in any place, holds an array is the first form, so take
a key that no record has. More than one such document is read in order.

What is not JSON is never mended. It comes out as an element with a `problem`, in its place, and reading goes on with
the next element; `extent.py` says how the end of a broken element is guessed. If a broken element has swallowed the
next one, the latter is taken out of it again where the text after a comma is a value of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from llmcli.extract.answer.elements import Element, read
from llmcli.extract.answer.extent import DEEPEST, GOES_ON, Extent
from llmcli.extract.answer.opening import Opening
from llmcli.extract.json_value import parse as parse_json

# A text without a closing bracket cannot end an element, so that it is only scanned once this much has come.
_WAIT_CHARACTERS = 1 << 14
_TOO_DEEP = f"nested deeper than {DEEPEST} levels"
_SOLID = re.compile(r"[^ \t\r\n]")
_SCALAR_END = re.compile(r"[,\]}{\[\n]")


@dataclass(frozen=True)
class Ending:
    """How the answer ended.

    `whole` means that no element can be missing: the array was closed, or lines of JSON ended behind an object.
    `found` means that there was an array or an object.
    """

    whole: bool
    found: bool


class _State(Enum):
    PROSE = auto()  # before, between and behind documents
    ARRAY = auto()  # between elements
    ELEMENT = auto()
    SCALAR = auto()  # an element without brackets or quotes
    TAIL = auto()  # behind the array, within the object around it


class RecordReader:
    """Reads an answer in pieces, split anywhere.

    `key` is where the wrapping object holds the array. `parse` turns an element's text into its value and raises
    ValueError if it has none. `objects` says that all elements are objects, so that fewer brackets of the words around
    the JSON can be mistaken for it.
    """

    def __init__(
        self, key: str = "records", *, objects: bool = False, parse: Callable[[str], Any] = parse_json
    ) -> None:
        self._wrapper = re.compile(re.escape(json.dumps(key, ensure_ascii=False)) + r"\s*:\s*\Z")
        self._tail_characters = len(key) + 64
        self._parse = parse
        self._state = _State.PROSE
        self._waiting: list[str] = []
        self._waiting_characters = 0
        self._opening = Opening(objects=objects)
        self._parts: list[str] = []  # of the current element
        self._extent = Extent()
        self._root = False  # whether the current element is an object outside any array
        self._wrapped = False
        self._lines = False
        self._documents = 0
        self._out: list[Element] = []
        self._steps = {
            _State.PROSE: self._in_prose,
            _State.ARRAY: self._in_array,
            _State.ELEMENT: self._in_element,
            _State.SCALAR: self._in_scalar,
            _State.TAIL: self._in_tail,
        }

    def feed(self, text: str) -> list[Element]:
        """The elements that this piece completes."""
        inside = self._state is _State.ELEMENT and self._extent.depth
        if inside and "}" not in text and "]" not in text and self._waiting_characters < _WAIT_CHARACTERS:
            self._waiting.append(text)
            self._waiting_characters += len(text)
            return []
        self._scan(text)
        out, self._out = self._out, []
        return out

    def finish(self) -> Ending:
        """How it ended, once everything is fed. An element that was cut never is among the elements."""
        self._scan("")
        closed = self._state in (_State.PROSE, _State.TAIL)
        found = self._documents > 0 or self._lines or not closed
        return Ending(closed and found, found)

    def _scan(self, text: str) -> None:
        if self._waiting:
            text = "".join([*self._waiting, text])
            self._waiting, self._waiting_characters = [], 0
        at = 0
        while at < len(text):
            at = self._steps[self._state](text, at)

    def _in_prose(self, text: str, at: int) -> int:
        at, opener = self._opening.feed(text, at, behind=self._documents > 0)
        if opener == "{":
            self._begin_element(root=True)
            self._parts, self._extent = ["{"], Extent("{")
        elif opener == "[":
            self._begin_array(wrapped=False)
        return at

    def _begin_array(self, *, wrapped: bool) -> None:
        self._wrapped, self._root = wrapped, False
        self._parts = []
        self._state = _State.ARRAY

    def _begin_element(self, *, root: bool) -> None:
        self._root, self._parts, self._extent = root, [], Extent()
        self._state = _State.ELEMENT

    def _in_array(self, text: str, at: int) -> int:
        """To the next element or the array's end; commas that are missing or too many lose no element."""
        solid = _SOLID.search(text, at)
        if solid is None:
            return len(text)
        char, at = solid[0], solid.start()
        if char not in ",}]":
            self._begin_element(root=False)
            if char not in '{["':
                self._state = _State.SCALAR
            return at
        if char == "]":
            self._end_document()
        return at + 1

    def _in_element(self, text: str, at: int) -> int:
        start = at
        end = self._extent.feed(text, at, pause=self._root and not self._lines)
        while end != GOES_ON and self._extent.paused:
            if self._wrapper.search(self._last_characters(text, start, end)):
                self._begin_array(wrapped=True)
                return end + 1
            self._extent.open_array()
            end = self._extent.feed(text, end + 1, pause=True)
        self._parts.append(text[start:] if end == GOES_ON else text[start:end])
        if self._extent.too_deep:
            self._parts = []
        if end == GOES_ON:
            return len(text)
        self._end_element()
        return end

    def _last_characters(self, text: str, start: int, end: int) -> str:
        """The end of the current element, of which `text` has the last part, long enough for the key of an array."""
        parts = [text[max(start, end - self._tail_characters) : end]]
        length = len(parts[0])
        for part in reversed(self._parts):
            if length >= self._tail_characters:
                break
            parts.append(part)
            length += len(part)
        return "".join(reversed(parts))

    def _in_scalar(self, text: str, at: int) -> int:
        found = _SCALAR_END.search(text, at)
        self._parts.append(text[at : found.start() if found else len(text)])
        if found is None:
            return len(text)
        self._end_element()
        return found.start()

    def _end_element(self) -> None:
        """Put out the current element. A broken object amid a line of prose was part of the prose."""
        text = "".join(self._parts).strip()
        self._parts = []
        for piece, value, problem in [(text, None, _TOO_DEEP)] if self._extent.too_deep else read(text, self._parse):
            if not (problem and self._root and self._opening.inline and not self._lines):
                self._out.append(Element(value, piece, problem))
                self._lines = self._lines or self._root
        self._opening.fresh = self._root  # the next object may stand on the same line
        self._state = _State.PROSE if self._root else _State.ARRAY

    def _end_document(self) -> None:
        self._documents += 1
        self._extent = Extent("{")
        self._state = _State.TAIL if self._wrapped else _State.PROSE

    def _in_tail(self, text: str, at: int) -> int:
        end = self._extent.feed(text, at)
        if end == GOES_ON:
            return len(text)
        self._state = _State.PROSE
        return end
