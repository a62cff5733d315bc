"""What a call from Python may be told."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from os import PathLike
from typing import TYPE_CHECKING, TypedDict

from llmcli.choices import CacheTtl, Effort

if TYPE_CHECKING:
    from llmcli.config.sources import SettingPath, Value

Seconds = float | str
"""A number, or a text such as "1.5s" or "2m"."""
Usd = Decimal | float | str
File = str | PathLike[str]


class Options(TypedDict, total=False):
    """Every setting by its name, and at the end what is none. What is not given, or None, is as configured."""

    profile: str | None
    max_tokens: int | None
    temperature: float | None
    top_p: float | None
    top_k: int | None
    stop: Sequence[str] | None
    user_id: str | None
    seed: int | None
    service_tier: str | None
    effort: Effort | None
    thinking_budget: int | None
    cache: CacheTtl | None
    image_max_px: int | None
    timeout_s: Seconds | None
    first_token_timeout_s: Seconds | None
    idle_timeout_s: Seconds | None
    deadline_s: Seconds | None
    retries: int | None
    retry_base_s: Seconds | None
    retry_cap_s: Seconds | None
    retry_max_wait_s: Seconds | None
    fallback: Sequence[str] | None
    base_url: str | None
    redact_kinds: Sequence[str] | None
    max_cost_usd: Usd | None
    budget_daily_usd: Usd | None
    budget_monthly_usd: Usd | None
    budget_daily_tokens: int | None
    budget_warn: str | None
    time_zone: str | None
    usage_log: File | None
    state_dir: File | None

    tags: Mapping[str, str] | None
    headers: Mapping[str, str] | None
    parameters: Mapping[str, object] | None
    show_reasoning: bool
    json_object: bool
    by_url: bool
    allow_unknown_price: bool


def check_names(function: str, options: Options, known: Collection[str]) -> None:
    """Raise TypeError for a keyword that is none of those `known`, as Python does."""
    for name in options:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            advice = f", did you mean {close[0]}?" if close else ""
            raise TypeError(f"{function}() got an unexpected keyword argument '{name}'{advice}")


def settings_of(model: str | None, system: str | None, options: Options) -> dict[SettingPath, Value]:
    """The settings among the keywords, as a command's flags. Raises UsageError for a value that does not fit."""
    from llmcli.config import schema
    from llmcli.config.sources import flag_value

    paths = schema.paths_by_name()
    given = {"model": model, "system": system, **options}
    return {
        paths[name]: flag_value(paths[name], _plain(value), name)
        for name, value in given.items()
        if name in paths and value is not None
    }


def _plain(value: object) -> object:
    """As a file of settings would have it."""
    if isinstance(value, PathLike):
        return value.__fspath__()
    if isinstance(value, Decimal):
        return str(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else value
