"""A text that matches a regular expression, for data whose schema has a `pattern`.

Knows what schemas use: literals, classes, groups, alternatives, repeats and back references; of lookaround it hopes
for the best and looks at the result. None where nothing was found.
"""

from __future__ import annotations

import bisect
import functools
import re
import string
import sys
from typing import Any

from llmcli import patterns

# Python's own parser of patterns; its module is not part of the documented library, so it is looked up with care.
_parser: Any = sys.modules.get("re._parser") or getattr(re, "_parser", None)
_LIKELY = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_ .,/:@+"
_MOST_CHARS = 10_000
# Classes of ECMA 262 that Python has not, by what is likely of them; those outside a class and those inside one.
_CLASSES = {"L": "A-Za-z", "Lu": "A-Z", "Ll": "a-z", "N": "0-9", "Nd": "0-9", "P": "!-/:-@", "Alphabetic": "A-Za-z"}
_ECMA = re.compile(r"\\\\|\\p\{(?:Script=\w+|General_Category=)?(\w+)\}|\\[^p]|\[|\]")
_MOST_EXTRA = 4096


@functools.lru_cache(maxsize=256)
def compiled(pattern: str) -> re.Pattern[str] | None:
    """The pattern as Python has it, or None if Python cannot say it."""
    try:
        return patterns.compiled(_in_python(pattern))
    except ValueError:
        return None


@functools.lru_cache(maxsize=256)
def text_matching(pattern: str, shortest: int = 0, longest: int | None = None) -> str | None:
    """The simplest text that matches and is as long as asked for, or None if none was found."""
    test = compiled(pattern)
    if test is None:
        return None
    try:
        with patterns.reading():
            nodes = _parser.parse(_in_python(pattern))
        enough = bisect.bisect_left(range(_MOST_EXTRA), shortest, key=lambda extra: len(_written(nodes, extra)))
        texts = (_written(nodes, extra) for extra in (enough, enough + 1, enough + 2))
        return next((text for text in texts if _is_long(text, shortest, longest) and test.search(text)), None)
    except (ValueError, AttributeError, KeyError, RecursionError):
        return None


def _written(nodes: Any, extra: int) -> str:
    return _Text(extra).sequence(nodes) or ""


def _is_long(text: str, shortest: int, longest: int | None) -> bool:
    return shortest <= len(text) and (longest is None or len(text) <= longest)


def _in_python(pattern: str) -> str:
    """The pattern with classes such as `\\p{L}` written out."""
    if "\\p{" not in pattern:
        return pattern
    inside = False

    def written(match: re.Match[str]) -> str:
        nonlocal inside
        if match.group() in "[]":
            inside = match.group() == "["
        chars = _CLASSES.get(match[1] or "")
        if chars is None:
            return match.group()
        return chars if inside else f"[{chars}]"

    return _ECMA.sub(written, pattern)


class _Text:
    """Writes one text; open repeats are written `extra` times more than they must be."""

    def __init__(self, extra: int) -> None:
        self._extra = extra
        self._groups: dict[int, str] = {}

    def sequence(self, nodes: Any) -> str | None:
        texts = []
        for kind, value in nodes:
            text = self._one(str(kind), value)
            if text is None:
                return None
            texts.append(text)
        return "".join(texts)

    def _one(self, kind: str, value: Any) -> str | None:
        match kind:
            case "LITERAL":
                return chr(value)
            case "ANY":
                return "a"
            case "AT" | "ASSERT" | "ASSERT_NOT":
                return ""
            case "IN" | "NOT_LITERAL":
                test = value if kind == "IN" else [("NEGATE", None), ("LITERAL", value)]
                return next((char for char in _LIKELY if _in(char, test)), None) or _first_literal(test)
            case "SUBPATTERN":
                text = self.sequence(value[-1])
                self._groups[value[0]] = text or ""
                return text
            case "ATOMIC_GROUP":
                return self.sequence(value)
            case "GROUPREF":
                return self._groups.get(value, "")
            case "BRANCH":
                return next((text for text in map(self.sequence, value[1]) if text is not None), None)
            case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
                return self._repeated(*value)
        return None

    def _repeated(self, fewest: int, most: Any, nodes: Any) -> str | None:
        if min(fewest + self._extra, int(most)) == 0:
            return ""
        inner = self.sequence(nodes)
        if inner is None or fewest * len(inner) > _MOST_CHARS:
            return None
        # Repeats within repeats must not multiply.
        extra = min(self._extra, int(most) - fewest, (_MOST_CHARS - fewest * len(inner)) // max(1, len(inner)))
        return inner * (fewest + extra)


def _in(char: str, test: Any) -> bool:
    negated, found = False, False
    for kind, value in test:
        match str(kind):
            case "NEGATE":
                negated = True
            case "LITERAL":
                found = found or char == chr(value)
            case "RANGE":
                found = found or value[0] <= ord(char) <= value[1]
            case "CATEGORY":
                found = found or _in_category(char, str(value))
    return found is not negated


def _in_category(char: str, category: str) -> bool:
    tests = {"DIGIT": char.isdigit(), "WORD": char.isalnum() or char == "_", "SPACE": char.isspace()}
    name = category.removeprefix("CATEGORY_").removeprefix("UNI_")
    return not tests[name.removeprefix("NOT_")] if name.startswith("NOT_") else tests[name]


def _first_literal(test: Any) -> str | None:
    for kind, value in test:
        if str(kind) in ("LITERAL", "RANGE"):
            return chr(value if str(kind) == "LITERAL" else value[0])
    return None
