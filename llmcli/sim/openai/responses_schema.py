"""What a body of OpenAI's Responses API may hold, field by field.

From openai 3.51 `types/responses/response_create_params.py`, `types/responses/input_token_count_params.py` and
the param types they use.
"""

from __future__ import annotations

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
    record,
    tagged,
    text,
)
from llmcli.sim.openai.answer_format import RESPONSE_FORMAT
from llmcli.sim.openai.responses_items import INPUT_ITEM
from llmcli.sim.openai.schema import EFFORT, SHARED, TIERS, VERBOSITY
from llmcli.sim.openai.tools import NAME

_FUNCTION = record(
    {"type": anything, "name": text(1, 64, NAME)},
    {
        "allowed_callers": nullable(array(choice("direct", "programmatic"))),
        "async": boolean,
        "defer_loading": boolean,
        "description": nullable(text()),
        "output_schema": nullable(mapping(anything)),
        "parameters": nullable(mapping(anything)),
        "strict": nullable(boolean),
    },
)
_HOSTED = (
    "custom",
    "file_search",
    "web_search",
    "web_search_preview",
    "computer",
    "computer_use_preview",
    "mcp",
    "code_interpreter",
    "image_generation",
    "local_shell",
    "shell",
    "apply_patch",
    "tool_search",
    "namespace",
    "programmatic_tool_calling",
)
# The vendor's own tools are accepted as they are, and never called.
_TOOL = tagged("type", {"function": _FUNCTION, **dict.fromkeys(_HOSTED, mapping(anything))})
_NAMED = record({"type": anything, "name": text(1)})
_TOOL_CHOICE = either(
    string=choice("none", "auto", "required"),
    object=tagged(
        "type",
        {
            "function": _NAMED,
            "custom": _NAMED,
            "allowed_tools": record(
                {"type": anything, "mode": choice("auto", "required"), "tools": array(mapping(anything))}
            ),
            **dict.fromkeys(_HOSTED[1:], mapping(anything)),
        },
    ),
)

# What asking and counting have in common.
_PROMPT: dict[str, Check] = {
    "conversation": nullable(either(string=text(1), object=record({"id": text(1)}))),
    "instructions": nullable(text()),
    "parallel_tool_calls": nullable(boolean),
    "previous_response_id": nullable(text(1)),
    "reasoning": nullable(
        record(
            {},
            {
                "context": nullable(choice("auto", "current_turn", "all_turns")),
                "effort": EFFORT,
                "generate_summary": nullable(choice("auto", "concise", "detailed")),
                "mode": text(),
                "summary": nullable(choice("auto", "concise", "detailed")),
            },
        )
    ),
    "text": nullable(
        record(
            {},
            {
                "format": RESPONSE_FORMAT,
                "verbosity": VERBOSITY,
            },
        )
    ),
    "tool_choice": nullable(_TOOL_CHOICE),
    "tools": nullable(array(_TOOL, most=128)),
    "truncation": nullable(choice("auto", "disabled")),
}
_INPUT = either(string=text(), array=array(INPUT_ITEM, fewest=1))

RESPONSE = record(
    {"model": text(1)},
    {
        **SHARED,
        **_PROMPT,
        "access_programs": record({}, {"cyber": choice("standard", "daybreak_blue", "daybreak_red")}),
        "background": nullable(boolean),
        "context_management": nullable(array(mapping(anything))),
        "image": record({}, {"context_compression": choice("auto", "enabled", "disabled")}),
        "include": nullable(
            array(
                choice(
                    "file_search_call.results",
                    "web_search_call.results",
                    "web_search_call.action.sources",
                    "message.input_image.image_url",
                    "computer_call_output.output.image_url",
                    "code_interpreter_call.outputs",
                    "reasoning.encrypted_content",
                    "message.output_text.logprobs",
                )
            )
        ),
        "input": _INPUT,
        "max_output_tokens": nullable(integer(16)),
        "max_tool_calls": nullable(integer(1)),
        "prompt": nullable(record({"id": text(1)}, {"variables": anything, "version": nullable(text())})),
        "prompt_cache_options": record(
            {},
            {
                "comparison_response_id": nullable(text()),
                "mode": choice("implicit", "explicit"),
                "prewarm": boolean,
                "ttl": choice("30m", "12h"),
            },
        ),
        "service_tier": nullable(choice(*TIERS, "ultrafast")),
        "stream_options": nullable(record({}, {"include_obfuscation": boolean})),
    },
)

COUNT = record({}, {**_PROMPT, "input": nullable(_INPUT), "model": nullable(text(1)), "personality": text(0, 64)})
