"""What a body of OpenAI's Chat Completions API may hold, field by field.

From openai 3.51 `types/chat/completion_create_params.py` and the param types it uses.
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
    number,
    record,
    tagged,
    text,
)
from llmcli.sim.openai.answer_format import CHAT_FORMAT
from llmcli.sim.openai.schema import BREAKPOINT, DETAIL, EFFORT, SHARED, TIERS, VERBOSITY
from llmcli.sim.openai.tools import NAME

_TEXT: dict[str, Check] = {"text": record({"type": anything, "text": text()}, BREAKPOINT)}
_USER_PARTS: dict[str, Check] = {
    **_TEXT,
    "image_url": record({"type": anything, "image_url": record({"url": text(1)}, {"detail": DETAIL})}, BREAKPOINT),
    "input_audio": record(
        {"type": anything, "input_audio": record({"data": text(1), "format": choice("wav", "mp3")})}, BREAKPOINT
    ),
    "file": record(
        {"type": anything, "file": record({}, {"file_data": text(1), "file_id": text(1), "filename": text(1)})},
        BREAKPOINT,
    ),
}
_ANSWER_PARTS: dict[str, Check] = {
    "text": _TEXT["text"],
    "refusal": record({"type": anything, "refusal": text()}),
}
_FUNCTION_NAME = text(1, 64, NAME)
_CALL = tagged(
    "type",
    {
        "function": record(
            {"type": anything, "id": text(1), "function": record({"arguments": text(), "name": _FUNCTION_NAME})}
        ),
        "custom": record(
            {"type": anything, "id": text(1), "custom": record({"input": text(), "name": _FUNCTION_NAME})}
        ),
    },
)


def _content(parts: dict[str, Check]) -> Check:
    return either(string=text(), array=array(tagged("type", parts), fewest=1))


def _prompt(parts: dict[str, Check]) -> Check:
    return record({"role": anything, "content": _content(parts)}, {"name": text(1)})


_ANSWER = record(
    {"role": anything},
    {
        "audio": nullable(record({"id": text(1)})),
        "annotations": nullable(array(anything)),
        "content": nullable(_content(_ANSWER_PARTS)),
        "function_call": nullable(record({"arguments": text(), "name": text(1)})),
        "name": text(1),
        "refusal": nullable(text()),
        "tool_calls": nullable(array(_CALL, fewest=1)),
    },
)
CHAT_MESSAGE = tagged(
    "role",
    {
        "system": _prompt(_TEXT),
        "assistant": _ANSWER,
        "user": _prompt(_USER_PARTS),
        "function": record({"role": anything, "content": nullable(text()), "name": text(1)}),
        "tool": record({"role": anything, "content": _content(_TEXT), "tool_call_id": text(1)}),
        "developer": _prompt(_TEXT),
    },
)

_FUNCTION: dict[str, Check] = {
    "description": nullable(text()),
    "parameters": nullable(mapping(anything)),
    "strict": nullable(boolean),
}
_CUSTOM = record(
    {"name": _FUNCTION_NAME},
    {
        "description": text(),
        "format": tagged(
            "type",
            {
                "text": record({"type": anything}),
                "grammar": record(
                    {"type": anything, "grammar": record({"definition": text(), "syntax": choice("lark", "regex")})}
                ),
            },
        ),
    },
)
_TOOL = tagged(
    "type",
    {
        "function": record({"type": anything, "function": record({"name": _FUNCTION_NAME}, _FUNCTION)}),
        "custom": record({"type": anything, "custom": _CUSTOM}),
    },
)
_TOOL_CHOICE = either(
    string=choice("none", "auto", "required"),
    object=tagged(
        "type",
        {
            "function": record({"type": anything, "function": record({"name": text(1)})}),
            "custom": record({"type": anything, "custom": record({"name": text(1)})}),
            "allowed_tools": record(
                {
                    "type": anything,
                    "allowed_tools": record({"mode": choice("auto", "required"), "tools": array(mapping(anything))}),
                }
            ),
        },
    ),
)
CHAT = record(
    {"messages": array(CHAT_MESSAGE, fewest=1), "model": text(1)},
    {
        **SHARED,
        "audio": nullable(mapping(anything)),
        "frequency_penalty": nullable(number(-2, 2)),
        "function_call": either(string=choice("none", "auto"), object=mapping(anything)),
        "functions": array(mapping(anything), fewest=1, most=128),
        "logit_bias": nullable(mapping(number(-100, 100))),
        "logprobs": nullable(boolean),
        "max_completion_tokens": nullable(integer(1)),
        "max_tokens": nullable(integer(1)),
        "modalities": nullable(array(choice("text", "audio"), fewest=1)),
        "n": nullable(integer(1, 128)),
        "prediction": nullable(mapping(anything)),
        "presence_penalty": nullable(number(-2, 2)),
        "prompt_cache_options": record({}, {"mode": choice("implicit", "explicit"), "ttl": choice("30m")}),
        "reasoning_effort": EFFORT,
        "response_format": CHAT_FORMAT,
        "seed": nullable(integer(-(2**63), 2**63 - 1)),
        "service_tier": nullable(choice(*TIERS)),
        "stop": nullable(either(string=text(), array=array(text(), fewest=1, most=4))),
        "stream_options": nullable(record({}, {"include_usage": boolean, "include_obfuscation": boolean})),
        "tool_choice": _TOOL_CHOICE,
        "tools": array(_TOOL, fewest=1, most=128),
        "verbosity": VERBOSITY,
        "web_search_options": mapping(anything),
    },
)
