"""What the bodies of OpenAI's two text APIs have in common, from openai 3.51's param types."""

from __future__ import annotations

from llmcli.sim.checks import (
    Check,
    anything,
    boolean,
    choice,
    integer,
    mapping,
    nullable,
    number,
    record,
    text,
)

BREAKPOINT: dict[str, Check] = {
    "prompt_cache_breakpoint": record({"mode": choice("explicit")}, {"ttl": choice("30m", "12h")})
}
EFFORT = nullable(choice("none", "minimal", "low", "medium", "high", "xhigh", "max"))
DETAIL = choice("auto", "low", "high", "original")
VERBOSITY = nullable(choice("low", "medium", "high"))
TIERS = ("auto", "default", "flex", "scale", "priority", "fast")
_MODERATION = nullable(record({"model": text()}, {"policy": nullable(mapping(anything))}))

METADATA = nullable(mapping(text(0, 512), longest_key=64, most=16))

# Fields that both APIs have, with the same rules.
SHARED: dict[str, Check] = {
    "metadata": METADATA,
    "moderation": _MODERATION,
    "parallel_tool_calls": nullable(boolean),
    "prompt_cache_key": nullable(text()),
    "prompt_cache_retention": nullable(choice("in_memory", "24h")),
    "safety_identifier": nullable(text(0, 128)),
    "store": nullable(boolean),
    "stream": nullable(boolean),
    "temperature": nullable(number(0, 2)),
    "top_logprobs": nullable(integer(0, 20)),
    "top_p": nullable(number(0, 1)),
    "user": text(),
}


def served_tier(body: dict[str, object]) -> str:
    """The tier that serves a request: both names of the fast one are `priority` in answers."""
    tier = body.get("service_tier")
    return {"flex": "flex", "priority": "priority", "fast": "priority", "ultrafast": "ultrafast"}.get(
        str(tier), "default"
    )
