"""Tools for tests: files that name them, and which models may call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ..contract.vendors import OPENAI, Vendor

SCHEMA: dict[str, Any] = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
CALL = 'sim:call=weather{"city": "Oslo"}'
ARGUMENTS = {"city": "Oslo"}


def tool_file(folder: Path, script: str | None, name: str = "weather") -> str:
    """The name of a tool's file in `folder`; what is run, if anything, is a shell script."""
    tool: dict[str, Any] = {"name": name, "description": "It does that.", "input_schema": SCHEMA}
    if script is not None:
        tool["command"] = ["/bin/sh", "-c", script]
    (folder / f"{name}.json").write_text(json.dumps(tool))
    return f"{name}.json"


def flags_for(vendor: Vendor) -> tuple[str, ...]:
    """What else the vendor's model needs to call tools: in Chat Completions it must not reason then."""
    return ("--effort", "none") if vendor is OPENAI else ()


def results_in(body: Any) -> list[str]:
    """The text of all tool results in a request's body, of whatever API."""
    match body:
        case {"type": "tool_result", "content": str(content)} | {"role": "tool", "content": str(content)}:
            return [content]
        case {"type": "function_call_output", "output": str(output)}:
            return [output]
        case dict():
            return [found for value in body.values() for found in results_in(value)]
        case list():
            return [found for value in body for found in results_in(value)]
    return []
