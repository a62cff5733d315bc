"""Arguments of tool calls, as models write them: run with what they say, answered with an error, or exit 9."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any

from llmcli.errors import ExitCode
from llmcli.messages import Message, Request, ToolCallPart, ToolResultPart
from llmcli.providers.values import arguments_of
from llmcli.tools.confirm import describe
from llmcli.tools.run import _arguments
from llmcli.tools.spec import LocalTool, load_tools

from ...contract.vendors import ANTHROPIC, OPENAI, Vendor
from .. import corpus, mutate, trees
from ..campaign import Target
from ..program import Program, check
from ..wire import VENDORS, Answer, Transport, configured, keys, wired
from .rows import bodies_of

_WHOLE = 0.01
_TREES: tuple[dict[str, Any], ...] = (
    {"city": "Oslo", "days": 2},
    {},
    {"a": {"b": [1, None, "x", {"c": 0.5}]}, "größe": "\U0001f600"},
)
_TOOL = {"name": "weather", "description": "Today's weather", "input_schema": {"type": "object"}, "command": ["cat"]}
# The model calls the tool again and again, which has an end.
_CODES = (ExitCode.OK, ExitCode.TRUNCATED, ExitCode.UNAVAILABLE, ExitCode.INVALID_OUTPUT)


@dataclass(frozen=True)
class Case:
    """What stands where the arguments are; `whole` runs a program with them."""

    vendor: Vendor
    text: str
    name: str
    whole: bool


class Arguments(Target):
    """The arguments of a call to a tool that gives back what it gets."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._transport = Transport()
        (program.work / "t.json").write_text(json.dumps(_TOOL))
        program.config.write_text(configured())

    def case(self, random: Random) -> Case:
        if random.random() < 0.7:
            data = trees.data(random, trees.changed(random, random.choice(_TREES), _TREES))
        else:
            data = mutate.changed(random, json.dumps(random.choice(_TREES)).encode())
        name = "weather" if random.random() < 0.8 else str(random.choice(trees.LEAVES))[:2000]
        text = data.decode("utf-8", "surrogateescape" if random.random() < 0.5 else "replace")
        return Case(random.choice(VENDORS), text, name, random.random() < _WHOLE)

    def check(self, case: Case) -> None:
        if case.whole:
            self._run(case)
            return
        found = arguments_of(case.text)
        if found is None:
            return
        assert found == json.loads(case.text or "{}")
        call = ToolCallPart("t1", case.name, found)
        given = _arguments(call.arguments)
        assert given.count(b"\n") == 1
        assert json.loads(given) == found
        [tool] = load_tools([str(self._program.work / "t.json")], {})
        for shown in (tool, LocalTool(tool.tool, None)):
            assert describe(shown, call).isprintable()
        result = ToolResultPart("t1", given.decode())
        turns = (Message.of("user", "hi"), Message("assistant", (call,)), Message("user", (result,)))
        for body in bodies_of(Request("m", turns, 100, tools=(tool.tool,))):
            json.dumps(body, allow_nan=False)

    def _run(self, case: Case) -> None:
        self._transport.answer = Answer(200, ((b"content-type", b"application/json"),), (_answer(case),))
        with wired(self._transport):
            done = self._program.run(
                "ask", "-n", "-m", case.vendor.model, "--tool", "t.json", "--yes", "--max-rounds", "2", "hi", env=keys()
            )
        check(done, _CODES)


def _answer(case: Case) -> bytes:
    """A whole answer with the call in it."""
    answer = json.loads(json.dumps(corpus.bodies(case.vendor)[1]))
    if case.vendor is ANTHROPIC:
        answer["content"][2] |= {"input": trees.Raw(case.text), "name": case.name}
    elif case.vendor is OPENAI:
        function = answer["choices"][0]["message"]["tool_calls"][0]["function"]
        function |= {"arguments": case.text, "name": case.name}
    else:
        answer["output"][2] |= {"arguments": case.text, "name": case.name}
    return trees.text(answer).encode("utf-8", "surrogatepass")
