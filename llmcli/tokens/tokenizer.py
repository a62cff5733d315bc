"""Who counts text: the best there is offline for a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from llmcli.tokens import heuristic
from llmcli.tokens.families import family_of
from llmcli.tokens.vocabulary import Vocabulary, installed


class Tokenizer(Protocol):
    """Counts and cuts text by tokens. `method` says how, for people and scripts."""

    @property
    def method(self) -> str: ...

    def count(self, text: str) -> int:
        """How many tokens the text is."""
        ...

    def first(self, text: str, tokens: int) -> str:
        """The beginning of the text, at most so many tokens; never a part of a character."""
        ...

    def last(self, text: str, tokens: int) -> str:
        """The end of the text, likewise."""
        ...


class Heuristic:
    """Counts by the kinds of characters."""

    method = "heuristic"

    def count(self, text: str) -> int:
        return heuristic.estimate_text(text)

    def first(self, text: str, tokens: int) -> str:
        return heuristic.first(text, tokens)

    def last(self, text: str, tokens: int) -> str:
        return heuristic.last(text, tokens)


@dataclass(frozen=True)
class Scaled:
    """Another tokenizer's count times a factor: for a model whose own vocabulary is not public."""

    inner: Tokenizer
    per_ten: int  # tokens for each ten of the other's

    @property
    def method(self) -> str:
        return f"{self.inner.method} x {self.per_ten / 10:g}"

    def count(self, text: str) -> int:
        return -(-self.inner.count(text) * self.per_ten // 10)

    def first(self, text: str, tokens: int) -> str:
        return self.inner.first(text, tokens * 10 // self.per_ten)

    def last(self, text: str, tokens: int) -> str:
        return self.inner.last(text, tokens * 10 // self.per_ten)


def tokenizer_for(model: str | None) -> Tokenizer:
    """The best that is installed. Its vocabulary is loaded when it first counts, in about 0.1 s."""
    family = family_of(model)
    return _scaled(Vocabulary(family.vocabulary) if installed() else Heuristic(), family.per_ten)


def heuristic_for(model: str | None) -> Tokenizer:
    """What needs nothing and loads nothing."""
    return _scaled(Heuristic(), family_of(model).per_ten)


def _scaled(tokenizer: Tokenizer, per_ten: int) -> Tokenizer:
    return tokenizer if per_ten == 10 else Scaled(tokenizer, per_ten)
