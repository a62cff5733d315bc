"""Fields of a vendor's request body as fields of ours; what has no place in ours is passed through as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, get_args

from llmcli.batch.rows.content import shown, string
from llmcli.batch.rows.row import BadRowError
from llmcli.choices import Effort
from llmcli.messages import Tool

EFFORTS = get_args(Effort)

Convert = Callable[[Any, str], Any]
"""From a field's value and name to ours. Raises BadRowError if it is nonsense, Inexpressible if ours cannot say it."""


class InexpressibleError(Exception):
    """A value that makes sense to the vendor, but has no place in our Request."""


class Body:
    """A request body that is taken apart field by field: `changes` for our Request, the rest for its options."""

    def __init__(self, body: Any, name: str) -> None:
        if not isinstance(body, dict):
            raise BadRowError(f'"{name}" is {shown(body)}, not an object')
        self._left = {key: value for key, value in body.items() if value is not None}
        self.changes: dict[str, Any] = {}

    def take(self, name: str) -> Any:
        """The value of a field, which is then done with; None if it is not there."""
        return self._left.pop(name, None)

    def keep(self, name: str, value: Any) -> None:
        """Pass a field through."""
        self._left[name] = value

    def map(self, name: str, ours: str, convert: Convert) -> None:
        """Move a field to ours, or leave it to be passed through if ours cannot say it."""
        if name not in self._left:
            return
        try:
            value = convert(self._left[name], name)
        except InexpressibleError:
            return
        del self._left[name]
        if value is not None:
            self.changes[ours] = value

    def done(self) -> dict[str, Any]:
        """Our changes, with all that is left as options."""
        for name in ("stream", "stream_options"):  # how the answer comes is not the row's to say
            self._left.pop(name, None)
        return self.changes | ({"options": self._left} if self._left else {})


def model_name(value: Any, name: str) -> str:
    text = string(value, name)
    if not text.strip():
        raise BadRowError(f'"{name}" is empty')
    return text.strip()


def count(value: Any, name: str) -> int:
    """A whole number from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadRowError(f'"{name}" is {shown(value)}, not a whole number above 0')
    return value


def whole(value: Any, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadRowError(f'"{name}" is {shown(value)}, not a whole number')
    return value


def number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadRowError(f'"{name}" is {shown(value)}, not a number')
    try:
        return float(value)
    except OverflowError as error:
        raise BadRowError(f'"{name}" is {shown(value)}, more than a number can be') from error


def texts(value: Any, name: str) -> tuple[str, ...]:
    """One text or a list of them."""
    found = value if isinstance(value, list) else [value]
    return tuple(string(each, name) for each in found)


def effort(value: Any, name: str) -> str:
    if value not in EFFORTS:
        raise BadRowError(f'"{name}" is {shown(value)}, not one of {", ".join(EFFORTS)}')
    return string(value, name)


def json_mode(value: Any, name: str) -> bool | None:
    """Whether any JSON object is asked for; a schema is passed through."""
    match value:
        case {"type": "json_object"}:
            return True
        case {"type": "text"}:
            return None
    raise InexpressibleError


def tools(value: Any, name: str) -> tuple[Tool, ...]:
    """Tools of any of the three APIs that have nothing but a name, a description and a schema."""
    if not isinstance(value, list):
        raise InexpressibleError
    return tuple(_tool(each) for each in value)


def _tool(tool: Any) -> Tool:
    match tool:
        case {"type": "function", "function": {"name": str(name), "description": str(about), "parameters": schema}}:
            exact = len(tool) == 2 and len(tool["function"]) == 3
        # Strict is the default of Responses, and what we send is not: only that is the same tool.
        case {"type": "function", "strict": False, "name": str(name), "description": str(about), "parameters": schema}:
            exact = len(tool) == 5
        case {"name": str(name), "description": str(about), "input_schema": schema}:
            exact = len(tool) == 3
        case _:
            raise InexpressibleError
    if not exact or not isinstance(schema, dict):
        raise InexpressibleError
    return Tool(name, about, schema)


def tool_choice(value: Any, name: str) -> str:
    """`auto`, `any`, `none` or a tool's name, in the words of any of the three APIs."""
    match value:
        case "auto" | "none":
            return str(value)
        case "required":
            return "any"
        case {"type": "auto" | "any" | "none" as choice} if len(value) == 1:
            return str(choice)
        case {"type": "tool" | "function", "name": str(tool)} if len(value) == 2:
            return tool
        case {"type": "function", "function": {"name": str(tool)}}:
            return tool
    raise InexpressibleError
