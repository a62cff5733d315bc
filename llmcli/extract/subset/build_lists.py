"""Codecs of arrays, from what the schemas say of their items."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcli.extract import pointer
from llmcli.extract.subset.bounds import bounds_of
from llmcli.extract.subset.codec import Codec, Impossible
from llmcli.extract.subset.dialect import ANTHROPIC
from llmcli.extract.subset.facts import Facts
from llmcli.extract.subset.lists import REST, List, Tuple
from llmcli.extract.subset.object_facts import ANYTHING
from llmcli.extract.subset.objects import Field, Object
from llmcli.extract.subset.place import Place, place_of
from llmcli.extract.subset.values import Choice

if TYPE_CHECKING:
    from llmcli.extract.subset.build import Builder


# An array that is written as an object: no bound of its length is enforced.
_LOOSE = ANTHROPIC


def build_list(builder: Builder, facts: Facts, place: Place, level: int) -> Codec:
    bounds = bounds_of("array", facts, builder.dialect)
    fewest = max([member.get("minItems", 0) for _, member in facts.members], default=0)
    most = min([member["maxItems"] for _, member in facts.members if "maxItems" in member], default=None)
    if most is not None and fewest > most:
        return Impossible()
    length = max((len(_firsts(builder, member)) for _, member in facts.members), default=0)
    if length:
        return _tuple(builder, facts, place, level, length if most is None else min(length, most))
    note = builder.note(facts, place, bounds.told)
    item = builder.build(_item(builder, facts, 0), level)
    if not isinstance(item, Impossible) and most != 0:
        return List(item, bounds.keywords, note=note)
    if fewest:
        return Impossible()
    return Choice(([],), note=note)


def _firsts(builder: Builder, member: dict[str, Any]) -> list[Any]:
    """The schemas of the first items, one by one."""
    given = member.get(_key_of_firsts(builder))
    return given if isinstance(given, list) else []


def _key_of_firsts(builder: Builder) -> str:
    return "items" if builder.references.draft == "7" else "prefixItems"


def _rest_pointer(builder: Builder, where: str, member: dict[str, Any]) -> str | None:
    """Where it says what the items after the first ones are."""
    if builder.references.draft == "7" and isinstance(member.get("items"), list):
        return pointer.join(where, "additionalItems") if "additionalItems" in member else None
    return pointer.join(where, "items") if "items" in member else None


def _item(builder: Builder, facts: Facts, number: int) -> Place:
    found: list[str] = []
    for where, member in facts.members:
        rest = _rest_pointer(builder, where, member)
        if number < len(_firsts(builder, member)):
            found.append(pointer.join(where, _key_of_firsts(builder), number))
        elif rest is not None:
            found.append(rest)
    return place_of(builder.references, tuple(found)) if found else ANYTHING


def _tuple(builder: Builder, facts: Facts, place: Place, level: int, length: int) -> Codec:
    fewest = max([member.get("minItems", 0) for _, member in facts.members], default=0)
    most = min([member["maxItems"] for _, member in facts.members if "maxItems" in member], default=None)
    fields: list[Field] = []
    for number in range(length):
        codec = builder.build(_item(builder, facts, number), level)
        if isinstance(codec, Impossible):
            if number < fewest:
                return Impossible()
            most = number
            break
        name = f"item_{number}"
        fields.append(Field(name, name, codec, "never" if number < fewest else "omitted", place.where))
    rest = _rest(builder, facts, level, length) if most is None or most > length else None
    if rest is None and fewest > len(fields):
        return Impossible()
    if rest is not None:
        fields.append(Field(REST, REST, rest, "never"))
    if not fields:
        return Choice(([],), note=builder.note(facts, place, []))
    builder.relax(place.where, "written as an object with one property an item")
    note = builder.note(facts, place, bounds_of("array", facts, _LOOSE).told)
    note = " ".join(filter(None, [note, "The items of an array, one by one."]))
    items = Object(fields, name="items")
    return Tuple(items, sum(each.name != REST for each in fields), rest, note=note)


def _rest(builder: Builder, facts: Facts, level: int, length: int) -> List | None:
    """The items after the first ones, if the schema says what they are, or that there must be some."""
    spoken = [_rest_pointer(builder, where, member) for where, member in facts.members]
    needed = max([member.get("minItems", 0) for _, member in facts.members], default=0) > length
    if not needed and not any(spoken):
        return None
    item = builder.build(_item(builder, facts, length), level)
    return None if isinstance(item, Impossible) else List(item, note="The items after these.")
