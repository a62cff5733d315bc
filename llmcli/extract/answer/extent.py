"""Where a JSON value ends, found while its text arrives in pieces, also when the value is not quite JSON.

For valid JSON the end is exact. For a broken value it is the best guess, so that the values after it can be read:

- A quote opens a string only after `{ [ , :`, and closes one only before `, : } ]`. In valid JSON every quote
  does; a quote within a string that was not escaped does neither, and is passed over.
- A closing bracket that does not fit the innermost open one closes the nearest that it fits; if it fits none, the
  value ends before a `]`, which belongs to the array around it.
- `{` after a comma within an object cannot be a key: brackets are missing, and the value ends there.
"""

from __future__ import annotations

import re
from enum import Enum, auto

# Deeper than any record is, and far from where the parser of the standard library gives up.
DEEPEST = 256

GOES_ON = -1

_BRACKET_OR_QUOTE = re.compile(r'["{}\[\]]')
_IN_STRING = re.compile(r'[^"\\]*(?:\\.[^"\\]*){0,100}', re.DOTALL)
# A run of plain members, which is most of a record: what is read one by one otherwise, at once.
_MEMBERS = re.compile(r'(?:[ \t\r\n]*[,:][ \t\r\n]*(?:"[^"\\]*"(?=[ \t\r\n]*[,:}\]])|[\w.+-]+)){1,100}')
_SPACE = re.compile(r"[ \t\r\n]*")
_OPENERS = {"}": "{", "]": "["}


class _State(Enum):
    OUTSIDE = auto()
    STRING = auto()
    ESCAPE = auto()  # behind a backslash
    QUOTE = auto()  # behind a quote that ends the string if what follows allows it


class Extent:
    """Finds the end of one value, which begins with a bracket or a quote; `opened` of its brackets were read already.

    `too_deep` tells that brackets were nested deeper than `DEEPEST`; they are still counted.
    """

    def __init__(self, opened: str = "") -> None:
        self._stack = list(opened)
        self._over = 0  # how many brackets beyond DEEPEST are open
        self._state = _State.OUTSIDE
        self._before = opened[-1:] or ":"  # the last character outside strings that is not white space
        self.too_deep = False
        self.paused = False

    @property
    def depth(self) -> int:
        """How many brackets are open."""
        return len(self._stack) + self._over

    def feed(self, text: str, at: int = 0, pause: bool = False) -> int:
        """The offset in `text` behind the value's last character, reading from `at`; GOES_ON if it is not there.

        With `pause`, it also stops before an array directly within the outermost object, and says so in `paused`:
        `open_array` goes on behind its bracket.
        """
        self.paused = False
        while at < len(text):
            if self._state is _State.OUTSIDE:
                members = _MEMBERS.match(text, at)
                if members:
                    at = members.end()
                    self._before = text[at - 1]
                found = _BRACKET_OR_QUOTE.search(text, at)
                gap = (text[at : found.start()] if found else text[at:]).rstrip()
                self._before = gap[-1] if gap else self._before
                if found is None:
                    return GOES_ON
                at = found.start()
                if pause and text[at] == "[" and self._stack == ["{"] and self._before == ":":
                    self.paused = True
                    return at
                end = self._bracket_or_quote(text[at], at)
                if end != GOES_ON:
                    return end
                at += 1
            else:
                at, closed = self._string(text, at)
                if closed and not self._stack:
                    return at
        return GOES_ON

    def _bracket_or_quote(self, char: str, at: int) -> int:
        if char == '"':
            self._state = _State.STRING if self._before in "{[,:" else _State.OUTSIDE
        elif char in "{[":
            if char == "{" and self._before == "," and self._stack[-1:] == ["{"] and not self._over:
                self._drop_to("[")
                if not self._stack:
                    return at
            self._open(char)
        elif self._over:
            self._over -= 1
        elif _OPENERS[char] in self._stack:
            self._drop_to(_OPENERS[char])
            self._stack.pop()
            if not self._stack:
                return at + 1
        elif char == "]":
            return at
        self._before = char
        return GOES_ON

    def open_array(self) -> None:
        self._open("[")
        self._before = "["

    def _open(self, char: str) -> None:
        if len(self._stack) < DEEPEST:
            self._stack.append(char)
        else:
            self._over += 1
            self.too_deep = True

    def _drop_to(self, opener: str) -> None:
        """Take brackets for closed until `opener` is the innermost."""
        while self._stack and self._stack[-1] != opener:
            self._stack.pop()

    def _string(self, text: str, at: int) -> tuple[int, bool]:
        """Read on within a string: how far, and whether that is behind its end."""
        if self._state is _State.ESCAPE:
            self._state = _State.STRING
            return at + 1, False
        if self._state is _State.STRING:
            at = _matched_to(_IN_STRING, text, at)
            if at < len(text):
                self._state = _State.QUOTE if text[at] == '"' else _State.ESCAPE
                at += 1
            return at, False
        after = _matched_to(_SPACE, text, at)
        closed = after < len(text) and text[after] in ",:}]"
        if after < len(text):
            self._state = _State.OUTSIDE if closed else _State.STRING
            self._before = '"'
        return after, closed


def _matched_to(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at
