"""A small declarative validator for request bodies.

A check is a function of a value and its path that raises `Violation` for the first thing wrong. Checks say
what is wrong, not how a vendor words it: each vendor turns a Violation into its own sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Literal

JsonObject = dict[str, Any]
Path = tuple[str | int, ...]
Check = Callable[[object, Path], None]
Problem = Literal[
    "missing", "unknown", "type", "choice", "tag", "below", "above", "short", "long", "few", "many", "pattern"
]

TYPE_NAMES: dict[type, str] = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "decimal",
    list: "array",
    dict: "object",
    type(None): "null",
}


class Tag(str):
    """A path element that names the variant chosen, not a key; only some vendors print it."""

    __slots__ = ()


class Violation(Exception):  # noqa: N818 - it is what a client did, not a failure of ours
    """What is wrong at `path`: `expected` is a type, a limit or the allowed values, `got` the value sent."""

    def __init__(self, problem: Problem, path: Path, expected: object = None, got: object = None) -> None:
        super().__init__(problem, path)
        self.problem: Problem = problem
        self.path = path
        self.expected = expected
        self.got = got


def anything(value: object, path: Path) -> None:
    """Accepts every value."""


def text(shortest: int = 0, longest: int | None = None, pattern: str | None = None) -> Check:
    """A string; `pattern` is for the whole of it, and what vendors print."""
    compiled = re.compile(pattern, re.ASCII) if pattern else None

    def check(value: object, path: Path) -> None:
        if not isinstance(value, str):
            raise Violation("type", path, str, value)
        if len(value) < shortest:
            raise Violation("short", path, shortest, len(value))
        if longest is not None and len(value) > longest:
            raise Violation("long", path, longest, len(value))
        if compiled is not None and (compiled.search(value) is None or value.endswith("\n")):
            raise Violation("pattern", path, pattern, value)

    return check


def integer(lowest: int | None = None, highest: int | None = None) -> Check:
    def check(value: object, path: Path) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Violation("type", path, int, value)
        _bounds(value, path, lowest, highest)

    return check


def number(lowest: float | None = None, highest: float | None = None) -> Check:
    def check(value: object, path: Path) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise Violation("type", path, float, value)
        # A limit that is a float tells a vendor that decimals are allowed.
        _bounds(value, path, None if lowest is None else float(lowest), None if highest is None else float(highest))

    return check


def _bounds(value: float, path: Path, lowest: float | None, highest: float | None) -> None:
    if lowest is not None and value < lowest:
        raise Violation("below", path, lowest, value)
    if highest is not None and value > highest:
        raise Violation("above", path, highest, value)


def as_limit(limit: object) -> str:
    """A limit as people write it: `2`, not `2.0`."""
    return f"{limit:g}" if isinstance(limit, float) else str(limit)


def boolean(value: object, path: Path) -> None:
    if not isinstance(value, bool):
        raise Violation("type", path, bool, value)


def choice(*allowed: str) -> Check:
    def check(value: object, path: Path) -> None:
        if not isinstance(value, str):
            raise Violation("type", path, str, value)
        if value not in allowed:
            raise Violation("choice", path, allowed, value)

    return check


def nullable(check: Check) -> Check:
    def check_unless_null(value: object, path: Path) -> None:
        if value is not None:
            check(value, path)

    return check_unless_null


def array(item: Check, fewest: int = 0, most: int | None = None) -> Check:
    def check(value: object, path: Path) -> None:
        if not isinstance(value, list):
            raise Violation("type", path, list, value)
        if len(value) < fewest:
            raise Violation("few", path, fewest, len(value))
        if most is not None and len(value) > most:
            raise Violation("many", path, most, len(value))
        for index, entry in enumerate(value):
            item(entry, (*path, index))

    return check


def mapping(value_check: Check, longest_key: int | None = None, most: int | None = None) -> Check:
    def check(value: object, path: Path) -> None:
        if not isinstance(value, dict):
            raise Violation("type", path, dict, value)
        if most is not None and len(value) > most:
            raise Violation("many", path, most, len(value))
        for key, entry in value.items():
            if longest_key is not None and len(key) > longest_key:
                raise Violation("long", (*path, key), longest_key, len(key))
            value_check(entry, (*path, key))

    return check


def record(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these keys and no others."""
    fields = {**(optional or {}), **required}

    def check(value: object, path: Path) -> None:
        if not isinstance(value, dict):
            raise Violation("type", path, dict, value)
        for key in required:
            if key not in value:
                raise Violation("missing", (*path, key))
        for key, entry in value.items():
            field_check = fields.get(key)
            if field_check is None:
                raise Violation("unknown", (*path, key))
            field_check(entry, (*path, key))

    return check


def tagged(key: str, variants: Mapping[str, Check], default: str | None = None) -> Check:
    """An object whose `key` says which variant it is; `default` is meant when the key is absent."""

    def check(value: object, path: Path) -> None:
        if not isinstance(value, dict):
            raise Violation("type", path, dict, value)
        tag = value.get(key, default)
        if tag is None:
            raise Violation("missing", (*path, key))
        if not isinstance(tag, str):
            raise Violation("type", (*path, key), str, tag)
        variant = variants.get(tag)
        if variant is None:
            raise Violation("tag", (*path, key), tuple(variants), tag)
        variant(value, (*path, Tag(tag)))

    return check


def either(**by_type: Check) -> Check:
    """A check for each JSON type that is allowed: `string`, `array`, `object` or `boolean`."""

    def check(value: object, path: Path) -> None:
        chosen = by_type.get(TYPE_NAMES.get(type(value), ""))
        if chosen is None:
            raise Violation("type", path, tuple(by_type), value)
        chosen(value, path)

    return check
