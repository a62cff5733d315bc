"""Whether two codecs' answers can be told apart, or need not be, since both would read the same value from them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from itertools import product

from llmcli.extract.json_value import identity, type_of
from llmcli.extract.subset.codec import Codec, Leaf, resolved
from llmcli.extract.subset.lists import List, Tuple
from llmcli.extract.subset.maps import Map
from llmcli.extract.subset.objects import Field, Object
from llmcli.extract.subset.unions import Union
from llmcli.extract.subset.values import Choice, JsonText

Pair = tuple[int, int]


def kinds(codec: Codec) -> frozenset[str]:
    """The JSON types that an answer may have. (No union is an alternative of its own: such schemas are refused.)"""
    codec = resolved(codec)
    match codec:
        case Leaf():
            return frozenset({"integer", "number"} if codec.type == "number" else {codec.type})
        case Choice():
            return frozenset(type_of(answer) for answer in codec.answers)
        case JsonText():
            return frozenset({"string"})
        case List() | Map():
            return frozenset({"array"})
        case Union():
            each_kinds = (frozenset({"object"}) if each.tag else kinds(each.codec) for each in codec.branches)
            return frozenset[str]().union(*each_kinds)
        case _:
            return frozenset({"object"})


class Overlap:
    """Answers for codecs as they are now; what has been found out is kept, for schemas in which all refers to all."""

    def __init__(self, codecs: Iterable[Codec]) -> None:
        self._changed = _changed_codecs(list(codecs))
        self._disjoint: dict[Pair, bool] = {}
        self._agreed: set[Pair] = set()
        self._looks: dict[int, _Look] = {}

    def agree(self, one: Codec, other: Codec) -> bool:
        """Whether both read the same value from every answer that either could have been."""
        assumed: set[Pair] = set()
        found = self._agree(one, other, assumed)
        if found:
            self._agreed |= assumed
        return found

    def _agree(self, one: Codec, other: Codec, assumed: set[Pair]) -> bool:
        """As `agree`; a pair that is being looked at already is taken to agree, which holds if all the others do."""
        one, other = resolved(one), resolved(other)
        pair = (id(one), id(other))
        if one is other or pair in assumed or pair in self._agreed:
            return True
        if not (pair[0] in self._changed or pair[1] in self._changed) or self.are_disjoint(one, other):
            return True
        assumed.add(pair)
        if isinstance(one, Union):
            return all(not each.tag and self._agree(each.codec, other, assumed) for each in one.branches)
        if isinstance(other, Union):
            return all(not each.tag and self._agree(one, each.codec, assumed) for each in other.branches)
        if _reads_json_text(one) and _reads_json_text(other):
            return True
        match one, other:
            case List(), List():
                return self._agree(one.item, other.item, assumed)
            case Map(), Map():
                pairs = product(one.entries, other.entries)
                return all(
                    self._agree(mine.value, yours.value, assumed) and self._agree(mine.key, yours.key, assumed)
                    for mine, yours in pairs
                )
            case Tuple(), Tuple():
                return one.length == other.length and self._agree(one.items, other.items, assumed)
            case Object(), Object():
                return self._objects_agree(one, other, assumed)
            case _:
                return False

    def _objects_agree(self, one: Object, other: Object, assumed: set[Pair]) -> bool:
        yours = {each.key: each for each in other.fields}
        if yours.keys() != {each.key for each in one.fields} or one.others_key != other.others_key:
            return False
        if one.others is not None and other.others is not None and not self._agree(one.others, other.others, assumed):
            return False
        return all(
            _form(each) == _form(yours[each.key]) and self._agree(each.codec, yours[each.key].codec, assumed)
            for each in one.fields
        )

    def are_disjoint(self, one: Codec, other: Codec) -> bool:
        """Whether no answer could be of both; where that would take an endless proof, False."""
        one, other = resolved(one), resolved(other)
        pair = (id(one), id(other))
        if pair not in self._disjoint:
            self._disjoint[pair] = False
            self._disjoint[pair] = self._are_disjoint(one, other)
        return self._disjoint[pair]

    def _are_disjoint(self, one: Codec, other: Codec) -> bool:
        mine, yours = self._look(one), self._look(other)
        if not mine.kinds & yours.kinds:
            return True
        if isinstance(one, Union):
            return all(not each.tag and self.are_disjoint(each.codec, other) for each in one.branches)
        if isinstance(other, Union):
            return all(not each.tag and self.are_disjoint(one, each.codec) for each in other.branches)
        if isinstance(one, Choice) and isinstance(other, Choice):
            return mine.answers.isdisjoint(yours.answers)
        if mine.required is None or yours.required is None:
            return False
        if mine.required.keys() - yours.keys or yours.required.keys() - mine.keys:
            return True
        pairs = ((left, yours.required.get(key)) for key, left in mine.required.items())
        return any(left is not None and right is not None and self.are_disjoint(left, right) for left, right in pairs)

    def _look(self, codec: Codec) -> _Look:
        if id(codec) not in self._looks:
            answers = codec.answers if isinstance(codec, Choice) else ()
            self._looks[id(codec)] = _Look(
                kinds(codec), frozenset(map(identity, answers)), _required(codec), keys_of(codec)
            )
        return self._looks[id(codec)]


@dataclass(frozen=True)
class _Look:
    """What is seen of a codec's answers from outside."""

    kinds: frozenset[str]
    answers: frozenset[Hashable]
    required: dict[str, Codec | None] | None
    keys: set[str]


def _changed_codecs(codecs: list[Codec]) -> set[int]:
    """The ids of codecs whose answers are not simply the user's values as they are."""
    changed = {id(each) for each in codecs if _changes(each)}
    while True:
        more = {
            id(each)
            for each in codecs
            if id(each) not in changed and any(id(resolved(part)) in changed for part in each.parts())
        }
        if not more:
            return changed
        changed |= more


def _changes(codec: Codec) -> bool:
    match codec:
        case Choice():
            return codec.is_text
        case Object():
            plain = (each.absence in ("never", "omitted") and each.key == each.name for each in codec.fields)
            return codec.others is not None or not all(plain)
        case Union():
            return any(each.tag for each in codec.branches)
        case _:
            return isinstance(codec, JsonText | Map | Tuple)


def _form(field: Field) -> tuple[object, ...]:
    return (field.name, field.absence, field.marker, field.null_default)


def _reads_json_text(codec: Codec) -> bool:
    return isinstance(codec, JsonText) or (isinstance(codec, Choice) and codec.is_text)


def _object_of(codec: Codec) -> Object | None:
    if isinstance(codec, Tuple):
        codec = codec.items
    return codec if isinstance(codec, Object) else None


def _required(codec: Codec) -> dict[str, Codec | None] | None:
    """The properties that an answer always has; with None where its absence may stand instead of a value."""
    known = _object_of(codec)
    if known is None:
        return None
    fields = [each for each in known.fields if each.absence != "omitted"]
    found = {each.key: each.codec if each.absence == "never" else None for each in fields}
    return found if known.others is None else {**found, known.others_key: known.others}


def keys_of(codec: Codec) -> set[str]:
    """The properties that an answer may have, if it is an object."""
    known = _object_of(codec)
    if known is None:
        return set()
    return {*(each.key for each in known.fields), *([known.others_key] if known.others is not None else [])}
