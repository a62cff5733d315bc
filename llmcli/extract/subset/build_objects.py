"""Codecs of objects, from what the schemas say of their properties."""

from __future__ import annotations

import re
from itertools import count
from typing import TYPE_CHECKING, Any

from llmcli.extract.json_value import shown
from llmcli.extract.subset import notes
from llmcli.extract.subset.bounds import bounds_of
from llmcli.extract.subset.codec import Codec, Impossible, Leaf
from llmcli.extract.subset.facts import Facts
from llmcli.extract.subset.maps import Entries, Map
from llmcli.extract.subset.object_facts import ObjectFacts, Property, object_facts
from llmcli.extract.subset.objects import Absence, Field, Object
from llmcli.extract.subset.place import Place, keywords_at

if TYPE_CHECKING:
    from llmcli.extract.subset.build import Builder

OTHERS_KEY = "other_properties"


def build_object(builder: Builder, facts: Facts, place: Place, level: int) -> Codec:
    known = object_facts(builder.references, facts)
    if known.left_open:
        builder.relax(place.where, "properties that the schema does not name are not asked for")
    fields = _fields(builder, known, level)
    if fields is None:
        return Impossible()
    renamed = [f'"{each.key}" stands for {shown(each.name)}' for each in fields if each.key != each.name]
    note = builder.note(facts, place, bounds_of("object", facts, builder.dialect).told)
    note = _joined(note, *notes.rules(renamed))
    others = _map(builder, known, place, level)
    if others is not None and not known.properties:
        others.note = _joined(note, "The entries of a JSON object, as keys and values.", others.note)
        return others
    if others is None:
        return Object(fields, note=note)
    others.note = _joined("Further properties, as keys and values; empty if there are none.", others.note)
    key = _unused(OTHERS_KEY, {field.key for field in fields})
    return Object(fields, others, key, note=note)


def _fields(builder: Builder, known: ObjectFacts, level: int) -> list[Field] | None:
    """The properties that may be there; None if one must be and has no value."""
    fields: list[Field] = []
    taken = {each.name for each in known.properties}
    for each in known.properties:
        codec = builder.build(each.place, level)
        if isinstance(codec, Impossible):
            if each.required:
                return None
            continue
        key = _key(builder, each.name, taken)
        taken.add(key)
        if key != each.name:
            builder.relax(each.place.where, f'asked for as "{key}"')
        absence: Absence = "never" if each.required else "omitted"
        by_default = _is_null_by_default(builder, each)
        fields.append(Field(each.name, key, codec, absence, each.place.where, null_default=by_default))
    return fields


def _is_null_by_default(builder: Builder, given: Property) -> bool:
    members: list[dict[str, Any]] = [keywords_at(builder.references, where) for where in given.place.pointers]
    return any("default" in member and member["default"] is None for member in members)


def _key(builder: Builder, name: str, taken: set[str]) -> str:
    """`name`, or one like it of the characters that the provider takes."""
    form = builder.dialect.property_name
    if form is None or form.fullmatch(name):
        return name
    plain = re.sub(r"[^a-zA-Z0-9]+", "_", name).strip("_")[:50] or "property"
    return _unused(plain, taken)


def _unused(name: str, taken: set[str]) -> str:
    return next(each for number in count(1) if (each := name if number == 1 else f"{name}_{number}") not in taken)


def _map(builder: Builder, known: ObjectFacts, place: Place, level: int) -> Map | None:
    if not known.others:
        return None
    entries = []
    for each in known.others:
        value = builder.build(each.place, level)
        if isinstance(value, Impossible):
            continue
        entries.append(Entries(each.pattern, _key_codec(builder, known, each.pattern, level), value))
    if not entries or any(isinstance(each.key, Impossible) for each in entries):
        return None
    builder.relax(place.where, "written as a list of keys and values; that no key is there twice is not enforced")
    told = [f"keys matching {each.pattern}" for each in entries if each.pattern is not None]
    return Map(entries, note=" ".join(notes.rules(told)))


def _key_codec(builder: Builder, known: ObjectFacts, pattern: str | None, level: int) -> Codec:
    if known.names is not None:
        return builder.build(known.names.of_type("string"), level)
    takes = pattern is not None and builder.dialect.takes_pattern(pattern)
    return Leaf("string", {"pattern": pattern} if takes else {})


def _joined(*texts: str) -> str:
    return " ".join(filter(None, texts))
