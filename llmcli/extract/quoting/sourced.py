"""Values with the place in the text that they were read from."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from llmcli.choices import Evidence
from llmcli.extract.problem import Problem
from llmcli.extract.quoting.alignment import Match, Source, align_in
from llmcli.extract.quoting.quotes import EVIDENCE, Per, Quoted, attach, unwrap, with_evidence
from llmcli.extract.schema.user import UserSchema, user_schema

Place = tuple[int, int]
"""Which text, and where in it."""


@dataclass(frozen=True)
class Sourced:
    """Finds the quotes of values in `texts`, which have names; `strict` takes none that is not there."""

    names: tuple[str, ...]
    texts: tuple[Source, ...]
    how: Evidence

    @property
    def per(self) -> Per:
        return "field" if self.how == "field" else "record"

    def problems(self, value: Any) -> list[Problem]:
        """The quotes that are not in the text, if that is a problem."""
        if self.how != "strict":
            return []
        _, quotes = unwrap(value)
        lacking = [quote for quote in quotes.values() if align_in(self.texts, quote) is None]
        return [Problem("/quote", "does not stand in the text") for _ in lacking[:1]]

    def attached(self, value: Any, near: Place = (0, 0)) -> tuple[Any, Place | None, Match | None]:
        """The data with its evidence, and the place of the first quote that was found, looked for from `near` on."""
        data, quotes = unwrap(value)
        quoted: dict[str, Quoted] = {}
        first: tuple[int, Match] | None = None
        for pointer, quote in quotes.items():
            found = align_in(self.texts, quote, near)
            quoted[pointer] = Quoted(quote, found[1] if found else None)
            first = first or found
        record = attach(data, quoted, self.per)
        if first is None:
            return record, None, None
        if len(self.names) > 1 and self.per == "record":
            record[EVIDENCE] = {"source": self.names[first[0]], **record[EVIDENCE]}
        return record, (first[0], first[1].start), first[1]


def sourced_schema(user: UserSchema, per: Per) -> UserSchema:
    """The schema of what the model is asked for: the user's, with quotes. Raises UsageError."""
    document: Any = user.document
    if isinstance(document, bool):
        document = {} if document else {"not": {}}
    model = user.model_problems

    def of_data(value: Any) -> list[Problem]:
        assert model is not None
        return [replace(each, pointer=f"/data{each.pointer}") for each in model(value["data"])]

    return user_schema(with_evidence(document, per), user.source, None if model is None else of_data)
