"""JSON Schemas for structured outputs, by hand and drawn by chance from what both vendors take; and what fits them."""

from __future__ import annotations

import random
from typing import Any

import jsonschema_rs

from llmcli.messages import Message, Request
from llmcli.sim.reading import data_for

Schema = dict[str, Any]


def closed(properties: Schema, required: list[str] | None = None, *, defs: Schema | None = None, **more: Any) -> Schema:
    """An object as both vendors want it; all properties are required unless said otherwise."""
    names = list(properties) if required is None else required
    known = {} if defs is None else {"$defs": defs}
    return {
        "type": "object",
        "properties": properties,
        "required": names,
        "additionalProperties": False,
        **known,
        **more,
    }


def nullable(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def request(*texts: str, max_tokens: int = 10**6, **more: Any) -> Request:
    """A conversation that the user begins."""
    roles = ("user", "assistant")
    messages = tuple(Message.of(roles[number % 2], text) for number, text in enumerate(texts))  # type: ignore[arg-type]
    return Request("sim", messages, max_tokens, **more)


def read(schema: Schema, *texts: str) -> Any:
    return data_for(schema, request(*texts).messages)


def valid(schema: Schema, data: Any) -> bool:
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True).is_valid(data)


TEXT: Schema = {"type": "string"}
PERSON = closed({"name": TEXT, "age": {"type": ["integer", "null"]}})
PEOPLE = closed({"people": {"type": "array", "items": {"$ref": "#/$defs/person"}}}, defs={"person": PERSON})
LIST = closed({"value": TEXT, "next": nullable({"$ref": "#"})})
TREE = closed(
    {"root": {"$ref": "#/$defs/node"}},
    defs={
        "node": closed(
            {
                "left": nullable({"$ref": "#/$defs/node"}),
                "right": nullable({"$ref": "#/$defs/node"}),
                "more": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            }
        )
    },
)
EXPRESSION = closed(
    {"value": {"$ref": "#/$defs/expression"}},
    defs={
        "expression": {"anyOf": [{"$ref": "#/$defs/sum"}, {"$ref": "#/$defs/number"}]},
        "sum": closed({"left": {"$ref": "#/$defs/expression"}, "right": {"$ref": "#/$defs/expression"}}),
        "number": closed({"number": {"type": "number"}}),
    },
)

_FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid")
_PATTERNS = ("^[a-z]{3}-\\d{2,4}$", "^\\+?[0-9]+$", "^(yes|no)$", "^@[a-zA-Z0-9_]+$", "[A-Z]", "^.{3,8}$", "^\\p{L}+$")


def drawn(seed: int, *, bounds: bool, optional: bool, recursive: bool) -> Schema:
    """A schema by chance, always the same for a seed."""
    return _Drawing(random.Random(seed), bounds=bounds, optional=optional, recursive=recursive).schema()


class _Drawing:
    def __init__(self, chance: random.Random, *, bounds: bool, optional: bool, recursive: bool) -> None:
        self._chance = chance
        self._bounds, self._optional, self._recursive = bounds, optional, recursive
        self._known: list[str] = []

    def schema(self) -> Schema:
        names = [f"d{number}" for number in range(self._chance.randint(0, 3))]
        definitions = {}
        if self._recursive:
            self._known = names
        for name in names:
            definitions[name] = self._object(1)
            self._known = [*self._known, name]
        return {**self._object(0), "$defs": definitions}

    def _object(self, depth: int) -> Schema:
        properties = {f"p{number}": self._node(depth + 1) for number in range(self._chance.randint(0, 4))}
        required = [name for name in properties if not self._optional or self._chance.random() < 0.7]
        return closed(properties, required)

    def _node(self, depth: int) -> Schema:
        kind = self._chance.random()
        if depth > 4 or kind < 0.4:
            return self._scalar()
        if kind < 0.55 and self._known:
            reference = {"$ref": f"#/$defs/{self._chance.choice(self._known)}"}
            return nullable(reference) if self._recursive else reference
        if kind < 0.7:
            return {"type": "array", "items": self._node(depth + 1), **self._items()}
        if kind < 0.85:
            return {"anyOf": [self._node(depth + 1) for _ in range(self._chance.randint(1, 3))]}
        return self._object(depth + 1)

    def _items(self) -> Schema:
        if not self._bounds:
            return {"minItems": self._chance.randint(0, 1)}
        fewest = self._chance.randint(0, 3)
        return {"minItems": fewest, "maxItems": fewest + self._chance.randint(0, 2)}

    def _scalar(self) -> Schema:
        chance = self._chance
        match chance.randrange(8):
            case 0:
                return {"type": "string", "format": chance.choice(_FORMATS)}
            case 1:
                return {"type": "string", "pattern": chance.choice(_PATTERNS)}
            case 2:
                return {"type": "integer", **self._range(step=chance.choice((1, 2, 5)))}
            case 3:
                return {"type": "number", **self._range(step=chance.choice((0.01, 0.5, 2)))}
            case 4:
                return {"type": ["string", "null"], "enum": chance.sample(["a", "b", None], chance.randint(1, 3))}
            case 5:
                return {"type": "integer", "const": chance.randint(1, 9)}
            case 6:
                return {"type": chance.sample(["string", "null", "integer", "boolean"], 2)}
        return TEXT

    def _range(self, step: float) -> Schema:
        if not self._bounds:
            return {}
        chance, low = self._chance, self._chance.randint(-50, 50)
        rules: Schema = {"multipleOf": step} if chance.random() < 0.5 else {}
        if chance.random() < 0.6:
            rules[chance.choice(("minimum", "exclusiveMinimum"))] = low + chance.choice((0, 0.25))
        if chance.random() < 0.6:
            rules[chance.choice(("maximum", "exclusiveMaximum"))] = low + chance.choice((11, 20.75))
        return rules
