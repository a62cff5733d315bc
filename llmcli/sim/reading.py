"""What the simulator reads out of a prompt: the JSON objects that stand on lines of their own in the user's turns.

They are the data where a schema is to be answered: the first that fits the schema; or, where an array in it takes
them, all that fit the array, in their order. Where nothing fits, the data are made up.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from typing import Any

from llmcli.messages import DocumentPart, Message, TextPart
from llmcli.sim import media, tokens
from llmcli.sim.accepting import NOTHING, Acceptor
from llmcli.sim.fitting import Maker
from llmcli.sim.json_schema import problem
from llmcli.sim.shapes import JsonSchema, Shape, Shapes, key_of

_DEEPEST = 4
JsonRecord = dict[str, Any]


def data_for(schema: JsonSchema, messages: tuple[Message, ...]) -> Any:
    """Data that fit the schema; an empty object if it is no schema."""
    reader = _reader_for(tokens.as_json(schema), threading.get_ident())
    return {} if reader is None else reader.data(list(records_in(messages)))


@functools.lru_cache(maxsize=64)
def _reader_for(written: str, thread: int) -> _Reader | None:
    """Batches ask for the same schema again and again. One thread, since a reader is made for one caller at a time."""
    import json  # not at the top: `-m sim` starts without it

    schema = json.loads(written)
    return None if problem(schema) is not None else _Reader(schema)


def records_in(messages: tuple[Message, ...]) -> Iterator[JsonRecord]:
    """The objects on lines of their own, in their order."""
    for message in messages:
        if message.role == "user":
            for text in _texts(message):
                if "{" in text:
                    yield from _records(text)


def _texts(message: Message) -> Iterator[str]:
    for part in message.parts:
        if isinstance(part, TextPart):
            yield part.text
        elif isinstance(part, DocumentPart) and part.media_type.startswith("text/"):
            yield media.decoded(part.data).decode("utf-8", "replace")


def _records(text: str) -> Iterator[JsonRecord]:
    from llmcli.sim.body import parse  # not at the top: `-m sim` starts without it

    for line in text.split("\n"):
        written = line.strip()
        if written.startswith("{") and written.endswith("}"):
            try:
                record = parse(written.encode("utf-8", "surrogatepass"))
            except ValueError:
                continue
            yield record


class _Reader:
    def __init__(self, schema: JsonSchema) -> None:
        self._schema = schema
        self._records: list[JsonRecord] = []
        self._shapes = Shapes(schema)
        self._acceptor = Acceptor(self._shapes, lenient=True)
        self._maker = Maker(self._shapes)

    def data(self, records: list[JsonRecord]) -> Any:
        """The data that these records are, or some that are made up."""
        self._records = records
        try:
            found = self._read(self._shapes.of(self._schema)) if records else NOTHING
            return self._maker.make(self._schema) if found is NOTHING else found
        finally:
            self._records = []

    def _read(self, root: Shape) -> Any:
        found = next(self._taken(root), NOTHING)
        return self._wrapped(root, 0) if found is NOTHING else found

    def _taken(self, shape: Shape) -> Iterator[Any]:
        """The records as they fit; one that shares no property with the schema is not what it asks for."""
        for record in self._records:
            found = self._acceptor.take(record, shape)
            if isinstance(found, dict) and (found.keys() & record.keys() or not (found or record)):
                yield found

    def _wrapped(self, shape: Shape, depth: int) -> Any:
        """The array that takes records, or the object that holds one, or NOTHING."""
        if not shape.possible or depth > _DEEPEST:
            return NOTHING
        if shape.groups:
            tried = (self._wrapped(branch, depth + 1) for branch in self._shapes.branches(shape))
            return next((found for found in tried if found is not NOTHING), NOTHING)
        if shape.types is None or "array" in shape.types:
            found = self._array(shape)
            if found is not NOTHING:
                return found
        return self._object(shape, depth) if shape.properties else NOTHING

    def _array(self, shape: Shape) -> Any:
        rules = shape.rules
        if "items" not in rules or "prefixItems" in rules:
            return NOTHING
        found = list(self._taken(self._shapes.of(rules["items"])))
        if rules.get("uniqueItems"):
            found = list({key_of(item): item for item in found}.values())
        found = found[: rules.get("maxItems")]
        return found if found and len(found) >= rules.get("minItems", 0) else NOTHING

    def _object(self, shape: Shape, depth: int) -> Any:
        read = {name: self._wrapped(self._shapes.of(schema), depth + 1) for name, schema in shape.properties.items()}
        if all(value is NOTHING for value in read.values()):
            return NOTHING
        found = {}
        for name in [*shape.properties, *(name for name in shape.required if name not in shape.properties)]:
            if read.get(name, NOTHING) is not NOTHING:
                found[name] = read[name]
            elif name in shape.required:
                found[name] = self._else(shape.properties.get(name, True), name)
        return found if self._acceptor.fits(found, shape) else NOTHING

    def _else(self, schema: Any, name: str) -> Any:
        """What stands beside the records that were read: as little as may be."""
        shape = self._shapes.of(schema)
        if self._acceptor.fits(None, shape):
            return None
        return [] if self._acceptor.fits([], shape) else self._maker.make(schema, name)
