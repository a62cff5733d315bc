"""The models that the simulated vendors know, and what each of them accepts.

Sources, read on 2026-11-20: the model lists in the SDKs' types (anthropic 2.10 `types/model.py`; openai 3.51
`types/shared/chat_model.py`, without those whose announced shutdown date is past), and the vendors' notes on
what a generation of models refuses. `sim` and `sim-*` exist at both vendors and have no limits of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

NO_LIMIT = 10**9

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

_OPENAI = (
    "gpt-6-astra",
    "gpt-6.1-sol",
    "gpt-6.1-terra",
    "gpt-6-sol",
    "gpt-6-luna",
    "gpt-5.6-sol",
    "gpt-5.6-terra",
    "gpt-5.6-luna",
    "gpt-5.5",
    "gpt-5.5-2026-04-23",
    "gpt-5.5-pro",
    "gpt-5.4",
    "gpt-5.4-mini",
    "gpt-5.4-nano",
    "gpt-5.2",
    "gpt-5.2-2025-12-11",
    "gpt-5.2-pro",
    "gpt-5.1",
    "gpt-5.1-2025-11-13",
    "gpt-5",
    "gpt-5-mini",
    "gpt-5-nano",
    "gpt-5-2025-08-07",
    "o3",
    "o3-2025-04-16",
    "o3-pro",
    "gpt-4.1",
    "gpt-4.1-mini",
    "gpt-4.1-2025-04-14",
    "gpt-4o",
    "gpt-4o-2024-11-20",
    "gpt-4o-2024-08-06",
    "gpt-4o-mini",
    "gpt-4o-mini-2024-07-18",
)

_SIM = re.compile(r"sim(-[\w.-]+)?")
_CLAUDE = re.compile(r"claude-([a-z]+)-(\d+)(?:-(\d{1,2}))?(?:-\d{8})?")
_REASONING = re.compile(r"o\d|gpt-[5-9]")


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
    def accepts_thinking_budget(self) -> bool:
        """Whether thinking may be `enabled` with a budget: adaptive only since Claude 4.7."""
        return self.version < (4, 7)


@dataclass(frozen=True)
class OpenAIModel:
    """One of OpenAI's models; reasoning models refuse `max_tokens` and sampling parameters."""

    id: str
    reasoning: bool
    most_tokens: int


def anthropic_model(name: str) -> AnthropicModel | None:
    """The model of that name, or None if Anthropic has none."""
    if _SIM.fullmatch(name):
        return AnthropicModel(name, None, (99, 0), simulated=True)
    if name not in _ANTHROPIC:
        return None
    match = _CLAUDE.fullmatch(name)
    if match is None:
        return AnthropicModel(name, name.split("-")[1], (4, 7))
    return AnthropicModel(name, match[1], (int(match[2]), int(match[3] or 0)))


def openai_model(name: str) -> OpenAIModel | None:
    """The model of that name, or None if OpenAI has none."""
    if _SIM.fullmatch(name):
        return OpenAIModel(name, reasoning=False, most_tokens=NO_LIMIT)
    if name not in _OPENAI:
        return None
    if _REASONING.match(name):
        return OpenAIModel(name, reasoning=True, most_tokens=128_000)
    return OpenAIModel(name, reasoning=False, most_tokens=32_768 if "4.1" in name else 16_384)


def anthropic_models() -> list[AnthropicModel]:
    """All of them, `sim` last."""
    return [model for name in (*_ANTHROPIC, "sim") if (model := anthropic_model(name))]


def openai_models() -> list[OpenAIModel]:
    """All of them, `sim` last."""
    return [model for name in (*_OPENAI, "sim") if (model := openai_model(name))]
