"""From codecs to the schema that is sent: what is used more than once becomes a definition."""

from __future__ import annotations

import re
from collections import Counter
from itertools import count
from typing import TYPE_CHECKING

from llmcli.extract.subset.codec import Codec, Leaf, WireSchema, resolved
from llmcli.extract.subset.settle import all_codecs
from llmcli.extract.subset.values import Choice, JsonText

if TYPE_CHECKING:
    from jsonschema_rs import Validator

_SMALL_CHOICE = 5


class Emitter:
    """Writes the schema below one root, and keeps the definitions that it needs."""

    def __init__(self, root: Codec) -> None:
        self._root = resolved(root)
        self._names: dict[int, str] = {}
        self.definitions: dict[str, WireSchema] = {}
        uses = Counter(id(resolved(part)) for codec in all_codecs(root) for part in codec.parts())
        self._shared = {id(each) for each in all_codecs(root) if uses[id(each)] > 1 and not _is_small(each)}
        self._recursive = id(self._root) in {id(resolved(p)) for codec in all_codecs(root) for p in codec.parts()}

    def document(self) -> WireSchema:
        """The schema of the root, with its definitions."""
        if self._recursive:
            self._names[id(self._root)] = ""
        schema = self._root.wire(self.part)
        return {**schema, "$defs": self.definitions} if self.definitions else schema

    def part(self, codec: Codec) -> WireSchema:
        codec = resolved(codec)
        if id(codec) in self._names:
            return _reference(self._names[id(codec)])
        if id(codec) not in self._shared:
            return codec.wire(self.part)
        name = self._names[id(codec)] = self._unused(codec.name)
        self.definitions[name] = {}  # keeps the place and the name while what it holds is written
        self.definitions[name] = codec.wire(self.part)
        return _reference(name)

    def _unused(self, name: str) -> str:
        plain = re.sub(r"[^a-zA-Z0-9]+", "_", name).strip("_")[:50] or "part"
        names = (plain if number == 1 else f"{plain}_{number}" for number in count(1))
        return next(each for each in names if each not in self.definitions)


def _reference(name: str) -> WireSchema:
    return {"$ref": f"#/$defs/{name}" if name else "#"}


def _is_small(codec: Codec) -> bool:
    """Whether it is as well written twice."""
    return isinstance(codec, Leaf | JsonText) or (isinstance(codec, Choice) and len(codec.answers) <= _SMALL_CHOICE)


def validator_of(codec: Codec) -> Validator:
    """The validator of a codec's own answers."""
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(Emitter(codec).document())
