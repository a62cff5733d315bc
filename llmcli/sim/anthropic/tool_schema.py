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


# The vendor's own tools: accepted, and never called. From anthropic 2.10 `types/tool_union_param.py`.
_VENDORS = (
    "bash_20250124",
    "browser_toolset_20260801",
    "code_execution_20250522",
    "code_execution_20250825",
    "code_execution_20260120",
    "code_execution_20260521",
    "computer_toolset_20260801",
    "memory_20250818",
    "text_editor_20250124",
    "text_editor_20250429",
    "text_editor_20250728",
    "tool_search_tool_bm25",
    "tool_search_tool_bm25_20251119",
    "tool_search_tool_regex",
    "tool_search_tool_regex_20251119",
    "web_fetch_20250910",
    "web_fetch_20260209",
    "web_fetch_20260309",
    "web_fetch_20260318",
    "web_search_20250305",
    "web_search_20260209",
    "web_search_20260318",
)


def _vendors_tool(value: object, path: Path) -> None:
    fields: dict[str, Check] = {"name": text(1, 64), "cache_control": CACHE_CONTROL}
    for name, check in fields.items():
        if isinstance(value, dict) and name in value:
            check(value[name], (*path, name))


_TYPED_TOOL = tagged("type", {"custom": _CUSTOM_TOOL, **dict.fromkeys(_VENDORS, _vendors_tool)})


def tool(value: object, path: Path) -> None:
    """A tool of the client's own, or one of the vendor's, which have a type."""
    if isinstance(value, dict) and value.get("type") is not None:
        _TYPED_TOOL(value, path)
    else:
        _CUSTOM_TOOL(value, (*path, Tag("custom")))
