"""The models that the simulated OpenAI knows, and what each of them accepts.

Sources, read on 2026-11-20: the model list in the SDK (openai 3.51 `types/shared/chat_model.py`, without those whose
announced shutdown date is past), and the vendor's guides and answers. `sim` and `sim-*` have no limits of their own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from llmcli.sim.catalog import NO_LIMIT, SIMULATED

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

_GPT = re.compile(r"gpt-(\d+)(?:\.(\d+))?")
_REASONING = re.compile(r"o\d|gpt-[5-9]")
_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


@dataclass(frozen=True)
class OpenAIModel:
    """One of OpenAI's models; reasoning models refuse `max_tokens` and sampling parameters.

    `version` is that of a GPT, such as (5, 6), and (0, 0) for the o models.
    """

    id: str
    reasoning: bool
    most_tokens: int
    version: tuple[int, int] = (0, 0)
    simulated: bool = False

    @property
    def efforts(self) -> tuple[str, ...]:
        """The efforts of reasoning that it takes; from answers of the API quoted in public issues (2025, 2026)."""
        if self.simulated:
            return _EFFORTS
        if not self.reasoning:
            return ()
        if self.id.endswith("-pro"):
            return ("medium", "high", "xhigh") if self.version >= (5, 2) else ("low", "medium", "high")
        if self.version == (5, 0):
            return ("minimal", "low", "medium", "high")
        if self.version < (5, 1):
            return ("low", "medium", "high")
        most = 4 if self.version == (5, 1) else 5 if self.version < (5, 6) else 6
        return ("none", "low", "medium", "high", "xhigh", "max")[:most]

    @property
    def caches_explicitly(self) -> bool:
        """Whether it takes `prompt_cache_options` and bills cache writes: since GPT-5.6."""
        return self.simulated or self.version >= (5, 6)

    @property
    def refuses_tools_with_reasoning_in_chat(self) -> bool:
        """Whether Chat Completions takes function tools only without reasoning: since GPT-5.4."""
        return self.version >= (5, 4)


def openai_model(name: str) -> OpenAIModel | None:
    """The model of that name, or None if OpenAI has none."""
    if SIMULATED.fullmatch(name):
        return OpenAIModel(name, reasoning=False, most_tokens=NO_LIMIT, simulated=True)
    if name not in _OPENAI:
        return None
    match = _GPT.match(name)
    version = (int(match[1]), int(match[2] or 0)) if match else (0, 0)
    if _REASONING.match(name):
        return OpenAIModel(name, reasoning=True, most_tokens=128_000, version=version)
    return OpenAIModel(name, reasoning=False, most_tokens=32_768 if "4.1" in name else 16_384, version=version)


def openai_models() -> list[OpenAIModel]:
    """All of them, `sim` last."""
    return [model for name in (*_OPENAI, "sim") if (model := openai_model(name))]
