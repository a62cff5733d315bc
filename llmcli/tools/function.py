"""A Python function as a tool, seen from its own process.

    python -m llmcli.tools.function describe FILE NAME   {"tool": {...}} or {"error": ..., "hint": ...} on stdout
    python -m llmcli.tools.function call FILE NAME       arguments as JSON on stdin, the return value on stdout

A process of its own, so that the user's module can neither print into our stdout nor hang us nor crash us.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import inspect
import json
import os
import sys
import traceback
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, cast

from pydantic import PydanticSchemaGenerationError, PydanticUserError, TypeAdapter, ValidationError
from pydantic.errors import PydanticUndefinedAnnotation
from pydantic.json_schema import GenerateJsonSchema
from pydantic_core import to_json

from llmcli.errors import UsageError, one_line
from llmcli.tools.docstrings import split

Function = Callable[..., Any]
Arguments = tuple[tuple[Any, ...], dict[str, Any]]

_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def main(arguments: Sequence[str]) -> int:
    """Describe or call a function; returns the exit code."""
    what, file, name = arguments
    if what == "describe":
        nothing = os.open(os.devnull, os.O_WRONLY)
        out = _take_stdout(nothing)
        os.dup2(nothing, 2)
        _write(out, json.dumps(_answer(file, name)).encode())
        return 0
    out = _take_stdout(2)
    try:
        _write(out, call(file, name, sys.stdin.buffer.read()))
    except UsageError as error:
        return _fail(error.line())
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever the function raises is the tool's failure
        return _fail(f"{type(error).__name__}: {error}".removesuffix(": "))
    return 0


def describe(file: str, name: str) -> dict[str, Any]:
    """The tool that a function is, as a tool's JSON file would have it. Raises UsageError."""
    function = _load(file, name)
    description, of_parameters = split(inspect.getdoc(function) or "")
    if not description:
        raise UsageError(f'the function "{name}" has no docstring', hint="say in one what it does; the model reads it")
    try:
        schema = _adapter(function).json_schema(schema_generator=_Schema)
    except (PydanticUserError, TypeError) as error:
        raise UsageError(f"its type hints give no JSON Schema: {_first_line(error)}") from error
    for parameter, text in of_parameters.items():
        if parameter in schema.get("properties", {}):
            schema["properties"][parameter].setdefault("description", text)
    return {"name": name, "description": description, "input_schema": schema}


def call(file: str, name: str, arguments_json: bytes) -> bytes:
    """What the function returns: a str as it is, everything else as JSON. Raises what the function raises."""
    function = _load(file, name)
    try:
        positional, named = _adapter(function).validate_json(arguments_json)
    except ValidationError as error:
        raise UsageError(f"the arguments do not fit: {_faults(error)}") from error
    if positional:
        raise UsageError("the arguments do not fit: they are not an object")
    result = function(**named)
    if inspect.isawaitable(result):
        result = asyncio.run(_wait(result))
    if isinstance(result, str):
        return result.encode("utf-8", "replace")
    return to_json(result, inf_nan_mode="strings")


class _Schema(GenerateJsonSchema):
    """Without the titles that pydantic makes up from names: they cost tokens and say nothing."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _adapter(function: Function) -> TypeAdapter[Arguments]:
    """What validates the arguments of `function` without calling it. Raises UsageError."""

    # pydantic reads the signature through the wrapper; called by it, this only hands back what it was given.
    @functools.wraps(function)
    def given(*positional: Any, **named: Any) -> Arguments:
        return positional, named

    try:
        for parameter in inspect.signature(function).parameters.values():
            if parameter.kind not in _BY_NAME:
                raise UsageError(
                    f'its parameter "{parameter}" cannot be given by name', hint="a tool's arguments are named"
                )
        return TypeAdapter(cast(Any, given))
    except (
        PydanticSchemaGenerationError,
        PydanticUndefinedAnnotation,
        PydanticUserError,
        NameError,
        TypeError,
    ) as error:
        raise UsageError(f"its type hints give no JSON Schema: {_first_line(error)}") from error


def _load(file: str, name: str) -> Function:
    """The function `name` of the module at `file`. Raises UsageError."""
    module = _import(Path(file))
    function = getattr(module, name, None)
    if function is None:
        raise UsageError(f'there is no function "{name}" in it', hint=f"it has {_functions(module)}")
    if not inspect.isfunction(inspect.unwrap(function)):
        raise UsageError(f'"{name}" is not a function but {type(function).__name__}')
    return function  # type: ignore[no-any-return]


def _import(path: Path) -> Any:
    """The module at `path`, imported as running it would, with its neighbours at hand."""
    taken = path.stem in sys.modules or path.stem in sys.stdlib_module_names or not path.stem.isidentifier()
    module_name = "llmcli_tool_module" if taken else path.stem
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # where pydantic and pickle look for what its names mean
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        where = f"line {lines[-1]}: " if lines else ""
        raise UsageError(f"it cannot be imported: {where}{type(error).__name__}: {error}") from error
    return module


def _functions(module: Any) -> str:
    found = [
        name
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__ and not name.startswith("_")
    ]
    return ", ".join(found[:10]) or "none"


async def _wait(result: Awaitable[Any]) -> Any:
    return await result


def _answer(file: str, name: str) -> dict[str, Any]:
    try:
        return {"tool": describe(file, name)}
    except UsageError as error:
        return {"error": one_line(error.message), "hint": error.hint}


def _faults(error: ValidationError) -> str:
    """pydantic's errors on one line, each with the place it is about."""
    shown = [f"{'.'.join(map(str, fault['loc'])) or 'JSON'}: {fault['msg']}" for fault in error.errors()[:5]]
    return "; ".join(shown)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _take_stdout(instead: int) -> BinaryIO:
    """stdout, for the result alone: from now on whatever is printed goes to the descriptor `instead`."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(instead, 1)
    return out


def _write(out: BinaryIO, data: bytes) -> None:
    with out:
        out.write(data)


def _fail(message: str) -> int:
    os.write(2, f"{one_line(message)}\n".encode("utf-8", "replace"))
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
