"""The table of one run: what was hidden behind which placeholder. It lives in memory and is never written anywhere.

Why hiding and revealing are exact inverses: every placeholder is [NAME_number] without brackets inside, and text that
already reads like one is itself hidden, as [LITERAL_number]. So whatever reads like a placeholder in the result is one
of ours, and stands for exactly one original.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from llmcli import patterns
from llmcli.errors import ConfigError
from llmcli.redact.detect import find
from llmcli.redact.kinds import parse_kinds
from llmcli.redact.reveal import Revealer, label_of, placeholder, placeholder_pattern
from llmcli.redact.spans import Finding, settle

_LITERAL = "literal"
_LEAST_RECALLED = 6  # characters: a shorter original would be found again in the midst of unrelated text
# An expression that matches nothing in one of these is as good as certain to match nothing somewhere.
_PROBES = ("", "".join(map(chr, range(ord(" "), ord("~")))) + " \n\té a1")


class Redactor:
    """Hides originals behind placeholders and reveals them; the same original has the same placeholder throughout.

    `kinds` are built-in ones, `patterns` the user's own expressions by name, which are always looked for. What was
    hidden once is hidden wherever it appears again: a chat sends revealed answers back, where a password may stand
    without the word that gave it away.
    """

    def __init__(self, kinds: Collection[str], patterns: Mapping[str, str] = {}) -> None:
        self._kinds = frozenset(parse_kinds(",".join(kinds))) if kinds else frozenset()
        self._patterns = {name: _user_pattern(name, pattern) for name, pattern in patterns.items()}
        self._names = sorted({*self._kinds, *self._patterns})
        self._looks_like_placeholder = placeholder_pattern(map(label_of, [*self._names, _LITERAL]))
        self._placeholders: dict[str, str] = {}  # by original
        self._originals: dict[str, str] = {}  # by placeholder
        self._kind_of: dict[str, str] = {}  # by original
        self._issued: Counter[str] = Counter()  # placeholders by label
        self._counts: Counter[str] = Counter()
        self._lengths: dict[str, set[int]] = {}  # of the originals, by their first characters

    def __repr__(self) -> str:
        return f"Redactor({', '.join(self._names)}: {len(self._originals)} originals)"

    @property
    def counts(self) -> dict[str, int]:
        """How often each kind was hidden, repetitions included; every kind looked for is named."""
        return {name: self._counts[name] for name in self._names}

    def report(self) -> str:
        """One line for stderr, such as `redacted: 2 email, 1 secret`."""
        found = [f"{count} {name}" for name, count in self.counts.items() if count]
        return f"redacted: {', '.join(found) or 'nothing'}"

    def hide(self, text: str) -> str:
        """`text` as it may be sent."""
        found = settle(self._find(text), len(text))
        for start, end, kind in found:
            self._remember(text[start:end], kind)
        found = sorted([*found, *self._recall(text, found)])
        pieces, here = [], 0
        for start, end, kind in found:
            pieces += [text[here:start], self._placeholder(text[start:end], kind)]
            here = end
        return "".join([*pieces, text[here:]])

    def reveal(self, text: str) -> str:
        """`text` with the originals in place of their placeholders; unknown placeholders stay."""
        return self._looks_like_placeholder.sub(lambda found: self._originals.get(found[0].upper(), found[0]), text)

    def reveal_json(self, value: object) -> object:
        """A parsed JSON value, revealed in all its strings, keys included.

        Answers that are JSON must be parsed first: an original with a quote or a line break in it would break the text.
        """
        if isinstance(value, str):
            return self.reveal(value)
        if isinstance(value, list):
            return [self.reveal_json(item) for item in value]
        if isinstance(value, dict):
            return {self.reveal(key): self.reveal_json(item) for key, item in value.items()}
        return value

    def revealer(self, *, as_json: bool = False) -> Revealer:
        """Reveals one streamed answer; take a new one for the next. In the text of JSON, originals are escaped."""
        return Revealer(self._reveal_escaped if as_json else self.reveal, self._begins_placeholder)

    def _reveal_escaped(self, text: str) -> str:
        """`text`, which is JSON or a piece of it, with the originals as they stand in a JSON string."""
        import json  # not at the top: most runs need none

        return self._looks_like_placeholder.sub(
            lambda found: json.dumps(self._originals.get(found[0].upper(), found[0]), ensure_ascii=False)[1:-1], text
        )

    def _begins_placeholder(self, tail: str) -> bool:
        """Whether `tail`, from its bracket on, is the beginning of a placeholder, but not yet all of it."""
        if not tail.isascii() or "]" in tail:
            return False
        wanted = tail.upper()
        return any(each.startswith(wanted) for each in self._originals)

    def _find(self, text: str) -> Iterator[Finding]:
        for found in self._looks_like_placeholder.finditer(text):
            yield Finding(found.start(), found.end(), _LITERAL)
        yield from find(text, self._kinds, self._patterns)

    def _remember(self, original: str, kind: str) -> None:
        self._kind_of.setdefault(original, kind)
        if kind != _LITERAL and len(original) >= _LEAST_RECALLED:
            self._lengths.setdefault(original[:_LEAST_RECALLED], set()).add(len(original))

    def _recall(self, text: str, found: list[Finding]) -> Iterator[Finding]:
        """Where known originals stand in the rest of `text`. Not inside words: `letmein` is not in `letmeins`."""
        if not self._lengths:
            return
        here = 0
        for start, end, _ in [*found, Finding(len(text), len(text), "")]:
            yield from self._recall_between(text, here, start)
            here = end

    def _recall_between(self, text: str, here: int, last: int) -> Iterator[Finding]:
        lengths = self._lengths
        begins = [at for at in range(here, last - _LEAST_RECALLED + 1) if text[at : at + _LEAST_RECALLED] in lengths]
        for start in begins:
            if start < here or _joined(text[start - 1 : start], text[start]):
                continue
            for length in sorted(lengths[text[start : start + _LEAST_RECALLED]], reverse=True):
                end = start + length
                kind = self._kind_of.get(text[start:end]) if end <= last else None
                if kind and not _joined(text[end - 1], text[end : end + 1]):
                    yield Finding(start, end, kind)
                    here = end
                    break

    def _placeholder(self, original: str, kind: str) -> str:
        if kind != _LITERAL:
            self._counts[kind] += 1
        if original not in self._placeholders:
            label = label_of(kind)
            self._issued[label] += 1
            fresh = placeholder(label, self._issued[label])
            self._placeholders[original] = fresh
            self._originals[fresh] = original
        return self._placeholders[original]


def _joined(left: str, right: str) -> bool:
    return left.isalnum() and right.isalnum()


def _user_pattern(name: str, pattern: str) -> re.Pattern[str]:
    """The user's expression, which must have a name that can stand in a placeholder, and match something."""
    where = f"[redact] patterns.{name}"
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,39}", name) or name.lower() == _LITERAL:
        raise ConfigError(
            f'"{name}" cannot name a pattern in [redact] patterns',
            hint="use a letter, then up to 39 letters, digits, - and _",
        )
    try:
        compiled = patterns.compiled(pattern)
    except ValueError as error:
        raise ConfigError(f"{where} is not a regular expression: {error}") from error
    if any(found.start() == found.end() for probe in _PROBES for found in compiled.finditer(probe)):
        raise ConfigError(f"{where} matches the empty string", hint="require at least one character, as in + for *")
    return compiled
