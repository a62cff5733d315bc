"""Which provider a model name means, and what is known about models."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from llmcli.config import Config
from llmcli.config.settings import BUILT_IN_PROVIDERS
from llmcli.errors import AuthError, ConfigError
from llmcli.table_names import table_names

if TYPE_CHECKING:
    from llmcli.pricing import PricedModel

# What is used when nobody names a model, by the key that is there: each vendor's cheapest current one.
DEFAULT_MODELS = {"anthropic": "claude-haiku-5-5", "openai": "gpt-6-luna"}

_FAMILIES = {
    "anthropic": re.compile(r"claude-"),
    "openai": re.compile(r"(gpt-|chatgpt-|codex-|o\d+(-|$))"),
    "sim": re.compile(r"sim$"),
}
# Models of the same families that answer no text to a text.
_NO_CHAT = re.compile(r"image|audio|realtime|transcri|whisper|tts|live|embedding|moderation")
_MOST_ALIASES = 8
# The simulator takes anything; this is what programs that look at the window are told.
SIM_CONTEXT_WINDOW = 200_000


@dataclass(frozen=True)
class Route:
    """A model as the user named it, who answers to that, and what that provider calls it."""

    asked: str
    provider: str
    model: str


@dataclass(frozen=True)
class ModelInfo:
    """What the price snapshot knows. Prices in USD per million tokens at the lowest tier; None is unknown."""

    name: str
    provider: str
    context_window: int | None
    input_usd: Decimal | None
    output_usd: Decimal | None
    alias_of: str | None = None


def route(config: Config, name: str) -> Route:
    """Who answers to `name`: an alias, `provider/model`, or a name that one provider claims. Raises ConfigError."""
    target = _follow_aliases(config, name)
    claims = _claims(config, target)
    if len(claims) == 1:
        return claims[0] if claims[0].asked == name else Route(name, claims[0].provider, claims[0].model)
    if claims:
        candidates = " or ".join(f"{claim.provider}/{claim.model}" for claim in claims)
        raise ConfigError(f'model "{target}" could be {candidates}', hint="name one of them")
    raise ConfigError(f'unknown model "{target}"', hint=_advice(config, target))


def default_route(config: Config) -> Route:
    """The model to use when none is named: by the first key that is set. Raises AuthError if there is none."""
    from llmcli.config.keys import find_key

    for provider, model in DEFAULT_MODELS.items():
        if find_key(config, provider) is not None:
            return Route(model, provider, model)
    raise AuthError(
        "no model was named and no key is set",
        hint="set ANTHROPIC_API_KEY or OPENAI_API_KEY, or rehearse without a key: -m sim",
    )


def known_models() -> list[ModelInfo]:
    """The chat models of both vendors in the price snapshot, and the simulator."""
    from llmcli.pricing import snapshot

    found = [ModelInfo("sim", "sim", SIM_CONTEXT_WINDOW, Decimal(0), Decimal(0))]
    for vendor in snapshot.load().providers:
        if vendor.id in DEFAULT_MODELS:
            found += [_info(vendor.id, model) for model in vendor.models if _chats(vendor.id, model.id)]
    return found


def known_names() -> Iterator[tuple[str, str]]:
    """The names of `known_models` and their providers, found without loading the prices."""
    yield "sim", "sim"
    for vendor in DEFAULT_MODELS:
        yield from ((name, vendor) for name in table_names(vendor) if _chats(vendor, name))


def configured_models(config: Config) -> list[ModelInfo]:
    """The models that the configuration lists under a provider, and the aliases."""
    own = [
        ModelInfo(f"{name}/{model}", name, None, None, None)
        for name, settings in config.settings.providers.items()
        for model in settings.models
    ]
    aliases = [ModelInfo(alias, "alias", None, None, None, target) for alias, target in config.settings.aliases.items()]
    return [*own, *aliases]


def priced_model(config: Config, chosen: Route) -> PricedModel:
    """The model as its price is looked up."""
    from llmcli.pricing import PricedModel

    provider = config.settings.providers[chosen.provider]
    return PricedModel(chosen.provider, provider.kind, provider.base_url, (chosen.model,))


def _chats(vendor: str, model: str) -> bool:
    return bool(_FAMILIES[vendor].match(model)) and not _NO_CHAT.search(model)


def context_window(config: Config, name: str) -> int | None:
    """How many tokens the model takes, sent and written; None if nobody knows. Dated names are known, too."""
    chosen = route(config, name)
    if chosen.provider == "sim":
        return SIM_CONTEXT_WINDOW
    from llmcli.pricing import snapshot

    settings = config.settings.providers[chosen.provider]
    vendor = chosen.provider if chosen.provider in DEFAULT_MODELS else None
    try:
        _, model = snapshot.load().find_provider_model(
            chosen.model, None, vendor, None if vendor else settings.base_url
        )
    except LookupError:
        return None
    return model.context_window


def _info(vendor: str, model: object) -> ModelInfo:
    name = str(getattr(model, "id", ""))
    prices = getattr(model, "prices", None)
    current = prices[-1].prices if isinstance(prices, list) and prices else prices
    window = getattr(model, "context_window", None)
    return ModelInfo(name, vendor, window, _lowest(current, "input_mtok"), _lowest(current, "output_mtok"))


def _lowest(prices: object, field: str) -> Decimal | None:
    price = getattr(prices, field, None)
    base = getattr(price, "base", price)  # tiered prices have a base
    return base if isinstance(base, Decimal) else None


def _follow_aliases(config: Config, name: str) -> str:
    target = name
    for _ in range(_MOST_ALIASES):
        if target not in config.settings.aliases:
            return target
        target = config.settings.aliases[target]
    raise ConfigError(f'alias "{name}" leads in a circle', hint="see: llmcli config show --origin")


def _claims(config: Config, name: str) -> list[Route]:
    providers = config.settings.providers
    listed = [Route(name, each, name) for each, settings in providers.items() if name in settings.models]
    head, slash, rest = name.partition("/")
    if slash and rest and head in providers:
        listed.append(Route(name, head, rest))
    families = [Route(name, each, name) for each, family in _FAMILIES.items() if family.match(name)]
    return list(dict.fromkeys(listed + families))


def _advice(config: Config, name: str) -> str:
    providers = config.settings.providers
    head, slash, _ = name.partition("/")
    if slash and head not in providers:
        own = sorted(set(providers) - set(BUILT_IN_PROVIDERS))
        return f'no provider "{head}" is configured (known: {", ".join([*BUILT_IN_PROVIDERS, *own])})'
    known = [*config.settings.aliases, *(info.name for info in known_models())]
    # Of equally close names the later is the newer model, which is more likely meant.
    close = difflib.get_close_matches(name, list(reversed(known)), n=3, cutoff=0.6)
    if close:
        return f"did you mean {' or '.join(close)}? (llmcli models)"
    return "see llmcli models, or name it as provider/model"
