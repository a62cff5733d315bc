"""Every setting: its name, type, default and meaning. Flags and environment variables are named after these.

A setting `timeout_s` is `--timeout` as a flag, `LLMCLI_TIMEOUT_S` in the environment, `timeout_s` in a file;
`retry.max_wait_s` is `LLMCLI_RETRY_MAX_WAIT_S`, and a table `[retry]` with `max_wait_s` in a file.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Literal

from llmcli.choices import CacheTtl, Effort, StdinMode, StdinPlace

ProviderKind = Literal["anthropic", "openai", "sim"]


@dataclass(frozen=True)
class RetrySettings:
    """How long to wait between attempts; how many there are is `retries`."""

    base_s: float = 1.0  # upper bound of the first wait, doubled each time; the wait is drawn below it
    cap_s: float = 30.0  # upper bound of any drawn wait
    max_wait_s: float = 60.0  # a server that asks for more than this fails the call at once


@dataclass(frozen=True)
class RedactSettings:
    """What is replaced before anything leaves the machine."""

    kinds: tuple[str, ...] = ()
    patterns: dict[str, str] = field(default_factory=dict)  # name -> regular expression, on top of the kinds


@dataclass(frozen=True)
class ProviderSettings:
    """One place that answers requests. `kind` is the wire protocol it speaks."""

    kind: ProviderKind = "openai"
    base_url: str | None = None
    api: Literal["chat", "responses"] | None = None  # None: Responses at OpenAI itself, Chat Completions elsewhere
    key_env: str | None = None  # variable that holds the key; "" means no key is needed
    key_cmd: str | None = None  # command whose first line of output is the key; run without a shell
    key_file: Path | None = None
    headers: dict[str, str] = field(default_factory=dict)
    rpm: int | None = None  # requests a minute that a batch keeps to
    tpm: int | None = None  # tokens a minute, in and out together
    input_tpm: int | None = None
    output_tpm: int | None = None
    models: tuple[str, ...] = ()  # names that may be used without the `provider/` prefix


@dataclass(frozen=True)
class CapSettings:
    """The most that may be spent. Days and months are those of `time_zone`."""

    daily_usd: Decimal | None = None
    monthly_usd: Decimal | None = None
    daily_tokens: int | None = None


@dataclass(frozen=True)
class BudgetSettings(CapSettings):
    """Caps on everything, and on what only a provider, a profile or a tag (`KEY=VALUE`) spends."""

    warn: str | None = None  # part of a cap, such as 80%, from which on it is said
    providers: dict[str, CapSettings] = field(default_factory=dict)
    profiles: dict[str, CapSettings] = field(default_factory=dict)
    tags: dict[str, CapSettings] = field(default_factory=dict)


@dataclass(frozen=True)
class PriceSettings:
    """USD per million tokens, overriding the price snapshot for one model."""

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_write: Decimal | None = None
    cache_write_1h: Decimal | None = None  # None: as cache_write


@dataclass(frozen=True)
class Settings:
    """All settings of one run, resolved."""

    profile: str | None = None
    model: str | None = None
    system: str | None = None
    max_tokens: int = 4096
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    stop: tuple[str, ...] = ()
    user_id: str | None = None
    seed: int | None = None
    service_tier: str | None = None
    effort: Effort | None = None
    thinking_budget: int | None = None
    cache: CacheTtl | None = None
    image_max_px: int | None = None
    timeout_s: float | None = None  # one attempt; None means 30 s, more for long outputs
    first_token_timeout_s: float | None = None  # until a stream's first token; None means idle_timeout_s
    idle_timeout_s: float | None = None  # between tokens; None means timeout_s
    deadline_s: float | None = None  # the whole command
    retries: int = 3
    fallback: tuple[str, ...] = ()
    base_url: str | None = None  # overrides the base URL of the provider that `model` names
    stdin: StdinMode = "auto"
    stdin_as: StdinPlace = "append"
    max_cost_usd: Decimal | None = None  # of one command, all attempts together
    time_zone: str | None = None  # whose days budgets and reports go by; None means the machine's own
    usage_log: Path | None = None
    state_dir: Path | None = None  # None means the platform's state directory
    retry: RetrySettings = field(default_factory=RetrySettings)
    redact: RedactSettings = field(default_factory=RedactSettings)
    budget: BudgetSettings = field(default_factory=BudgetSettings)
    aliases: dict[str, str] = field(default_factory=dict)
    providers: dict[str, ProviderSettings] = field(default_factory=dict)
    prices: dict[str, PriceSettings] = field(default_factory=dict)


BUILT_IN_PROVIDERS: dict[str, dict[str, object]] = {
    "anthropic": {"kind": "anthropic", "base_url": "https://api.anthropic.com", "key_env": "ANTHROPIC_API_KEY"},
    "openai": {"kind": "openai", "base_url": "https://api.openai.com/v1", "key_env": "OPENAI_API_KEY"},
    "sim": {"kind": "sim", "key_env": ""},
}
"""Defaults of the providers that need no configuration; any of their settings can be overridden."""
