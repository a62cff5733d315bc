"""Which prefixes of a prompt Anthropic's cache remembers.

From platform.claude.com/docs/en/build-with-claude/prompt-caching (2026).
"""

from __future__ import annotations

from llmcli.sim import tokens
from llmcli.sim.anthropic.conversation import Segment
from llmcli.sim.anthropic.models import AnthropicModel
from llmcli.sim.anthropic.vendor import invalid
from llmcli.sim.checks import JsonObject
from llmcli.sim.promptcache import Prefix, chain

# So many blocks up to each marked one are looked up.
LOOKBACK = 20
_MOST_MARKS = 4
_TTL_S = {"5m": 300.0, "1h": 3600.0}
_NOT_CACHEABLE = ("thinking", "redacted_thinking")


def prefixes_of(body: JsonObject, segments: list[Segment], model: AnthropicModel) -> tuple[Prefix, ...]:
    """The prompt as prefixes, one for each block. Raises ApiError for marks that may not be so."""
    ttls = _ttls(body, segments)
    if not any(ttls):
        return ()
    # A different choice of tool, or thinking turned on or off, leaves tools and system cached, but not messages.
    settings = tokens.as_json([body.get("tool_choice"), (body.get("thinking") or {}).get("type")])
    links = []
    for segment in segments:
        block = {key: value for key, value in segment.block.items() if key != "cache_control"}
        of_messages = settings if segment.role in ("user", "assistant") else ""
        links.append(tokens.as_json([segment.role, of_messages, block]))
    found, total = [], 0
    for segment, ttl, digest in zip(segments, ttls, chain(model.id, links), strict=True):
        total += segment.tokens
        found.append(Prefix(digest, total, _TTL_S[ttl] if ttl and total >= model.least_cached_tokens else None))
    return tuple(found)


def _ttls(body: JsonObject, segments: list[Segment]) -> list[str | None]:
    """How long to remember the prompt up to each segment; the mark at the top level is for the last cacheable one."""
    ttls = [segment.mark.get("ttl", "5m") if segment.mark else None for segment in segments]
    top = body.get("cache_control")
    if top is not None:
        ttl = top.get("ttl", "5m")
        last = next((at for at in range(len(segments) - 1, -1, -1) if _cacheable(segments[at])), None)
        if last is not None:
            if ttls[last] not in (None, ttl):
                raise invalid(
                    f"Top-level cache_control has ttl='{ttl}' but the target block already has cache_control with"
                    f" ttl='{ttls[last]}'"
                )
            ttls[last] = ttl
    marks = sum(ttl is not None for ttl in ttls)
    if marks > _MOST_MARKS:
        raise invalid(f"A maximum of {_MOST_MARKS} blocks with cache_control may be provided. Found {marks}.")
    _check_order(ttls, segments)
    return ttls


def _check_order(ttls: list[str | None], segments: list[Segment]) -> None:
    short = False
    for ttl, segment in zip(ttls, segments, strict=True):
        if ttl == "1h" and short:
            raise invalid(
                f"{segment.where}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m'"
                " cache_control block. Note that blocks are processed in the following order: tools, system, messages."
            )
        short = short or ttl == "5m"


def _cacheable(segment: Segment) -> bool:
    return segment.block.get("type") not in _NOT_CACHEABLE and segment.block.get("text") != ""
