"""Where in an answer the JSON begins: models put words around it, and words have brackets too."""

from __future__ import annotations

import re

_BRACKET = re.compile(r"[{\[]")
_SOLID = re.compile(r"[^ \t\r\n]")
_LINE_LEAD = " \t\r,`-*"  # what may stand before JSON at the beginning of a line


class Opening:
    """Finds the bracket that an array or object begins with, by what stands around it.

    `{"` and `[{` begin one wherever they stand in the first words of an answer; behind a document, and for anything
    else (`{}`, `[1`), only at the beginning of a line. With `objects`, an array begins with an object or is empty.
    """

    def __init__(self, *, objects: bool) -> None:
        self._objects = objects
        self._opener = ""  # a bracket that has been read, but not yet what follows it
        self.fresh = True  # whether nothing stands before on this line
        self.inline = False  # whether the last that was found began amid a line, so that it may be a part of the words

    def feed(self, text: str, at: int, *, behind: bool) -> tuple[int, str]:
        """How far `text` is read, and the bracket found, or nothing; `behind` says that a document came before."""
        while at < len(text):
            if not self._opener:
                at = self._to_bracket(text, at)
                continue
            solid = _SOLID.search(text, at)
            if solid is None:
                return len(text), ""
            opener, self._opener = self._opener, ""
            begins = self._begins(opener, solid[0], self.fresh, behind)
            self.inline, self.fresh = not self.fresh, False
            at = solid.start()
            if begins:
                return at, opener
        return at, ""

    def _to_bracket(self, text: str, at: int) -> int:
        found = _BRACKET.search(text, at)
        end = found.start() if found else len(text)
        _, newline, line = text[at:end].rpartition("\n")
        self.fresh = (self.fresh or bool(newline)) and not line.strip(_LINE_LEAD)
        self._opener = found[0] if found else ""
        return end + len(self._opener)

    def _begins(self, opener: str, char: str, fresh: bool, behind: bool) -> bool:
        likely = fresh or not behind
        if opener == "{":
            return (char == '"' and likely) or (char == "}" and fresh)
        return (char in "{]" and likely) or (not self._objects and fresh and char in '"[-0123456789tfn')
