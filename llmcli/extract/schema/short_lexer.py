"""Reading the short form character by character, with the column of every fault."""

from __future__ import annotations

from llmcli.errors import UsageError

_SPECIAL = set(',:?{}[]|"')


class NotInFormError(Exception):
    """What is wrong, and where; a near miss is a type that is all but spelled right."""

    def __init__(self, position: int, reason: str, hint: str | None = None, *, is_near_miss: bool = False) -> None:
        super().__init__(reason)
        self.position = position
        self.reason = reason
        self.hint = hint
        self.is_near_miss = is_near_miss

    def shown_in(self, text: str) -> UsageError:
        before = text[: self.position]
        column = self.position - (before.rfind("\n") + 1) + 1
        line = f"line {before.count(chr(10)) + 1}, " if "\n" in text.strip() else ""
        return UsageError(f"the schema {self.reason}, at {line}column {column}", hint=self.hint)


class Scanner:
    """The text and how far it is read."""

    def __init__(self, text: str, position: int = 0) -> None:
        self.text = text
        self.position = position

    @property
    def at_end(self) -> bool:
        return self.position >= len(self.text)

    @property
    def peek(self) -> str:
        return self.text[self.position] if not self.at_end else ""

    @property
    def shown_here(self) -> str:
        return "nothing" if self.at_end else "a line break" if self.peek == "\n" else f'"{self.peek}"'

    def take(self, character: str) -> bool:
        """Read `character` if it is next, after spaces."""
        self.skip_spaces()
        if self.peek != character:
            return False
        self.position += 1
        return True

    def expect(self, character: str) -> None:
        if not self.take(character):
            raise NotInFormError(self.position, f'has {self.shown_here} where "{character}" was expected')

    def skip_spaces(self) -> None:
        while not self.at_end and self.peek.isspace() and self.peek != "\n":
            self.position += 1

    def skip_separators(self, *, at_start: bool = False) -> bool:
        """Read one comma at most, and line breaks; whether there was any of these."""
        found = False
        comma = at_start
        while True:
            self.skip_spaces()
            if self.peek == "," and comma:
                raise NotInFormError(self.position, 'has "," where a field was expected')
            if self.at_end or self.peek not in ",\n":
                return found
            comma = comma or self.peek == ","
            found = True
            self.position += 1

    def skip_blank(self) -> None:
        while not self.at_end and self.peek.isspace():
            self.position += 1

    def word(self) -> str:
        """The run of plain characters that is next, maybe empty."""
        start = self.position
        while not self.at_end and not self.peek.isspace() and self.peek not in _SPECIAL:
            self.position += 1
        return self.text[start : self.position]

    def name(self) -> str:
        self.skip_spaces()
        start = self.position
        name = self.quoted() if self.peek == '"' else self.word()
        if not name:
            raise NotInFormError(start, f"has {self.shown_here} where a name was expected")
        return name

    def quoted(self) -> str:
        start = self.position
        self.position += 1
        found = []
        while not self.at_end and self.peek != '"':
            if self.peek == "\\" and self.text[self.position + 1 : self.position + 2] in ('"', "\\"):
                self.position += 1
            found.append(self.peek)
            self.position += 1
        if self.at_end:
            raise NotInFormError(start, "has a quote that is not closed")
        self.position += 1
        return "".join(found)
