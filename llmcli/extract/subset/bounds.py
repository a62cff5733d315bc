"""Rules about one type: the keywords that the provider enforces, and the words for the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from llmcli.extract import pointer
from llmcli.extract.json_value import shown, write
from llmcli.extract.subset.dialect import Dialect
from llmcli.extract.subset.facts import Facts

# How a bound that several schemas give becomes one.
_TIGHTEST: dict[str, Callable[..., Any]] = {
    "minimum": max, "exclusiveMinimum": max, "maximum": min, "exclusiveMaximum": min,
    "minLength": max, "maxLength": min, "minItems": max, "maxItems": min, "minProperties": max, "maxProperties": min,
}  # fmt: skip
_WORDS = {
    "minimum": "at least {}", "maximum": "at most {}", "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}", "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters", "maxLength": "at most {} characters",
    "pattern": "matching the regular expression {}", "format": "in the format {}", "contentEncoding": "encoded as {}",
    "contentMediaType": "of the media type {}",
    "minItems": "at least {} items", "maxItems": "at most {} items",
    "minProperties": "at least {} properties", "maxProperties": "at most {} properties",
}  # fmt: skip
_BY_TYPE = {
    "string": ("minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
    "array": ("minItems", "maxItems"),
    "object": ("minProperties", "maxProperties"),
}


@dataclass
class Bounds:
    """`keywords` are enforced; `told` are the other rules, each with its place in the user's schema."""

    keywords: dict[str, Any] = field(default_factory=dict)
    told: list[tuple[str, str]] = field(default_factory=list)


def bounds_of(kind: str, facts: Facts, dialect: Dialect) -> Bounds:
    """What the schemas at a place say of values of the type `kind`."""
    bounds = Bounds()
    for key in _BY_TYPE.get("number" if kind == "integer" else kind, ()):
        _add(bounds, key, facts, dialect)
    if kind == "array":
        bounds.told += _of_arrays(facts)
    if kind == "object":
        bounds.told += _of_objects(facts)
    return bounds


def _add(bounds: Bounds, key: str, facts: Facts, dialect: Dialect) -> None:
    given = [(pointer.join(where, key), member[key]) for where, member in facts.members if key in member]
    if key in _TIGHTEST and given:
        best = _TIGHTEST[key](value for _, value in given)
        given = [pair for pair in given if pair[1] == best][:1]
    for where, value in given:
        enforced = _enforced(key, value, dialect)
        if enforced is not None and bounds.keywords.setdefault(key, enforced) == value:
            continue
        if (key, value) not in (("minItems", 0), ("minLength", 0), ("minProperties", 0)):
            text = value if isinstance(value, str) else shown(value)
            words = _WORDS[key].format(text)
            bounds.told.append((where, _singular(words) if value == 1 else words))


def _singular(words: str) -> str:
    return words.replace("properties", "property").removesuffix("s")


def _enforced(key: str, value: Any, dialect: Dialect) -> Any:
    """What the provider can enforce of it: the value itself, a weaker one, or nothing (None)."""
    match key:
        case "pattern":
            return value if dialect.takes_pattern(value) else None
        case "format":
            return value if value in dialect.formats else None
        case "minItems":
            most = dialect.most_minimum_items
            return value if most is None else min(value, most)
        case "maxItems":
            return value if dialect.maximum_items else None
        case _:
            return value if key in dialect.number_bounds else None


def _of_arrays(facts: Facts) -> Iterator[tuple[str, str]]:
    for where, member in facts.members:
        if member.get("uniqueItems"):
            yield pointer.join(where, "uniqueItems"), "no item twice"
        if "contains" in member:
            fewest, most = member.get("minContains", 1), member.get("maxContains")
            limit = f"at least {fewest}" if most is None else f"{fewest} to {most}"
            yield pointer.join(where, "contains"), f"{limit} of the items valid against {write(member['contains'])}"
        if "unevaluatedItems" in member:
            yield pointer.join(where, "unevaluatedItems"), f"other items: {write(member['unevaluatedItems'])}"


def _of_objects(facts: Facts) -> Iterator[tuple[str, str]]:
    for where, member in facts.members:
        for key in ("dependentRequired", "dependencies"):
            for name, needed in member.get(key, {}).items():
                if isinstance(needed, list) and needed:
                    at = pointer.join(where, key, name)
                    yield at, f"if {shown(name)} is there, so is {' and '.join(map(shown, needed))}"
