"""What a body of Anthropic's Messages API may hold, field by field.

From anthropic 2.10: `types/message_create_params.py`, `types/message_count_tokens_params.py` and the param
types they use.
"""

from __future__ import annotations

from llmcli.sim.anthropic.blocks import CACHE_CONTROL, TEXT_EXTRAS, message
from llmcli.sim.anthropic.tool_schema import TOOL_CHOICE, tool
from llmcli.sim.checks import (
    Check,
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

SYSTEM_BLOCK = record({"type": choice("text"), "text": text()}, TEXT_EXTRAS)

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
_MESSAGES = array(message, fewest=1, most=100_000)
_SHARED: dict[str, Check] = {
    "cache_control": CACHE_CONTROL,
    "output_config": OUTPUT_CONFIG,
    "speed": nullable(choice("standard", "fast")),
    "system": either(string=text(), array=array(SYSTEM_BLOCK)),
    "thinking": THINKING,
    "tool_choice": TOOL_CHOICE,
    "tools": array(tool),
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
