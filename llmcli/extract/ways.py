"""The ladder: four ways of asking for data, from what the provider enforces to what is only asked for.

native   the provider's own structured output, with the schema in its strict subset
tool     a call of a tool that takes the data
json     JSON mode, with the schema in the instructions
prompt   the schema in the instructions, and nothing else
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, assert_never, get_args

from llmcli.choices import Mode
from llmcli.errors import InvalidOutputError
from llmcli.extract.answer.json_text import value_in
from llmcli.extract.schema.user import UserSchema
from llmcli.extract.subset.compile import RECORDS, CannotCompileError, Compiled, compile_schema
from llmcli.messages import OutputSchema, Reply, Request, Tool

MODES: tuple[Mode, ...] = get_args(Mode)

NAME = "record"
"""What the schema, or the tool that takes the data, is called."""

_TASK = (
    "Extract data from what the user gives you. Take everything from the text itself and make nothing up; "
    "what the text does not say is left out, or null where leaving out is not possible."
)
_ALL = "The text may hold any number of records: give all of them, in the order of the text."
_CALL = f"Call the tool {NAME} once with the data, and write nothing else."
_FORM = (
    "Answer with one JSON value that fits this JSON Schema, and with nothing else, no prose, no code fence:\n{schema}"
)


@dataclass(frozen=True)
class Way:
    """One rung: how a request asks, and how what comes back is read."""

    mode: Mode
    form: Compiled
    many: bool

    def asked(self, request: Request) -> Request:
        """The request, asking for the data in this way."""
        match self.mode:
            case "native":
                return replace(self._told(request), output_schema=OutputSchema(NAME, self._object_schema()))
            case "tool":
                tool = Tool(NAME, "Takes the data that was extracted.", self._object_schema())
                return replace(self._told(request, _CALL), tools=(tool,), tool_choice=NAME)
            case "json":
                return replace(self._told(request, self._spelled()), json_object=True)
            case "prompt":
                return self._told(request, self._spelled())
            case mode:
                assert_never(mode)

    @property
    def many_objects(self) -> bool:
        """Whether each of many records is written as an object, so that no other bracket can begin one."""
        records: Any = self._object_schema()["properties"][RECORDS]["items"]
        return isinstance(records, dict) and records.get("type") == "object"

    def read(self, reply: Reply) -> Any:
        """The value in the user's form, still to be validated. Raises InvalidOutputError."""
        calls = [call for call in reply.tool_calls if call.name == NAME]
        return self.form.decode(value_in(json.dumps(calls[0].arguments) if calls else reply.text))

    def element(self, raw: Any) -> Any:
        """One of many records in the user's form, still to be validated. Raises InvalidOutputError."""
        found: Any = self.form.decode({RECORDS: [raw]})
        if not isinstance(found, list) or len(found) != 1:
            raise InvalidOutputError("the record is not in the form asked for")
        return found[0]

    def shown(self, value: Any) -> str:
        """A value of the user's as the model has to write it."""
        return json.dumps(value, ensure_ascii=False)

    def _object_schema(self) -> dict[str, Any]:
        assert isinstance(self.form.schema, dict)  # see `_form`
        return self.form.schema

    def _spelled(self) -> str:
        return _FORM.format(schema=json.dumps(self.form.schema, ensure_ascii=False))

    def _told(self, request: Request, *more: str) -> Request:
        words = [request.system, _TASK, *([_ALL] if self.many else []), *more]
        return replace(request, system="\n\n".join(filter(None, words)))


def ways(user: UserSchema, kind: str, *, many: bool, mode: Mode | None = None) -> Iterator[Way]:
    """The ways to ask a provider of this kind, best first; only `mode` if one is forced.

    Those that cannot express the schema are left out: all but `prompt`, and that one too if it is not what is forced.
    """
    for each in (mode,) if mode is not None else MODES:
        if each == "json" and kind == "anthropic" and mode is None:
            continue  # its API has no JSON mode
        try:
            yield Way(each, _form(user, kind, each, many=many), many)
        except CannotCompileError:
            if mode is not None:
                raise


def _form(user: UserSchema, kind: str, mode: Mode, *, many: bool) -> Compiled:
    """The schema as that way needs it: strict, or as it is. A tool and JSON mode want an object at the root."""
    dialect: Literal["anthropic", "openai"] = "anthropic" if kind == "anthropic" else "openai"
    if mode == "native":
        return compile_schema(user, dialect, records=many)
    plain = compile_schema(user, "json", records=many)
    if mode == "prompt" or many or (isinstance(plain.schema, dict) and plain.schema.get("type") == "object"):
        return plain
    return compile_schema(user, dialect, records=many)
