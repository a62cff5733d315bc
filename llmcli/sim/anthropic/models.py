"""The models that the simulated Anthropic knows, and what each of them accepts.

Sources, read on 2026-11-20: the model list in the SDK (anthropic 2.10 `types/model.py`), and the vendor's pages on
what is new in each generation and on thinking, effort, vision and prompt caching. `sim` and `sim-*` have no limits
of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmcli.sim.catalog import NO_LIMIT, SIMULATED

_ANTHROPIC = (
    "claude-fable-5-2",
    "claude-mythos-5-2",
    "claude-haiku-5-5",
    "claude-sonnet-5-5",
    "claude-fable-5-1",
    "claude-opus-5-5",
    "claude-mythos-5-1",
    "claude-sonnet-5",
    "claude-fable-5",
    "claude-mythos-5",
    "claude-opus-5",
    "claude-opus-4-8",
    "claude-opus-4-7",
    "claude-mythos-preview",
    "claude-opus-4-6",
    "claude-sonnet-4-6",
    "claude-haiku-4-5",
    "claude-haiku-4-5-20251001",
    "claude-opus-4-5",
    "claude-opus-4-5-20251101",
    "claude-sonnet-4-5",
    "claude-sonnet-4-5-20250929",
)

_CLAUDE = re.compile(r"claude-([a-z]+)-(\d+)(?:-(\d{1,2}))?(?:-\d{8})?")


@dataclass(frozen=True)
class AnthropicModel:
    """A Claude model: `version` such as (4, 6); the newest rules apply where no version is known."""

    id: str
    line: str | None
    version: tuple[int, int]
    simulated: bool = False

    @property
    def most_tokens(self) -> int:
        """The largest `max_tokens` it accepts."""
        if self.simulated:
            return NO_LIMIT
        return 128_000 if self.version >= (4, 6) else 64_000

    @property
    def context_window(self) -> int:
        return 1_000_000 if self.version >= (4, 6) else 200_000

    @property
    def accepts_sampling(self) -> bool:
        """Whether temperature, top_p and top_k may be other than their defaults: not since Claude 4.7."""
        return self.simulated or self.version < (4, 7)

    @property
    def accepts_prefill(self) -> bool:
        """Whether the conversation may end with an assistant turn: not since Claude 4.6."""
        return self.version < (4, 6)

    @property
    def accepts_system_turns(self) -> bool:
        """Whether `messages` may hold a system turn after a user turn: since Claude 4.8."""
        return self.version >= (4, 8)

    @property
    def thinking_types(self) -> frozenset[str]:
        """Which `thinking.type` it accepts: a budget until 4.6, adaptive since then; how to turn it off varies."""
        if self.simulated:
            return frozenset({"enabled", "adaptive", "disabled", "between_tools"})
        if self.version < (4, 6):
            return frozenset({"enabled", "disabled"})
        if self.version == (4, 6):
            return frozenset({"enabled", "adaptive", "disabled"})
        if self.line in ("fable", "mythos") or (self.line == "opus" and self.version >= (5, 5)):
            return frozenset({"adaptive"})
        if self.line == "sonnet" and self.version >= (5, 5):
            return frozenset({"adaptive", "between_tools"})
        return frozenset({"adaptive", "disabled"})

    @property
    def thinks_by_default(self) -> bool:
        """Whether it may think if the request says nothing of it: since Claude 5."""
        return self.version >= (5, 0) or "disabled" not in self.thinking_types

    @property
    def shows_thinking(self) -> bool:
        """Whether thinking is summarized if the request says nothing of it: omitted since 4.7."""
        return self.simulated or self.version < (4, 7)

    @property
    def efforts(self) -> frozenset[str]:
        """The levels of `output_config.effort` that it takes; none before Claude Opus 4.5."""
        if self.version < (4, 6):
            return frozenset({"low", "medium", "high"} if self.line == "opus" else ())
        if self.version == (4, 6):
            return frozenset({"low", "medium", "high", "max"})
        return frozenset({"low", "medium", "high", "xhigh", "max"})

    @property
    def limits_effort_without_thinking(self) -> bool:
        """Whether thinking can only be turned off at the lower efforts."""
        return self.line == "opus" and self.version == (5, 0)

    @property
    def accepts_forced_tools(self) -> bool:
        """Whether `tool_choice` may be any or a tool: not since Claude Fable 5.1, Haiku apart."""
        return self.simulated or self.version < (5, 1) or self.line == "haiku"

    @property
    def most_media(self) -> int:
        """How many images and pages of documents one request may have."""
        return 100 if self.context_window <= 200_000 else 600

    @property
    def longest_edge(self) -> int:
        """Larger images are scaled down to this many pixels."""
        return 1568 if self.version < (4, 7) else 2576

    @property
    def most_image_tokens(self) -> int:
        return 1600 if self.version < (4, 7) else 4784

    @property
    def least_cached_tokens(self) -> int:
        """Shorter prompts are not cached."""
        if self.simulated or self.version >= (5, 5) or (self.version >= (5, 0) and self.line != "sonnet"):
            return 512
        if self.version in ((4, 5), (4, 6)) and self.line != "sonnet":
            return 4096
        return 2048 if self.version == (4, 7) else 1024


def anthropic_model(name: str) -> AnthropicModel | None:
    """The model of that name, or None if Anthropic has none."""
    if SIMULATED.fullmatch(name):
        return AnthropicModel(name, None, (99, 0), simulated=True)
    if name not in _ANTHROPIC:
        return None
    match = _CLAUDE.fullmatch(name)
    if match is None:
        return AnthropicModel(name, name.split("-")[1], (4, 7))
    return AnthropicModel(name, match[1], (int(match[2]), int(match[3] or 0)))


def anthropic_models() -> list[AnthropicModel]:
    """All of them, `sim` last."""
    return [model for name in (*_ANTHROPIC, "sim") if (model := anthropic_model(name))]
