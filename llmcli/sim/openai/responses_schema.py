"""What a body of OpenAI's Responses API may hold, field by field.

From openai 3.51 `types/responses/response_create_params.py`, `types/responses/input_token_count_params.py` and
the param types they use. A new kind of content part is one entry in INPUT_PARTS.
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
from llmcli.sim.openai.schema import BREAKPOINT, EFFORT, JSON_SCHEMA, SHARED, TIERS, VERBOSITY

INPUT_PARTS: dict[str, Check] = {"input_text": record({"type": anything, "text": text()}, BREAKPOINT)}
OUTPUT_PARTS: dict[str, Check] = {
    "output_text": record(
        {"type": anything, "text": text()}, {"annotations": array(anything), "logprobs": array(anything)}
    ),
    "refusal": record({"type": anything, "refusal": text()}),
}
_ITEM_EXTRAS: dict[str, Check] = {
    "type": anything,
    "id": text(),
    "status": nullable(choice("in_progress", "completed", "incomplete")),
    "phase": nullable(choice("commentary", "final_answer")),
}


def _item(parts: dict[str, Check]) -> Check:
    content = either(string=text(), array=array(tagged("type", parts)))
    return record({"role": anything, "content": content}, _ITEM_EXTRAS)


_INPUT_MESSAGE = tagged(
    "role",
    {
        "assistant": _item(OUTPUT_PARTS),
        "system": _item(INPUT_PARTS),
        "developer": _item(INPUT_PARTS),
        "user": _item(INPUT_PARTS),
    },
)
_INPUT_REASONING = record(
    {"type": anything, "summary": array(mapping(anything))},
    {
        "id": text(),
        "content": nullable(array(mapping(anything))),
        "encrypted_content": nullable(text()),
        "status": nullable(choice("in_progress", "completed", "incomplete")),
    },
)
_INPUT_ITEM = tagged("type", {"message": _INPUT_MESSAGE, "reasoning": _INPUT_REASONING}, default="message")

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
                "format": tagged(
                    "type",
                    {
                        "text": record({"type": anything}),
                        "json_object": record({"type": anything}),
                        "json_schema": record({"type": anything, "name": text(1, 64)}, JSON_SCHEMA),
                    },
                ),
                "verbosity": VERBOSITY,
            },
        )
    ),
    "tool_choice": nullable(
        either(string=choice("none", "auto", "required"), object=mapping(anything)),
    ),
    "tools": nullable(array(mapping(anything))),
    "truncation": nullable(choice("auto", "disabled")),
}
_INPUT = either(string=text(), array=array(_INPUT_ITEM, fewest=1))

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

COUNT = record({}, {**_PROMPT, "input": nullable(_INPUT), "model": nullable(text(1)), "personality": text()})
