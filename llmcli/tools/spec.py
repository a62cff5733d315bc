"""What `--tool` names: a JSON or TOML file of tools, or a Python function.

    name = "weather"                     # TOML: top-level keys for one tool, or [[tool]] tables for many;
    description = "Today's weather"      # JSON: an object, or an array of objects
    input_schema = { type = "object", properties = { city = { type = "string" } }, required = ["city"] }
    command = ["./weather.sh", "--brief"]  # optional; or one string, split as a shell would but run without one

Imports neither pydantic nor asyncio: a command reads its tools before it knows whether it will need them.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llmcli.errors import UsageError
from llmcli.messages import Tool
from llmcli.tools import python
from llmcli.tools.schema import fault_of

KEYS = ("name", "description", "input_schema", "command")
# OpenAI's rule, the stricter one: Anthropic's API takes up to 128 characters (its own error message, July 2026).
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_FUNCTION = re.compile(r"(?P<path>.*\.py):(?P<name>.*)", re.DOTALL)


@dataclass(frozen=True)
class LocalTool:
    """A tool and how to run it here; without a command, whoever called us answers its calls."""

    tool: Tool
    command: tuple[str, ...] | None


def load_tools(specs: Sequence[str], environ: Mapping[str, str] | None = None) -> tuple[LocalTool, ...]:
    """All tools that `specs` name, in their order. Raises UsageError, also for two tools of one name.

    `environ` is what a Python module that defines a tool gets to see; None is all of ours, keys included.
    """
    origins: dict[str, str] = {}
    tools: list[LocalTool] = []
    for spec in specs:
        for tool in _load(spec, environ):
            name = tool.tool.name
            if name in origins:
                both = spec if origins[name] == spec else f"{origins[name]} and {spec}"
                raise UsageError(f'two tools are called "{name}", in {both}', hint="rename or leave out one")
            origins[name] = spec
            tools.append(tool)
    return tuple(tools)


def _load(spec: str, environ: Mapping[str, str] | None) -> tuple[LocalTool, ...]:
    function = _FUNCTION.fullmatch(spec)
    if function is not None:
        return (_load_function(spec, function["path"], function["name"], environ),)
    if spec.endswith(".py"):
        raise UsageError(f"{spec} names no function", hint=f"write {spec}:FUNCTION")
    path = _path(spec)
    entries = _entries(spec, _parse(spec, path))
    if not entries:
        raise UsageError(f"{spec} holds no tool", hint=f"give it the keys {', '.join(KEYS)}")
    # As $0's directory would be: the file finds its script from wherever llmcli is started.
    folder = path.absolute().parent
    if len(entries) == 1:
        return (_tool(spec, entries[0], folder),)
    return tuple(_tool(f"{spec}, tool {number}", entry, folder) for number, entry in enumerate(entries, 1))


def _load_function(spec: str, path: str, name: str, environ: Mapping[str, str] | None) -> LocalTool:
    if not name.isidentifier():
        raise UsageError(f'{spec}: "{name}" cannot be a function\'s name', hint=f"write {path}:FUNCTION")
    file = _path(path).resolve()  # as Python does it: modules are looked for next to the real file
    _read(path, file)
    described = python.describe_function(spec, file, name, environ)
    return LocalTool(_checked_tool(spec, described), python.call_command(file, name))


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:  # the home directory of nobody, ~nobody/file
        raise UsageError(f"cannot read {text}: {error}") from error


def _read(name: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {name}: {error.strerror}") from error
    except ValueError as error:  # a NUL in the path
        raise UsageError(f"cannot read {name!r}: {error}") from error


def _parse(spec: str, path: Path) -> Any:
    """The content of a JSON or TOML file; of one that does not say by its name which it is, such as a pipe, either."""
    data = _read(spec, path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{spec} is not UTF-8 text: byte {error.start} cannot be decoded") from error
    known = {".json": (json.loads,), ".toml": (tomllib.loads,)}
    faults = []
    for parse in known.get(path.suffix.lower(), (json.loads, tomllib.loads)):
        try:
            return parse(text)
        except (ValueError, RecursionError) as error:
            faults.append(f"{'JSON' if parse is json.loads else 'TOML'} ({error})")
    raise UsageError(
        f"{spec} is not {' and not '.join(faults)}", hint="give a .json or .toml file, or FILE.py:FUNCTION"
    )


def _entries(spec: str, content: Any) -> list[Any]:
    """One tool or many: an array, the tables under `tool`, or the whole as one."""
    if isinstance(content, dict) and content.keys() == {"tool"}:
        content = content["tool"]
    if isinstance(content, list):
        return content
    if not isinstance(content, dict):
        raise UsageError(
            f"{spec} is no tool", hint=f"write an object with the keys {', '.join(KEYS)}, or a list of them"
        )
    return [content] if content else []


def _tool(where: str, entry: Any, folder: Path) -> LocalTool:
    if not isinstance(entry, dict):
        raise UsageError(f"{where} is no tool", hint=f"write an object with the keys {', '.join(KEYS)}")
    unknown = sorted(entry.keys() - set(KEYS))
    if unknown:
        raise UsageError(f'{where}: unknown key "{unknown[0]}"', hint=f"the keys are {', '.join(KEYS)}")
    command = entry.get("command")
    return LocalTool(_checked_tool(where, entry), None if command is None else _command(where, command, folder))


def _checked_tool(where: str, entry: Mapping[str, Any]) -> Tool:
    """The tool itself, if its keys are what the providers will take. Raises UsageError."""
    missing = [key for key in ("name", "description", "input_schema") if key not in entry]
    if missing:
        raise UsageError(f'{where}: "{missing[0]}" is missing', hint=f"the keys are {', '.join(KEYS)}")
    name, description, schema = entry["name"], entry["description"], entry["input_schema"]
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise UsageError(f'{where}: "name" is {_shown(name)}', hint="use 1 to 64 of the characters a-z A-Z 0-9 _ -")
    if not isinstance(description, str) or not description.strip():
        raise UsageError(f'{where}: "description" is {_shown(description)}', hint="say in words what the tool does")
    fault = fault_of(schema)
    if fault is not None:
        raise UsageError(
            f'{where}: "input_schema" is no JSON Schema of an object: {fault}',
            hint='write one like {"type": "object", "properties": {"city": {"type": "string"}}}',
        )
    # OpenAI answers 400 to an object without `properties` ("object schema missing properties"), which means none.
    return Tool(name, description, {**schema, "properties": schema.get("properties", {})})


def _command(where: str, given: Any, folder: Path) -> tuple[str, ...]:
    """The program and its arguments; a path relative to `folder` made absolute, a bare name left to PATH."""
    try:
        words = shlex.split(given) if isinstance(given, str) else given
    except ValueError as error:
        raise UsageError(
            f'{where}: "command" cannot be split: {error}', hint="check its quotes, or write a list"
        ) from error
    if not isinstance(words, list) or not words or not all(isinstance(word, str) for word in words) or not words[0]:
        raise UsageError(f'{where}: "command" is {_shown(given)}', hint='write a list like ["./tool.sh", "--flag"]')
    try:
        if any(b"\0" in os.fsencode(word) for word in words):
            raise UsageError(f'{where}: "command" has a NUL byte in it, which no program can be given')
    except UnicodeEncodeError as error:
        raise UsageError(f'{where}: "command" is not UTF-8 text') from error
    program = str(folder / words[0]) if "/" in words[0] else words[0]
    return (program, *words[1:])


def _shown(value: Any) -> str:
    """`value` for a message: as JSON, and not much of it."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else f"{text[:60]}…"
