"""What each provider enforces of a JSON Schema, as of November 2026."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

DialectName = Literal["openai", "anthropic", "json"]

_SHARED_FORMATS = ("date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid")
# Lookaround, backreferences, word boundaries and Unicode classes: regular expressions that are not regular, or that
# engines disagree on.
_HARD_PATTERN = re.compile(r"\(\?(?!:)|\\[1-9bBkpP]")
_NUMBER_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")


@dataclass(frozen=True)
class Dialect:
    """`all_required`: an optional property must be required and told as left out in another way.

    `recursion` is whether a definition may hold itself. `optionals` and `unions` are how many there may be in a
    schema, None for any number. `property_name` is what names must look like.
    """

    name: DialectName
    all_required: bool
    recursion: bool
    formats: frozenset[str]
    number_bounds: frozenset[str] = frozenset()
    most_minimum_items: int | None = None
    maximum_items: bool = False
    property_name: re.Pattern[str] | None = None
    typed_enums: bool = False
    optionals: int | None = None
    unions: int | None = None
    properties: int | None = None
    levels: int | None = None
    enum_values: int | None = None
    characters: int | None = None
    long_enum: tuple[int, int] | None = None

    def takes_pattern(self, pattern: str) -> bool:
        return not _HARD_PATTERN.search(pattern)


# Structured outputs guide: every property required, closed objects, an object as the root, 5,000 properties, 10 levels,
# 1,000 enum values, 120,000 characters of names and values, 15,000 in an enum of more than 250 strings.
OPENAI = Dialect(
    name="openai",
    all_required=True,
    recursion=True,
    formats=frozenset(_SHARED_FORMATS),
    number_bounds=frozenset(_NUMBER_BOUNDS),
    maximum_items=True,
    typed_enums=True,
    properties=5000,
    levels=10,
    enum_values=1000,
    characters=120_000,
    long_enum=(250, 15_000),
)

# Structured outputs guide: 24 optional parameters and 16 unions in a request; no recursion, no bounds. The form of
# property names is that of tools' input_schema.
ANTHROPIC = Dialect(
    name="anthropic",
    all_required=False,
    recursion=False,
    formats=frozenset((*_SHARED_FORMATS, "uri")),
    most_minimum_items=1,
    property_name=re.compile(r"[a-zA-Z0-9_.-]{1,64}"),
    optionals=24,
    unions=16,
)
DIALECTS = {"openai": OPENAI, "anthropic": ANTHROPIC}
