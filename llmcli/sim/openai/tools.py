"""Functions that a model may call: what OpenAI refuses of their definitions and of the choice among them.

From openai 3.51 `types/shared_params/function_definition.py` and the guide on function calling; the sentences are
quoted from its answers in public issues.
"""

from __future__ import annotations

from typing import Any

from llmcli.messages import Tool
from llmcli.sim.checks import JsonObject
from llmcli.sim.json_schema import problem
from llmcli.sim.openai.errors import invalid
from llmcli.sim.tokens import as_json
from llmcli.sim.wire import ApiError

NAME = "^[a-zA-Z0-9_-]+$"
CALL_ID = 64


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
    kind = schema.get("type")
    if kind != "object" and (kind is None or isinstance(kind, str)):
        what = f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'."
        raise _bad_schema(name, what, where)
    wrong = problem(schema)
    if wrong is not None:
        written = f"'{wrong[0]}'" if isinstance(wrong[0], str) else as_json(wrong[0])
        raise _bad_schema(name, f"{written} is not valid under any of the given schemas.", where)
    if "properties" not in schema:
        raise _bad_schema(name, "In context=(), object schema missing properties.", where)
    if strict:
        _check_strict(schema, (), name, where)


def _check_strict(schema: object, context: tuple[str, ...], name: str, where: str) -> None:
    if not isinstance(schema, dict):
        return
    place = f"In context={context!r}, "
    properties = schema.get("properties")
    if schema.get("type") == "object" or isinstance(properties, dict):
        if schema.get("additionalProperties") is not False:
            what = f"{place}'additionalProperties' is required to be supplied and to be false."
            raise _bad_schema(name, what, where)
        missing = [key for key in properties or {} if key not in (schema.get("required") or ())]
        if missing:
            what = (
                f"{place}'required' is required to be supplied and to be an array including every key in properties."
                f" Missing '{missing[0]}'."
            )
            raise _bad_schema(name, what, where)
    for key, inner in (properties or {}).items():
        _check_strict(inner, (*context, "properties", key), name, where)
    _check_strict(schema.get("items"), (*context, "items"), name, where)


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
