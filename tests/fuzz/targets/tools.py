"""Tool files, JSON and TOML: a tool that every API can be offered, or exit 2 with what is wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from llmcli.errors import ExitCode, UsageError
from llmcli.messages import Message, Request
from llmcli.tools.spec import load_tools

from .. import mutate, trees
from ..campaign import Target
from ..program import Program, check, check_envelope
from .rows import bodies_of

_WHOLE = 0.03
_SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string", "description": "Where"}, "days": {"type": ["integer", "null"]}},
    "required": ["city"],
    "$defs": {"a": {"anyOf": [{"type": "number"}, {"$ref": "#/$defs/a"}], "items": [{}], "not": {}}},
    "additionalProperties": False,
}
_TOOL: dict[str, Any] = {"name": "weather", "description": "Today's weather", "input_schema": _SCHEMA}
_TREES: tuple[Any, ...] = (
    _TOOL,
    {**_TOOL, "command": ["./weather.sh", "--brief"]},
    [_TOOL, {**_TOOL, "name": "b", "command": "cat 'a b'"}],
    {"tool": [_TOOL]},
)
_TOML = (
    b'name = "weather"\ndescription = "It rains"\ncommand = ["cat"]\n[input_schema]\ntype = "object"\n'
    b'[input_schema.properties.city]\ntype = "string"\n',
    b'[[tool]]\nname = "a"\ndescription = "A"\ninput_schema = { type = "object" }\n'
    b'[[tool]]\nname = "b"\ndescription = "B"\n'
    b'input_schema = { type = "object", properties = { when = { default = 2026-11-01, maximum = inf } } }\n',
)
_COMMANDS: tuple[tuple[str, ...], ...] = (
    ("ask", "--json"),
    ("ask", "--json", "--tool-choice", "weather"),
    ("count-tokens",),
    ("stream", "--tool-choice", "any"),
)
_FILES = ("t.json", "t.toml", "t", "T.JSON")
_CODES = (ExitCode.OK, ExitCode.USAGE, ExitCode.TRUNCATED)


@dataclass(frozen=True)
class Case:
    """A file that `--tool` names."""

    data: bytes
    name: str
    right: bool
    command: tuple[str, ...] | None


class Tools(Target):
    """Files of tools. What a case names is offered and never run."""

    def __init__(self, program: Program) -> None:
        self._program = program
        program.config.write_text('model = "sim"\n')

    def case(self, random: Random) -> Case:
        command = None
        if random.random() < _WHOLE:
            command = random.choice(_COMMANDS)
        kind = random.random()
        if kind < 0.05:
            return Case(json.dumps(_TREES[0]).encode(), "t.json", True, command)
        if kind < 0.6:
            data = trees.data(random, trees.changed(random, random.choice(_TREES), _TREES))
            return Case(data, random.choice(_FILES), False, command)
        data = random.choice((*_TOML, *_TOML, *(json.dumps(each).encode() for each in _TREES)))
        return Case(mutate.changed(random, data, _TOML), random.choice(_FILES), False, command)

    def check(self, case: Case) -> None:
        file = self._program.work / case.name
        file.write_bytes(case.data)
        if case.command is not None:
            done = self._program.run(*case.command, "-n", "--tool", case.name, "hi")
            check(done, _CODES)
            if "--json" in case.command:
                check_envelope(done)
            return
        try:
            tools = load_tools([str(file)], {})
        except UsageError as error:
            assert not case.right, error.line()
            assert error.line().isprintable()
            return
        offered = Request("m", (Message.of("user", "hi"),), 100, tools=tuple(each.tool for each in tools))
        for body in bodies_of(offered):
            json.dumps(body, allow_nan=False, ensure_ascii=False).encode("utf-8", "surrogatepass")
        assert all(each.tool.input_schema["type"] == "object" for each in tools)
