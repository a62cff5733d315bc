"""A text that matches a regular expression, for arguments of tools whose schema has a `pattern`.

Knows what schemas use: literals, classes, groups, alternatives and repeats; None for the rest, such as lookaround.
"""

from __future__ import annotations

import re
import string
import sys
from typing import Any

# Python's own parser of patterns; its module is not part of the documented library, so it is looked up with care.
_parser: Any = sys.modules.get("re._parser") or getattr(re, "_parser", None)
_LIKELY = string.ascii_lowercase + string.digits + string.ascii_uppercase + "-_ .,/:@+"
_MOST_REPEATS = 1000


def text_matching(pattern: str) -> str | None:
    """The simplest text that matches, or None if none was found."""
    try:
        text = _sequence(_parser.parse(pattern))
        return text if text is not None and re.search(pattern, text) else None
    except (re.error, AttributeError, KeyError, RecursionError):
        return None


def _sequence(nodes: Any) -> str | None:
    texts = [_one(str(kind), value) for kind, value in nodes]
    return None if None in texts else "".join(text for text in texts if text is not None)


def _one(kind: str, value: Any) -> str | None:
    match kind:
        case "LITERAL":
            return chr(value)
        case "ANY":
            return "a"
        case "AT":
            return ""
        case "IN" | "NOT_LITERAL":
            test = value if kind == "IN" else [("NEGATE", None), ("LITERAL", value)]
            return next((char for char in _LIKELY if _in(char, test)), None) or _first_literal(test)
        case "SUBPATTERN":
            return _sequence(value[-1])
        case "BRANCH":
            return next((text for text in map(_sequence, value[1]) if text is not None), None)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            inner = _sequence(value[2])
            return None if inner is None or value[0] > _MOST_REPEATS else inner * value[0]
    return None


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
