"""Schemas: JSON, the short form and examples. What is taken can be compiled, sent, and validated as others validate.

A schema from examples takes all of its examples; a value that is valid for the user survives the way to a vendor's
subset and back; and what a model answers instead is refused, whatever it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Literal

import jsonschema_rs

from llmcli.errors import ExitCode, InvalidOutputError, UsageError
from llmcli.extract import json_value
from llmcli.extract.schema.example import schema_from_example
from llmcli.extract.schema.sources import load_schema
from llmcli.extract.schema.user import UserSchema
from llmcli.extract.subset.codec import EncodeError
from llmcli.extract.subset.compile import CannotCompileError, Compiled, compile_schema

from ...extract.round_trip import check_round_trip
from ...extract.vendor_rules import FAULTS
from .. import mutate, trees
from ..campaign import Target
from ..program import Program, check, check_envelope

_WHOLE = 0.03
_MOST_BYTES = 300_000
Form = Literal["json", "short", "example"]
_CORPUS = [
    entry
    for file in sorted((Path(__file__).parents[2] / "extract" / "corpus").glob("*.json"))
    for entry in json.loads(file.read_text(encoding="utf-8"))
    if len(json.dumps(entry)) < 4000
]
_SCHEMAS = [entry["schema"] for entry in _CORPUS]
_VALUES = [value for entry in _CORPUS for value in entry["values"]]
_SHORT = (
    "name", "name, age int", "tags list[str], m dict[str, list[int]]?", 'mood good|"very bad"|null', "v 1.5|x|true",
    "address {street, zip int?}, items [{name: what it is, qty int}]", "born date?, at datetime, u uri, e email",
    "bio: one sentence, no more than 20 words, age int: in years", "a {\n b int\n c\n}", "x int|null, k 1|2", "a.b int",
)  # fmt: skip
_SHORT_TOKENS = tuple(
    token.encode()
    for token in (
        *",:?|{}[]()\"'\\.#-\n\t ", "int", "list[", "dict[str,", "{a ", "1|", "null", '"', "$ref", "9" * 400, "1e999",
        "x" * 5000, "[" * 3000, "{a " * 2000, "|a" * 3000, ", b" * 3000, "\u0661", "\u00aa", "\u2028", "\U0001f600",
    )
)  # fmt: skip
# What is particular to schemas.
_LEAVES: tuple[Any, ...] = (
    *trees.LEAVES, *({"type": kind} for kind in json_value.TYPES), {"type": ["string", "null"]}, {"type": []},
    {"type": "any"}, {"$ref": "#/$defs/none"}, {"$ref": "#/properties"}, {"$ref": "x.json"}, {"$ref": "#%"},
    {"$ref": "http://[/"}, {"$ref": "#/$defs/a~2"}, {"$id": "http://x/y", "$ref": "z"}, {"$anchor": "a"},
    {"$dynamicRef": "#a"}, {"anyOf": []}, {"anyOf": [{}]}, {"oneOf": [True, False]}, {"allOf": [{"$ref": "#"}]},
    {"not": {}}, {"enum": []}, {"enum": [1, 1.0]}, {"enum": [None, True, 1, "1", {}, []]}, {"const": {"a": [1]}},
    *({"pattern": each} for each in (
        "(", "[", "(a+)+$", "(?=a)", "(?<n>a)\\k<n>", "\\p{L}", "\\Z", "a{1000000}", "^$", "\\ud800", "a{2,1}", "(?i)a",
        "[[a]", "\x00", "." * 2000)),
    {"minLength": -1}, {"minLength": 1e3}, {"maxLength": 2**64}, {"minimum": 10**400}, {"multipleOf": 0},
    {"multipleOf": 1e-300}, {"minItems": 2**31}, {"maxItems": 0}, {"format": "date"},
    {"format": "x"}, {"format": 5}, {"required": ["a", "a"]}, {"required": "a"}, {"properties": []},
    {"properties": {"": {}, "a/b~c": {"$ref": "#/properties/a~1b~0c"}}}, {"patternProperties": {"(": {}}},
    {"additionalProperties": {"$ref": "#"}}, {"unevaluatedProperties": False}, {"dependentSchemas": {"a": False}},
    {"if": {}, "then": False}, {"prefixItems": [{}, False], "items": False}, {"contains": {}, "minContains": 0},
    {"propertyNames": {"pattern": "^a"}}, {"$schema": "http://json-schema.org/draft-04/schema#"},
    {"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {"a": {}}}, {"default": {"a": 1}},
    {"description": "x" * 5000}, {"title": "\x1b[31m"}, {"$comment": None}, {"deprecated": "yes"},
    {"properties": {f"p{at}": {} for at in range(300)}}, {"enum": [f"v{at}" for at in range(1200)]},
)  # fmt: skip
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("--check-schema",),
    ("--check-schema", "-m", "claude-haiku-5-5"),
    ("--json",),
    ("--many",),
    ("--many", "--json", "--mode", "tool"),
    ("--mode", "json"),
    ("--mode", "native", "--json"),
)
_CODES = (ExitCode.OK, ExitCode.USAGE, ExitCode.CONFIG, ExitCode.INVALID_OUTPUT, ExitCode.PARTIAL)
_MORE = (ExitCode.REJECTED, ExitCode.TRUNCATED)


@dataclass(frozen=True)
class Case:
    """A schema as the user gives it, and values to try it on."""

    form: Form
    data: bytes
    values: tuple[Any, ...]
    in_file: bool
    right: bool
    command: tuple[str, ...] | None


class Schemas(Target):
    """What `--schema` and `--schema-from-example` take."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._file = program.work / "s.json"

    def case(self, random: Random) -> Case:
        command = random.choice(_COMMANDS) if random.random() < _WHOLE else None
        form: Form = random.choices(("json", "short", "example"), (6, 3, 2))[0]
        values: list[Any] = [random.choice(_VALUES) for _ in range(2)]
        right = False
        if form == "json":
            entry = random.choice(_CORPUS)
            values = [*entry["values"][:3], *values, trees.changed(random, random.choice(entry["values"] or _VALUES))]
            data, right = self._json(random, entry["schema"])
        elif form == "short":
            data = random.choice(_SHORT).encode()
            if random.random() < 0.9:
                data = mutate.changed(random, data, [each.encode() for each in _SHORT], _SHORT_TOKENS)
        else:
            data, right = self._example(random)
        # A regular expression of a million characters takes the validator minutes.
        data = data[:_MOST_BYTES]
        return Case(form, data, tuple(_as_json(values)), random.random() < 0.5 and form == "json", right, command)

    def _json(self, random: Random, schema: Any) -> tuple[bytes, bool]:
        kind = random.random()
        if kind < 0.05:
            return json.dumps(schema).encode(), True
        if kind < 0.8:
            return trees.data(random, trees.changed(random, schema, _SCHEMAS, _LEAVES)), False
        others = [json.dumps(each).encode() for each in _SCHEMAS[:9]]
        return mutate.changed(random, json.dumps(schema).encode(), others), False

    def _example(self, random: Random) -> tuple[bytes, bool]:
        chosen = [random.choice(_VALUES) for _ in range(random.randint(1, 4))]
        lines = "\n".join(json.dumps(each) for each in chosen).encode()
        kind = random.random()
        if kind < 0.3:
            return lines, True
        if kind < 0.7:
            return b"\n".join(trees.data(random, trees.changed(random, each, _VALUES)) for each in chosen), False
        return mutate.changed(random, lines), False

    def check(self, case: Case) -> None:
        text = case.data.decode("utf-8", "replace")
        if case.in_file or case.form == "example":
            self._file.write_bytes(case.data)
        if case.command is not None:
            self._run(case, text, case.command)
            return
        try:
            user = self._load(case, text)
        except UsageError as error:
            assert not case.right, f"a right one was refused: {error.line()}"
            assert error.line().isprintable()
            return
        if case.form == "example":
            for example in _examples(case.data):
                assert user.problems(example) == [], f"its own example is refused: {user.problems(example)}"
        self._use(user, case.values)

    def _load(self, case: Case, text: str) -> UserSchema:
        if case.form == "example":
            return schema_from_example("s.json", self._program.work)
        return load_schema("s.json" if case.in_file else text, self._program.work)

    def _use(self, user: UserSchema, values: tuple[Any, ...]) -> None:
        json.dumps(user.document, allow_nan=False)
        kind = jsonschema_rs.Draft7Validator if user.draft == "7" else jsonschema_rs.Draft202012Validator
        plain = kind(user.document, validate_formats=True, offline=True)
        valid = []
        for value in values:
            problems = user.problems(value)
            valid += [] if problems else [value]
            with suppress(ValueError):  # deeper than the validator goes
                assert plain.is_valid(value) == (not problems), "validated otherwise than by the library"
        for vendor in ("openai", "anthropic"):
            for records in (False, True):
                try:
                    compiled = compile_schema(user, vendor, records=records)
                except CannotCompileError as error:
                    assert error.reason
                    continue
                assert isinstance(compiled.schema, dict)
                faults = FAULTS[vendor](compiled.schema)
                assert faults == [], faults[0]
                _answer(user, compiled, values)
                if not records:
                    _there_and_back(user, compiled, valid)
        compile_schema(user, "json")

    def _run(self, case: Case, text: str, command: tuple[str, ...]) -> None:
        given = ("--schema-from-example", "s.json") if case.form == "example" else ("--schema", text)
        if case.in_file:
            given = ("--schema", "s.json")
        if given[1].startswith("-"):
            return  # an option to Typer
        model = () if "-m" in command else ("-m", "sim")
        done = self._program.run("extract", *given, *command, *model, stdin=b'{"a": 1, "name": "x"}\n')
        check(done, (*_CODES, *_MORE), notes="--many" in command)
        if "--check-schema" in command and done.code is ExitCode.OK:
            json.loads(done.out)
        elif "--json" in command and "--many" not in command and done.out:
            check_envelope(done)


def _there_and_back(user: UserSchema, compiled: Compiled, values: list[Any]) -> None:
    """Where the subset has a place for the value: what has no type is asked for as one that its keywords are about.

    So null may then mean that a property is not there.
    """
    subset = jsonschema_rs.Draft202012Validator(compiled.schema, validate_formats=True)
    for value in values:
        if "null" in json.dumps(value):
            continue
        with suppress(EncodeError, ValueError, RecursionError):
            if subset.is_valid(compiled.encode(value)):
                check_round_trip(user, compiled, value)


def _answer(user: UserSchema, compiled: Compiled, values: tuple[Any, ...]) -> None:
    """What a model may say instead of what it was asked for."""
    for value in values:
        for answer in (value, {"records": [value]}, {"value": value}):
            try:
                found = compiled.decode(answer)
            except InvalidOutputError:
                continue
            user.problems(found)


def _examples(data: bytes) -> list[Any]:
    text = data.decode("utf-8-sig")
    try:
        return [json_value.parse(text)]
    except ValueError:
        return [json_value.parse(line) for line in text.splitlines() if line.strip()]


def _as_json(values: list[Any]) -> Iterator[Any]:
    """Those that are JSON, as it is read."""
    for value in values:
        with suppress(ValueError, RecursionError):
            yield json_value.parse(trees.text(value))
