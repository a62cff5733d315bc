"""How tools are defined and chosen: anthropic 2.10 `types/tool_param.py` and `types/tool_choice_param.py`."""

from __future__ import annotations

from llmcli.sim.anthropic.blocks import CACHE_CONTROL
from llmcli.sim.checks import (
    Check,
    Path,
    Tag,
    Violation,
    anything,
    array,
    boolean,
    choice,
    mapping,
    nullable,
    record,
    tagged,
    text,
)

_PARALLEL: dict[str, Check] = {"disable_parallel_tool_use": boolean}
TOOL_CHOICE = tagged(
    "type",
    {
        "auto": record({"type": anything}, _PARALLEL),
        "any": record({"type": anything}, _PARALLEL),
        "tool": record({"type": anything, "name": text(1)}, _PARALLEL),
        "none": record({"type": anything}),
    },
)


def _input_schema(value: object, path: Path) -> None:
    if not isinstance(value, dict):
        raise Violation("type", path, dict, value)
    if "type" not in value:
        raise Violation("missing", (*path, "type"))
    if value["type"] != "object":
        raise Violation("choice", (*path, "type"), ("object",), value["type"])
    if value.get("properties") is not None:
        mapping(anything)(value["properties"], (*path, "properties"))
    if value.get("required") is not None:
        array(text())(value["required"], (*path, "required"))


_CUSTOM_TOOL = record(
    {"name": text(pattern="^[a-zA-Z0-9_-]{1,64}$"), "input_schema": _input_schema},
    {
        "type": nullable(choice("custom")),
        "allowed_callers": array(
            choice("direct", "code_execution_20250825", "code_execution_20260120", "code_execution_20260521")
        ),
        "cache_control": CACHE_CONTROL,
        "defer_loading": boolean,
        "description": text(),
        "eager_input_streaming": nullable(boolean),
        "input_examples": array(mapping(anything)),
        "strict": boolean,
    },
)


def tool(value: object, path: Path) -> None:
    """A tool of the client's own; the vendor's, which have a type, are accepted as they are."""
    if isinstance(value, dict) and value.get("type") not in (None, "custom"):
        return
    _CUSTOM_TOOL(value, (*path, Tag("custom")))
