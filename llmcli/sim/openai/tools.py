"""Functions that a model may call: what OpenAI refuses of their definitions and of the choice among them.

From openai 3.51 `types/shared_params/function_definition.py` and the guide on function calling; the sentences are
quoted from its answers in public issues.
"""

from __future__ import annotations

from typing import Any

from llmcli.messages import Tool
from llmcli.sim.checks import JsonObject
from llmcli.sim.openai.errors import invalid
from llmcli.sim.openai.strict_schema import schema_fault, strict_fault
from llmcli.sim.wire import ApiError

NAME = "^[a-zA-Z0-9_-]+$"


def functions_of(tools: list[JsonObject], *, nested: bool) -> list[Tool]:
    """The functions among the tools, valid ones. `nested`: under a key of its own, as Chat Completions has it."""
    found: list[Tool] = []
    names: set[str] = set()
    for index, tool in enumerate(tools):
        if tool["type"] != "function":
            continue
        function = tool["function"] if nested else tool
        name = function["name"]
        where = f"tools[{index}].{'function.' if nested else ''}"
        if name in names:
            raise invalid(f"Invalid '{where}name': duplicate function name '{name}'.", f"{where}name", "invalid_value")
        names.add(name)
        schema = function.get("parameters")
        if schema is not None:
            _check_schema(schema, name, f"{where}parameters", strict=bool(function.get("strict")))
        found.append(Tool(name, function.get("description") or "", schema or {"type": "object", "properties": {}}))
    return found


def _check_schema(schema: JsonObject, name: str, where: str, *, strict: bool) -> None:
    what = schema_fault(schema)
    if what is None and "properties" not in schema:
        what = "In context=(), object schema missing properties."
    if what is None and strict:
        what = strict_fault(schema)
    if what is not None:
        raise _bad_schema(name, what, where)


def _bad_schema(name: str, what: str, where: str) -> ApiError:
    return invalid(f"Invalid schema for function '{name}': {what}", where, "invalid_function_parameters")


def chosen(choice: Any, tools: list[Tool], *, nested: bool) -> tuple[str | None, list[Tool]]:
    """The choice in our words (`auto`, `any`, `none` or a name), and the tools that it leaves."""
    if choice is None or isinstance(choice, str):
        if choice == "required" and not tools:
            raise invalid("Tool choice 'required' must be specified with 'tools' parameter.", "tool_choice")
        return {"required": "any"}.get(choice, choice) if choice else None, tools
    if choice["type"] == "allowed_tools":
        allowed = choice["allowed_tools"] if nested else choice
        names = [_name(tool, nested=nested) for tool in allowed["tools"] if tool.get("type") == "function"]
        for name in names:
            _check_known(name, tools, nested=nested)
        left = [tool for tool in tools if tool.name in names]
        return "any" if allowed["mode"] == "required" else "auto", left
    if choice["type"] != "function":
        raise invalid("'tool_choice': only functions are simulated.", "tool_choice", "not_simulated")
    name = _name(choice, nested=nested)
    _check_known(name, tools, nested=nested)
    return name, tools


def _name(tool: JsonObject, *, nested: bool) -> str:
    function = tool.get("function") if nested else tool
    return str(function.get("name", "")) if isinstance(function, dict) else ""


def _check_known(name: str, tools: list[Tool], *, nested: bool) -> None:
    if name in {tool.name for tool in tools}:
        return
    if nested:
        message = f"Invalid value for 'tool_choice': no function named '{name}' was specified in the 'tools' parameter."
        raise invalid(message, "tool_choice")
    raise invalid(f"Tool choice '{name}' not found in 'tools' parameter.", "tool_choice")
