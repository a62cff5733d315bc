"""What a body of Anthropic's Messages API may hold, field by field.

From anthropic 2.10: `types/message_create_params.py`, `types/message_count_tokens_params.py` and the param
types they use. A new kind of content block is one entry in BLOCKS.
"""

from __future__ import annotations

from llmcli.sim.checks import (
    Check,
    Path,
    anything,
    array,
    boolean,
    choice,
    either,
    integer,
    mapping,
    nullable,
    number,
    record,
    tagged,
    text,
)

CACHE_CONTROL = nullable(record({"type": choice("ephemeral")}, {"ttl": choice("5m", "1h")}))

_TEXT_EXTRAS: dict[str, Check] = {"cache_control": CACHE_CONTROL, "citations": nullable(array(anything))}
SYSTEM_BLOCK = record({"type": choice("text"), "text": text()}, _TEXT_EXTRAS)

BLOCKS: dict[str, Check] = {"text": record({"type": anything, "text": text()}, _TEXT_EXTRAS)}

MESSAGE = record(
    {
        "role": choice("user", "assistant", "system"),
        "content": either(string=text(), array=array(tagged("type", BLOCKS))),
    }
)

THINKING = tagged(
    "type",
    {
        "enabled": record(
            {"type": anything, "budget_tokens": integer(1024)},
            {"display": nullable(choice("summarized", "omitted"))},
        ),
        "adaptive": record({"type": anything}, {"display": nullable(choice("summarized", "omitted"))}),
        "disabled": record({"type": anything}),
        "between_tools": record({"type": anything}),
    },
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

_CUSTOM_TOOL = record(
    {"name": text(1, 128), "input_schema": mapping(anything)},
    {
        "type": nullable(anything),
        "allowed_callers": array(text()),
        "cache_control": CACHE_CONTROL,
        "defer_loading": boolean,
        "description": text(),
        "eager_input_streaming": nullable(boolean),
        "input_examples": array(mapping(anything)),
        "strict": boolean,
    },
)


def _tool(value: object, path: Path) -> None:
    """A tool of the client's own; the vendor's, which have a type, are accepted as they are."""
    if isinstance(value, dict) and value.get("type") not in (None, "custom"):
        return
    _CUSTOM_TOOL(value, path)


OUTPUT_CONFIG = record(
    {},
    {
        "effort": nullable(choice("low", "medium", "high", "xhigh", "max")),
        "format": nullable(
            record({"type": choice("json_schema"), "schema": mapping(anything)}),
        ),
    },
)

_MODEL = text(1, 256)
_MESSAGES = array(MESSAGE, fewest=1, most=100_000)
_SHARED: dict[str, Check] = {
    "cache_control": CACHE_CONTROL,
    "output_config": OUTPUT_CONFIG,
    "speed": nullable(choice("standard", "fast")),
    "system": either(string=text(), array=array(SYSTEM_BLOCK)),
    "thinking": THINKING,
    "tool_choice": TOOL_CHOICE,
    "tools": array(_tool),
    "user_profile_id": text(),
    "workspace_id": text(),
}

# 0 is for warming the prompt cache without an answer.
CREATE_REQUIRED: dict[str, Check] = {"model": _MODEL, "messages": _MESSAGES, "max_tokens": integer(0)}
CREATE_OPTIONAL: dict[str, Check] = {
    **_SHARED,
    "container": nullable(either(string=text(), object=mapping(anything))),
    "diagnostics": nullable(record({}, {"previous_message_id": nullable(text())})),
    "inference_geo": nullable(text()),
    "metadata": record({}, {"user_id": nullable(text(0, 256))}),
    "service_tier": choice("auto", "standard_only"),
    "stop_sequences": array(text()),
    "stream": boolean,
}

# Parameters of every version before 2026-10-21, which removed them.
SAMPLING: dict[str, Check] = {
    "temperature": number(0, 1),
    "top_p": number(0, 1),
    "top_k": integer(0),
}

CREATE = record(CREATE_REQUIRED, CREATE_OPTIONAL)
CREATE_WITH_SAMPLING = record(CREATE_REQUIRED, {**CREATE_OPTIONAL, **SAMPLING})
COUNT = record({"model": _MODEL, "messages": _MESSAGES}, _SHARED)
