"""Who answers: a table from the kind of API to the file that speaks it. No SDK is imported here."""

from __future__ import annotations

from importlib import import_module
from typing import Literal, cast

from llmcli.errors import ConfigError
from llmcli.providers.base import Endpoint, Provider

# kind of API -> module, class, SDK
_PROVIDERS: dict[str, tuple[str, str, Literal["anthropic", "openai"] | None]] = {
    "anthropic": ("llmcli.providers.anthropic", "AnthropicProvider", "anthropic"),
    "openai": ("llmcli.providers.openai_chat", "OpenAIChatProvider", "openai"),
    "sim": ("llmcli.providers.sim", "SimProvider", None),
}


def create(endpoint: Endpoint) -> Provider:
    """The provider at `endpoint`; its SDK is imported at the first call. Raises ConfigError if it is nowhere."""
    module, name, sdk = _PROVIDERS[endpoint.kind]
    if sdk is not None and not endpoint.base_url:
        raise ConfigError(f"provider {endpoint.name} has no base_url", hint=f"set providers.{endpoint.name}.base_url")
    return cast(Provider, getattr(import_module(module), name)(endpoint))


def preload(kind: str) -> None:
    """Begin to import the SDK for `kind` on a thread, so that it is there when stdin has been read."""
    sdk = _PROVIDERS[kind][2]
    if sdk is not None:
        from llmcli.providers import sdk_import

        sdk_import.preload(sdk)
