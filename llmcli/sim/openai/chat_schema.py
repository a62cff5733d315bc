"""What a body of OpenAI's Chat Completions API may hold, field by field.

From openai 3.51 `types/chat/completion_create_params.py` and the param types it uses. A new kind of content
part is one entry in CHAT_PARTS.
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
from llmcli.sim.openai.schema import BREAKPOINT, EFFORT, JSON_SCHEMA, SHARED, TIERS, VERBOSITY

CHAT_PARTS: dict[str, Check] = {"text": record({"type": anything, "text": text()}, BREAKPOINT)}
_CHAT_ANSWER_PARTS: dict[str, Check] = {
    **CHAT_PARTS,
    "refusal": record({"type": anything, "refusal": text()}),
}
_CHAT_CONTENT = either(string=text(), array=array(tagged("type", CHAT_PARTS), fewest=1))
_CHAT_PROMPT = record({"role": anything, "content": _CHAT_CONTENT}, {"name": text(1)})
_CHAT_ANSWER = record(
    {"role": anything},
    {
        "content": nullable(
            either(string=text(), array=array(tagged("type", _CHAT_ANSWER_PARTS), fewest=1)),
        ),
        "name": text(1),
        "refusal": nullable(text()),
    },
)
CHAT_MESSAGE = tagged(
    "role",
    {"system": _CHAT_PROMPT, "assistant": _CHAT_ANSWER, "user": _CHAT_PROMPT, "developer": _CHAT_PROMPT},
)

_FUNCTION: dict[str, Check] = {
    "description": nullable(text()),
    "parameters": nullable(mapping(anything)),
    "strict": nullable(boolean),
}
_CHAT_TOOL = tagged(
    "type",
    {
        "function": record({"type": anything, "function": record({"name": text(1, 64)}, _FUNCTION)}),
        "custom": record({"type": anything, "custom": mapping(anything)}),
    },
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
        "response_format": tagged(
            "type",
            {
                "text": record({"type": anything}),
                "json_object": record({"type": anything}),
                "json_schema": record({"type": anything, "json_schema": record({"name": text(1, 64)}, JSON_SCHEMA)}),
            },
        ),
        "seed": nullable(integer()),
        "service_tier": nullable(choice(*TIERS)),
        "stop": nullable(either(string=text(), array=array(text(), fewest=1, most=4))),
        "stream_options": nullable(record({}, {"include_usage": boolean, "include_obfuscation": boolean})),
        "tool_choice": either(string=choice("none", "auto", "required"), object=mapping(anything)),
        "tools": array(_CHAT_TOOL, fewest=1, most=128),
        "verbosity": VERBOSITY,
        "web_search_options": mapping(anything),
    },
)
